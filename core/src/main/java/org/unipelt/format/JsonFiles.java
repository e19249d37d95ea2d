package org.unipelt.format;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.InjectableValues;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.deser.std.FromStringDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.files.AtomicFile;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;

/** Writes records as readable JSON files and reads them strictly. */
public final class JsonFiles {
    /**
     * Values for the absent keys of a file's own record. The record says {@code useInput}: since 2.21 Jackson takes an
     * injected value also where the file has the key, unless it is told otherwise.
     */
    private static final InjectableValues IMPLIED_BY_EARLIER_VERSIONS =
            new InjectableValues.Std().addValue("reading", Optional.empty());

    /** The last key of every written file: a checksum of all other keys and values, see {@link #digest}. */
    private static final String CHECKSUM = "contentChecksum";

    private static final int DIGITS = 16;

    private static final List<CoercionInputShape> NUMBERS =
            List.of(CoercionInputShape.Integer, CoercionInputShape.Float, CoercionInputShape.Boolean);

    private static final ObjectMapper JSON = StrictJson.mapper()
            .addModule(new Jdk8Module())
            .addModule(texts())
            .addModule(new AddedKeys())
            // Constants as everywhere else: macro-f1, not MACRO_F1.
            .enumNamingStrategy(Words::of)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(LogicalType.Textual, text -> {
                for (CoercionInputShape number : NUMBERS) {
                    text.setCoercion(number, CoercionAction.Fail);
                }
            })
            .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL))
            .injectableValues(IMPLIED_BY_EARLIER_VERSIONS)
            .build();

    private JsonFiles() {}

    /** Writes paths unchanged, where Jackson's default is an absolute address, and methods as their text. */
    private static SimpleModule texts() {
        return new SimpleModule()
                .addSerializer(Path.class, ToStringSerializer.instance)
                .addSerializer(Method.class, ToStringSerializer.instance)
                .addDeserializer(Path.class, new Parsed<>(Path.class, Path::of))
                .addDeserializer(Method.class, new Parsed<>(Method.class, Methods::parse));
    }

    /** Reads a value that files store as text. */
    private static final class Parsed<T> extends FromStringDeserializer<T> {
        private static final long serialVersionUID = 1L;

        private final transient Function<String, T> parse;

        Parsed(Class<T> type, Function<String, T> parse) {
            super(type);
            this.parse = parse;
        }

        @Override
        protected T _deserialize(String value, DeserializationContext context) {
            return parse.apply(value);
        }
    }

    /** Converts a record to a JSON object. */
    public static ObjectNode tree(Object value) {
        return JSON.valueToTree(value);
    }

    /** Writes a record atomically, with a checksum of its content. */
    public static void write(Path file, Object value) {
        try {
            ObjectNode content = JSON.valueToTree(value);
            content.put(CHECKSUM, checksum(content));
            byte[] bytes = (JSON.writeValueAsString(content) + "\n").getBytes(StandardCharsets.UTF_8);
            AtomicFile.write(file, channel -> {
                ByteBuffer rest = ByteBuffer.wrap(bytes);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
            });
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String checksum(JsonNode content) {
        return digest(content).substring(0, DIGITS);
    }

    /** Converts a record to compact JSON with sorted keys: equal records give equal texts. */
    public static String canonical(Object value) {
        try {
            return JSON.writer()
                    .without(SerializationFeature.INDENT_OUTPUT)
                    .writeValueAsString(sorted(JSON.valueToTree(value)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode sorted(JsonNode node) {
        if (node instanceof ObjectNode object) {
            TreeMap<String, JsonNode> fields = new TreeMap<>();
            object.properties().forEach(field -> fields.put(field.getKey(), sorted(field.getValue())));
            return JSON.createObjectNode().setAll(fields);
        }
        if (node instanceof ArrayNode array) {
            ArrayNode items = JSON.createArrayNode();
            array.forEach(item -> items.add(sorted(item)));
            return items;
        }
        return node;
    }

    /** Returns the SHA-256 of {@link #canonical}, as 64 hexadecimal digits. */
    public static String digest(Object value) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(canonical(value).getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * Reads a record; see {@link #read(Path, int)} and {@link #value}.
     *
     * @param limit {@link WholeFile#SETTINGS} or {@link WholeFile#LIST}
     */
    public static <T> T read(Path file, Class<T> type, int limit) {
        return value(file, read(file, limit), type);
    }

    /**
     * Reads an object. A file of an earlier version has no checksum, and is accepted without.
     *
     * @param limit {@link WholeFile#SETTINGS} or {@link WholeFile#LIST}
     * @throws InputException if the file is missing, too long or not a JSON object, or has changed since it was written
     */
    public static ObjectNode read(Path file, int limit) {
        String text = WholeFile.text(file, limit);
        try {
            if (!(JSON.readTree(text) instanceof ObjectNode content)) {
                throw new InputException(file + ": not as this version writes it: not a JSON object; restore it");
            }
            JsonNode sum = content.remove(CHECKSUM);
            if (sum != null && !sum.asText().equals(checksum(content))) {
                throw new InputException(file + ": was changed or damaged since it was written, as its " + CHECKSUM
                        + " shows; restore it");
            }
            return content;
        } catch (JsonProcessingException e) {
            throw notAsWritten(file, e);
        }
    }

    /**
     * Converts a JSON object to a record: exactly its keys, and values of their types.
     *
     * @param file the file for messages
     * @throws InputException if it is not such a record
     */
    public static <T> T value(Path file, JsonNode content, Class<T> type) {
        try {
            return JSON.treeToValue(content, type);
        } catch (JsonProcessingException e) {
            throw notAsWritten(file, e);
        }
    }

    private static InputException notAsWritten(Path file, JsonProcessingException e) {
        return new InputException(file + ": not as this version writes it: " + StrictJson.words(e) + "; restore it", e);
    }
}
