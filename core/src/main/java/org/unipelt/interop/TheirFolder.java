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
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.unipelt.data.Labels;
import org.unipelt.files.AtomicFile;
import org.unipelt.tuned.AdapterCard;

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

    /**
     * Writes the folder's page.
     *
     * @param python how to load the folder, line by line
     * @param remarks what else its readers must know, a sentence each
     */
    void readme(AdapterCard card, String base, List<String> python, List<String> remarks) {
        StringBuilder page = new StringBuilder("# An adapter for " + base + "\n\n"
                + "UniPELT for Java trained it with `" + card.method() + "`.\n\n"
                + "    " + String.join("\n    ", python) + "\n\n");
        if (card.labels() instanceof Labels.Classes classes) {
            page.append("The head's outputs are the classes of `id2label`:\n\n    id2label = {")
                    .append(IntStream.range(0, classes.names().size())
                            .mapToObj(i -> i + ": " + quoted(classes.names().get(i)))
                            .collect(Collectors.joining(", ")))
                    .append("}\n\n");
        } else {
            page.append("The head's only output is the score.\n\n");
        }
        page.append("- It reads ")
                .append(card.pairs() ? "pairs of texts" : "single texts")
                .append(", cut to ")
                .append(card.inference().maxLength())
                .append(" tokens.\n");
        remarks.forEach(remark -> page.append("- ").append(remark).append('\n'));
        write("README.md", page.toString());
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
