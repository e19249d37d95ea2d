package org.unipelt.interop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.unipelt.data.Labels;
import org.unipelt.files.AtomicFile;

/** The files that every library's folder has: settings in the form that Python writes, and a page for readers. */
record TheirFolder(Path path) {
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
    void readme(ModelCard card) {
        write(ModelCard.FILE, card.text());
    }

    /** The names of the classes as an argument of Python's {@code from_pretrained}. */
    static String outputs(Labels labels) {
        return labels instanceof Labels.Classes classes
                ? "id2label={"
                        + IntStream.range(0, classes.names().size())
                                .mapToObj(i -> i + ": " + quoted(classes.names().get(i)))
                                .collect(Collectors.joining(", "))
                        + "}"
                : "num_labels=1";
    }

    private void write(String file, String text) {
        AtomicFile.write(path.resolve(file), channel -> {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
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
