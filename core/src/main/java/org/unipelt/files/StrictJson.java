package org.unipelt.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.unipelt.InputException;
import org.unipelt.Suggestion;
import org.unipelt.Words;

/** Reads JSON strictly: no duplicate keys, nothing after the end, and plain error messages. */
public final class StrictJson {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final JsonMapper MAPPER = mapper().build();

    /** The text that a parser's message puts in quotes: a key, a character, a property. */
    private static final Pattern QUOTED = Pattern.compile("'(.*?)'(?=[ :;]|$)", Pattern.DOTALL);

    private StrictJson() {}

    /** Returns a builder of a strict mapper, for further settings. */
    public static JsonMapper.Builder mapper() {
        return JsonMapper.builder(FACTORY).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }

    /**
     * Reads the JSON of a file.
     *
     * @param limit {@link WholeFile#SETTINGS} or {@link WholeFile#LIST}
     * @throws InputException as {@link WholeFile#bytes}, and if it is not valid JSON
     */
    public static JsonNode read(Path file, int limit) {
        return read(WholeFile.bytes(file, limit), file.toString());
    }

    /**
     * Reads the JSON in a file's bytes.
     *
     * @param origin the file's name for messages
     * @throws InputException if it is not valid JSON
     */
    public static JsonNode read(byte[] json, String origin) {
        try {
            JsonNode read = MAPPER.readTree(WholeFile.text(json, origin));
            if (read.isMissingNode()) {
                throw new InputException(origin + " is not valid JSON: it is empty; download it again");
            }
            return read;
        } catch (JsonProcessingException e) {
            throw new InputException(origin + " is not valid JSON: " + words(e) + "; download it again", e);
        }
    }

    /** Describes what is wrong, and where, as part of a line: line and column, or the path of keys. */
    public static String words(JsonProcessingException e) {
        if (e instanceof JsonMappingException mapping) {
            if (e.getCause() instanceof InputException wrong
                    && mapping.getPath().isEmpty()) {
                return wrong.getMessage();
            }
            return (mapping.getPath().isEmpty() ? "it" : "'" + path(mapping) + "'") + ' ' + mismatch(mapping);
        }
        JsonLocation place = e.getLocation();
        return syntax(e) + (place == null ? "" : " in line " + place.getLineNr() + ", column " + place.getColumnNr());
    }

    private static String syntax(JsonProcessingException e) {
        String message = String.valueOf(e.getOriginalMessage());
        if (e instanceof JsonEOFException) {
            return "it ends too early";
        }
        if (e instanceof StreamConstraintsException) {
            return "it is nested too deeply, or a number or a text in it is too long";
        }
        if (message.startsWith("Duplicate field")) {
            return "the key '" + quoted(message) + "' appears twice";
        }
        if (message.contains("surrogate") && message.contains(" in field name")) {
            return "a key holds half a surrogate pair";
        }
        return quoted(message).isEmpty() ? "unexpected text" : "unexpected '" + quoted(message) + "'";
    }

    private static String mismatch(JsonMappingException e) {
        String message = String.valueOf(e.getOriginalMessage());
        if (e.getCause() instanceof InputException wrong) {
            return "is wrong: " + wrong.getMessage();
        }
        if (e instanceof UnrecognizedPropertyException unknown) {
            List<String> known =
                    unknown.getKnownPropertyIds().stream().map(String::valueOf).toList();
            return "is not a known key"
                    + Suggestion.nearest(unknown.getPropertyName(), known)
                            .map(key -> " (did you mean '" + key + "'?)")
                            .orElse("");
        }
        if (message.startsWith("Missing")) {
            return e.getPath().isEmpty() ? "lacks the key '" + quoted(message) + "'" : "is missing";
        }
        if (e.getCause() instanceof InputCoercionException) {
            return "is too large a number";
        }
        if (message.startsWith("Trailing token")) {
            return "is followed by text after its end";
        }
        if (message.contains("null")) {
            return "is null or empty";
        }
        Class<?> type = e instanceof MismatchedInputException mismatch ? mismatch.getTargetType() : null;
        String found =
                e instanceof InvalidFormatException invalid ? "is '" + invalid.getValue() + "', not " : "is not ";
        return found + (type == null ? "what is expected" : kind(type));
    }

    private static String kind(Class<?> type) {
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(constant -> Words.of((Enum<?>) constant))
                            .collect(Collectors.joining(", "));
        }
        if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
            return "a whole number";
        }
        if (type == double.class || Number.class.isAssignableFrom(type)) {
            return "a number";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (CharSequence.class.isAssignableFrom(type) || Path.class.isAssignableFrom(type)) {
            return "a text";
        }
        return Collection.class.isAssignableFrom(type)
                ? "a list"
                : Map.class.isAssignableFrom(type) || type.isRecord() ? "an object" : "what is expected";
    }

    private static String path(JsonMappingException e) {
        return e.getPath().stream()
                .map(step -> step.getFieldName() == null ? String.valueOf(step.getIndex()) : step.getFieldName())
                .collect(Collectors.joining("."));
    }

    private static String quoted(String message) {
        Matcher quoted = QUOTED.matcher(message);
        return quoted.find() ? quoted.group(1) : "";
    }
}
