package org.unipelt.interop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.unipelt.InputException;
import org.unipelt.data.Labels;
import org.unipelt.files.AtomicFile;
import org.unipelt.files.StrictJson;
import org.unipelt.hub.BaseModel;
import org.unipelt.text.FolderKey;
import org.unipelt.text.Tokenizer;

/** The files that every library's folder has: settings in the form that Python writes, and a page for readers. */
record TheirFolder(Path path) {
    /** The setting of a tokenizer that says where texts are cut. */
    static final String LONGEST = "model_max_length";
    /** The settings of a search for texts. */
    static final String GENERATION = "generation_config.json";

    private static final ObjectWriter JSON = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build()
            .writer(new DefaultPrettyPrinter(Separators.createDefaultInstance()
                            .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                            .withArrayEmptySeparator("")
                            .withObjectEmptySeparator(""))
                    .withObjectIndenter(new DefaultIndenter("  ", "\n"))
                    .withArrayIndenter(new DefaultIndenter("  ", "\n")));

    /** Writes settings, sorted by key. */
    void settings(String file, Map<String, ?> settings) {
        try {
            write(file, JSON.writeValueAsString(settings) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("settings of numbers and texts can be written", e);
        }
    }

    /** Writes the page that the hub shows. */
    void readme(Export.Source source, ModelCard.Peer peer) {
        write(
                ModelCard.FILE,
                ModelCard.of(source.card(), source.base(), Optional.of(peer)).text());
    }

    /** Writes settings in their own order. */
    void json(String file, ObjectNode settings) {
        write(file, settings.toPrettyString() + "\n");
    }

    /**
     * Copies the base model's files of its tokenizer.
     *
     * @param longest where texts are cut
     * @throws InputException if transformers reads another tokenizer out of them
     */
    void tokenizer(BaseModel base, int longest) {
        String settings = FolderKey.TOKENIZER_CLASS.file();
        Map<String, byte[]> files = base.files().others();
        files.forEach((name, content) -> {
            if (!name.equals(settings) && !name.equals(GENERATION)) {
                write(name, content);
            }
        });
        ObjectNode read = files.containsKey(settings)
                ? (ObjectNode) StrictJson.read(files.get(settings), settings)
                : JsonNodeFactory.instance.objectNode();
        json(settings, read.put(LONGEST, longest));
        try (Tokenizer copied = Tokenizer.load(path)) {
            if (!copied.fingerprint().equals(base.tokenizer().fingerprint())) {
                throw new InputException(base.name() + " has a file of sentence-transformers that lowers capitals"
                        + " (do_lower_case), which transformers does not read; use the model here");
            }
        }
    }

    /** The names of the classes as an argument of Python's {@code from_pretrained}. */
    static String outputs(Labels labels) {
        List<String> names = labels.names();
        return names.isEmpty()
                ? "num_labels=1"
                : "id2label={"
                        + IntStream.range(0, names.size())
                                .mapToObj(i -> i + ": " + quoted(names.get(i)))
                                .collect(Collectors.joining(", "))
                        + "}";
    }

    void write(String file, String text) {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private void write(String file, byte[] content) {
        AtomicFile.write(path.resolve(file), channel -> {
            for (ByteBuffer left = ByteBuffer.wrap(content); left.hasRemaining(); ) {
                channel.write(left);
            }
        });
    }

    /** A number as people write it: whole if it is. */
    static Number number(double value) {
        return value == (int) value ? (Number) (int) value : (Number) value;
    }

    /** A text as a string of Python. */
    static String quoted(String text) {
        try {
            return JSON.writeValueAsString(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a text can be written", e);
        }
    }
}
