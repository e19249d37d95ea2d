package org.unipelt.interop;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.unipelt.InputException;
import org.unipelt.Suggestion;

/**
 * The settings in a JSON object of another library. Every key is read, known to have no effect on answers, or refused;
 * {@link #finish} refuses the rest. A key without a value ({@code null}, {@code false}, nothing in it) says nothing.
 */
final class TheirConfig {
    private final String where;
    private final JsonNode json;
    private final Set<String> known = new TreeSet<>();

    /**
     * @param where the file, and where in it, for messages
     * @throws InputException if it is no object
     */
    TheirConfig(String where, JsonNode json) {
        this.where = where;
        this.json = json;
        if (!json.isObject()) {
            throw new InputException(where + " holds no settings; save or download the folder again");
        }
    }

    /** Settings within these. */
    TheirConfig within(String key) {
        return new TheirConfig(where + ": '" + key + "'", value(key));
    }

    /** A list of settings within these. */
    List<TheirConfig> eachWithin(String key) {
        List<TheirConfig> all = new ArrayList<>();
        for (JsonNode one : value(key)) {
            all.add(new TheirConfig(where + ": '" + key + "', number " + (all.size() + 1), one));
        }
        return all;
    }

    boolean has(String key) {
        return !saysNothing(value(key));
    }

    private JsonNode value(String key) {
        known.add(key);
        return json.path(key);
    }

    private static boolean saysNothing(JsonNode value) {
        return value.isMissingNode()
                || value.isNull()
                || (value.isBoolean() && !value.booleanValue())
                || (value.isContainerNode() && value.isEmpty());
    }

    /** A whole number of at least {@code least}. */
    int integer(String key, int byDefault, int least) {
        JsonNode value = value(key);
        if (value.isMissingNode() || value.isNull()) {
            return byDefault;
        }
        if (!value.canConvertToInt() || !value.isIntegralNumber() || value.intValue() < least) {
            throw wrong(key, value, "a whole number of at least " + least);
        }
        return value.intValue();
    }

    /** A finite number. */
    double number(String key, double byDefault) {
        JsonNode value = value(key);
        if (value.isMissingNode() || value.isNull()) {
            return byDefault;
        }
        return number(key, value);
    }

    private double number(String key, JsonNode value) {
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw wrong(key, value, "a number");
        }
        return value.doubleValue();
    }

    boolean flag(String key, boolean byDefault) {
        JsonNode value = value(key);
        if (value.isMissingNode() || value.isNull()) {
            return byDefault;
        }
        if (!value.isBoolean()) {
            throw wrong(key, value, "true or false");
        }
        return value.booleanValue();
    }

    Optional<String> text(String key) {
        JsonNode value = value(key);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw wrong(key, value, "a text");
        }
        return Optional.of(value.textValue());
    }

    boolean isText(String key) {
        return value(key).isTextual();
    }

    boolean isObject(String key) {
        return value(key).isObject();
    }

    /** A list of texts. */
    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (JsonNode text : list(key)) {
            if (!text.isTextual()) {
                throw wrong(key, text, "a list of texts");
            }
            texts.add(text.textValue());
        }
        return texts;
    }

    /** A list of whole numbers; one number is a list of one. */
    List<Integer> integers(String key) {
        if (value(key).isIntegralNumber()) {
            return List.of(value(key).intValue());
        }
        List<Integer> numbers = new ArrayList<>();
        for (JsonNode number : list(key)) {
            if (!number.canConvertToInt()) {
                throw wrong(key, number, "a list of whole numbers");
            }
            numbers.add(number.intValue());
        }
        return numbers;
    }

    private JsonNode list(String key) {
        JsonNode value = value(key);
        if (has(key) && !value.isArray()) {
            throw wrong(key, value, "a list");
        }
        return value;
    }

    /** A number for each of some names. */
    Map<String, Double> numbers(String key) {
        JsonNode value = value(key);
        if (has(key) && !value.isObject()) {
            throw wrong(key, value, "a number for each of some modules");
        }
        return value.properties().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> number(key, entry.getValue()), (a, b) -> b, LinkedHashMap::new));
    }

    /** Keys that change no answer. */
    void skip(String... keys) {
        known.addAll(Arrays.asList(keys));
    }

    /**
     * Demands that each key says nothing.
     *
     * @throws InputException if one does, for it changes answers in a way that this library does not have
     */
    void refuse(String... keys) {
        for (String key : keys) {
            if (has(key)) {
                throw refused(key);
            }
        }
    }

    /** Demands that a key has one of some values, or is not there. */
    void demand(String key, Object... values) {
        JsonNode value = value(key);
        boolean fits = value.isMissingNode()
                || Arrays.stream(values).anyMatch(one -> String.valueOf(one).equals(value.asText()));
        if (!fits) {
            throw refused(key);
        }
    }

    /** What these settings say with a key that is not supported. */
    InputException refused(String key) {
        String value = value(key).toString();
        return new InputException(where + ": " + key + " = "
                + (value.length() > 80 ? value.substring(0, 80) + "…" : value) + " is not supported");
    }

    InputException wrong(String message) {
        return new InputException(where + ": " + message);
    }

    private InputException wrong(String key, JsonNode value, String right) {
        return new InputException(where + ": " + key + " must be " + right + ", got " + value);
    }

    /**
     * Checks that every key is known.
     *
     * @throws InputException if one is not, and says something
     */
    void finish() {
        json.properties().stream()
                .filter(entry -> !known.contains(entry.getKey()) && !saysNothing(entry.getValue()))
                .map(Map.Entry::getKey)
                .findFirst()
                .ifPresent(key -> {
                    throw new InputException(where + ": unknown setting '" + key + "'"
                            + Suggestion.nearest(key, known)
                                    .map(near -> "; did you mean '" + near + "'?")
                                    .orElse("; this version cannot know what it changes"));
                });
    }
}
