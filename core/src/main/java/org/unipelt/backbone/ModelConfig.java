package org.unipelt.backbone;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.backbone.Anatomy.Stack;

/**
 * A Hugging Face {@code config.json}, read strictly: each method throws an {@link InputException} with the field's name
 * if the field's value is not allowed. The name of a field inside another has a dot: {@code rope_parameters.rope_theta}.
 *
 * @param json the file's object
 * @param read filled with every field that is asked for, and its value, or its default if the file does not have it
 */
public record ModelConfig(JsonNode json, Map<String, String> read) {
    /** A file of which nothing is read yet. */
    public ModelConfig(JsonNode json) {
        this(json, new HashMap<>());
    }

    /** A field that must have one of these values; the first is the default. */
    public String word(String field, String... supported) {
        if (!has(field)) {
            return noted(field, supported[0]);
        }
        String found = at(field).asText();
        if (!List.of(supported).contains(found)) {
            throw new InputException("config.json: " + field + " is " + shown(field) + "; supported: '"
                    + String.join("', '", supported) + "'");
        }
        return noted(field, found);
    }

    /**
     * A list of words, each one of these.
     *
     * @return an empty list if the file does not have the field
     */
    public List<String> words(String field, String... supported) {
        List<String> words = new ArrayList<>();
        for (JsonNode word : at(field)) {
            words.add(word.asText());
        }
        boolean list = !has(field) || (at(field).isArray() && !words.isEmpty());
        if (!list || !List.of(supported).containsAll(words)) {
            throw new InputException("config.json: " + field + " must be a list of '" + String.join("', '", supported)
                    + "', found " + shown(field));
        }
        return noted(field, words);
    }

    /** An object with no other keys than these, if the file has the field. */
    public void keys(String field, String... supported) {
        if (!has(field)) {
            return;
        }
        if (!at(field).isObject()) {
            throw new InputException("config.json: " + field + " must be an object, found " + shown(field));
        }
        for (Map.Entry<String, JsonNode> entry : at(field).properties()) {
            if (!List.of(supported).contains(entry.getKey())) {
                throw new InputException("config.json: " + field + " has " + entry.getKey() + ", which is not supported"
                        + (supported.length == 0 ? "" : "; only " + String.join(" and ", supported) + " are"));
            }
        }
    }

    /** Whether the file has the field, with another value than null. */
    public boolean has(String field) {
        return !at(field).isMissingNode() && !at(field).isNull();
    }

    /** A whole number from 1; the file must have the field. */
    public int positive(String field) {
        JsonNode value = at(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() <= 0) {
            throw new InputException(
                    "config.json: " + field + " must be a positive whole number, found " + shown(field));
        }
        return noted(field, value.asInt());
    }

    /** A whole number from 1, or the default. */
    public int positive(String field, int byDefault) {
        return !has(field) ? noted(field, byDefault) : positive(field);
    }

    /** A whole number from 0, or the default. */
    public int atLeastZero(String field, int byDefault) {
        return at(field).isIntegralNumber() && at(field).bigIntegerValue().signum() == 0
                ? noted(field, 0)
                : positive(field, byDefault);
    }

    /** A whole number of any sign, or the default. */
    public int whole(String field, int byDefault) {
        JsonNode value = at(field);
        if (has(field) && (!value.isIntegralNumber() || !value.canConvertToInt())) {
            throw new InputException("config.json: " + field + " must be a whole number, found " + shown(field));
        }
        return noted(field, !has(field) ? byDefault : value.asInt());
    }

    /**
     * A field that names some of these words: a list, or one text with {@code |} between them, in which capitals and
     * spaces do not count. Empty if the file does not have it.
     */
    public SortedSet<String> choices(String field, String... supported) {
        SortedSet<String> found = new TreeSet<>();
        JsonNode value = at(field);
        if (value.isTextual()) {
            for (String word : value.asText().toLowerCase(Locale.ROOT).split("\\|", -1)) {
                found.add(word.strip());
            }
        } else if (value.isArray()) {
            value.forEach(word -> found.add(word.isTextual() ? word.asText() : word.toString()));
        }
        boolean readable = !has(field) || value.isTextual() || value.isArray();
        if (!readable || !List.of(supported).containsAll(found)) {
            throw new InputException("config.json: " + field + " is " + shown(field)
                    + "; supported are a list or a text of '" + String.join("', '", supported) + "'");
        }
        return noted(field, found);
    }

    /** A finite number above 0, or the default. */
    public double positiveReal(String field, double byDefault) {
        if (!has(field)) {
            return noted(field, byDefault);
        }
        double value = at(field).asDouble();
        if (!at(field).isNumber() || value <= 0 || Double.isInfinite(value)) {
            throw new InputException("config.json: " + field + " must be a positive number, found " + shown(field));
        }
        return noted(field, value);
    }

    /** True or false, or the default. */
    public boolean flag(String field, boolean byDefault) {
        if (!has(field)) {
            return noted(field, byDefault);
        }
        if (!at(field).isBoolean()) {
            throw new InputException("config.json: " + field + " must be true or false, found " + shown(field));
        }
        return noted(field, at(field).asBoolean());
    }

    /** The id of a token of the vocabulary. */
    public int token(String field, int byDefault, int vocabulary) {
        JsonNode value = at(field);
        if (has(field) && !value.isIntegralNumber()) {
            throw new InputException("config.json: " + field + " must be the id of one token, found " + shown(field));
        }
        // A number that does not fit in an int is outside any vocabulary.
        int id = !has(field) ? byDefault : value.canConvertToInt() ? value.asInt() : -1;
        if (id < 0 || id >= vocabulary) {
            throw new InputException("config.json: " + field + " is " + (!has(field) ? id : value)
                    + ", but the vocabulary ends at " + (vocabulary - 1));
        }
        return noted(field, id);
    }

    /** The id of a token; none if the field is null. */
    public OptionalInt optionalToken(String field, OptionalInt byDefault, int vocabulary) {
        if (at(field).isMissingNode()) {
            return noted(field, byDefault);
        }
        return at(field).isNull() ? noted(field, OptionalInt.empty()) : OptionalInt.of(token(field, 0, vocabulary));
    }

    private <T> T noted(String field, T value) {
        read.put(
                field,
                value instanceof OptionalInt id ? id.isPresent() ? "" + id.getAsInt() : "null" : String.valueOf(value));
        return value;
    }

    private JsonNode at(String field) {
        JsonNode node = json;
        for (String name : field.split("\\.")) {
            node = node.path(name);
        }
        return node;
    }

    /** A field's value as the file has it, in one line. */
    private String shown(String field) {
        JsonNode value = at(field);
        return value.isMissingNode()
                ? "nothing"
                : value.isTextual() ? value.toString().replace('"', '\'') : value.toString();
    }

    /** A field that names an activation as Hugging Face does. */
    public Activation activation(String field, String byDefault) {
        List<String> names = Stream.concat(Stream.of(byDefault), Stream.of("gelu", "gelu_new", "relu", "silu", "swish"))
                .distinct()
                .toList();
        return switch (word(field, names.toArray(String[]::new))) {
            case "gelu" -> Activation.GELU;
            case "gelu_new" -> Activation.GELU_TANH;
            case "relu" -> Activation.RELU;
            case "tanh" -> Activation.TANH;
            default -> Activation.SILU;
        };
    }

    /** A stack like BERT's, whose sizes are in these fields. */
    public Stack stack(
            Part part, String layers, String hidden, String heads, String intermediate, Activation activation) {
        int size = positive(hidden);
        int count = positive(heads);
        if (size % count != 0) {
            throw new InputException(
                    "config.json: " + hidden + " " + size + " is not a multiple of " + heads + " " + count);
        }
        return Stack.plain(part, positive(layers), size, count, positive(intermediate), activation);
    }
}
