package org.unipelt.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;

/**
 * The labels of one row of multi-label data: any number of them, also none. Immutable. Its text is a JSON array, which
 * is what {@link Example#label} holds, however the file writes them: equal sets have equal texts.
 *
 * @param names the labels, in the order of strings
 */
public record LabelSet(List<String> names) {
    /** What stands between the labels of a cell, if nothing else is given. */
    public static final String USUAL_SEPARATOR = ",";

    /** Whatever no separator can be: parts of names, and of JSON. */
    private static final String NO_SEPARATOR = "[\\p{L}\\p{N}\"'\\[\\]{}\\\\\\n\\r]";

    /**
     * Puts the labels in order.
     *
     * @throws InputException if a label is blank or there twice
     */
    public LabelSet {
        Objects.requireNonNull(names, "names is null");
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (Example.blank(Objects.requireNonNull(name, "a name is null"))) {
                throw new InputException("a label is blank");
            }
            if (!seen.add(name)) {
                throw new InputException("the label '" + name + "' is there twice");
            }
        }
        names = names.stream().sorted().toList();
    }

    /**
     * Reads the text of a set: a JSON array of texts, numbers, or true and false.
     *
     * @throws InputException if it is anything else, or a label is blank or there twice
     */
    public static LabelSet parse(String text) {
        Objects.requireNonNull(text, "text is null");
        JsonNode array;
        try {
            array = reader().readTree(text);
        } catch (JsonProcessingException e) {
            throw new InputException(
                    "'" + text + "' is not a JSON array of labels: "
                            + StrictJson.words(e).replace(" in line 1,", " in")
                            + (text.contains("'") ? "; JSON has double quotes, as in [\"a\", \"b\"]" : ""),
                    e);
        }
        if (!array.isArray()) {
            throw new InputException("'" + text + "' is not a JSON array of labels, as in [\"a\", \"b\"]");
        }
        List<String> names = new ArrayList<>();
        for (JsonNode element : array) {
            if (!element.isValueNode() || element.isNull()) {
                throw new InputException("'" + text + "' holds " + element.getNodeType() + " where a label should be");
            }
            names.add(element.asText().strip());
        }
        return new LabelSet(names);
    }

    /** Numbers keep their digits as written, so that a label 0.10 does not become 0.1. */
    private static ObjectReader reader() {
        return StrictJson.mapper()
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .build()
                .reader();
    }

    /**
     * Reads labels with a separator between them; a blank text is the empty set.
     *
     * @throws InputException if a label is blank or there twice
     */
    static LabelSet separated(String text, String separator) {
        List<String> names = new ArrayList<>();
        if (!Example.blank(text)) {
            String stripped = text.strip();
            // Blanks around labels do not count, so several of them separate no more than one.
            String[] parts =
                    Example.blank(separator) ? stripped.split("\\s+") : stripped.split(Pattern.quote(separator), -1);
            for (String part : parts) {
                names.add(part.strip());
            }
        }
        if (names.stream().anyMatch(Example::blank)) {
            throw new InputException("'" + text + "' has an empty label beside a '" + separator + "'");
        }
        return new LabelSet(names);
    }

    /**
     * Checks that a text can stand between labels.
     *
     * @throws InputException if it is not one character, or is a letter, a digit, a quote or a bracket
     */
    static void requireSeparator(String separator) {
        if (separator.codePointCount(0, separator.length()) != 1 || separator.matches(NO_SEPARATOR)) {
            throw InputException.about(
                    "label-separator",
                    "the label separator is '" + separator
                            + "'; give one character that is in no label, as in ';' or '|'");
        }
    }

    /**
     * Checks that no label contains the separator: written between others, it would be taken for two.
     *
     * @throws InputException if one does
     */
    void requireWithout(String separator) {
        for (String name : names) {
            if (name.contains(separator)) {
                throw new InputException("the label '" + name + "' holds the separator '" + separator
                        + "'; choose another with --label-separator");
            }
        }
    }

    /** Returns the labels as a JSON array, e.g. {@code ["billing","delivery"]}. */
    public String text() {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        names.forEach(array::add);
        return array.toString();
    }
}
