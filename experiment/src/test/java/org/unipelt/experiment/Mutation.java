package org.unipelt.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** Damages a file's bytes; the same seed, the same damage. */
enum Mutation {
    /** Bits, runs of bytes, lengths: whatever the file holds. */
    BINARY,
    /** Lines too. */
    TEXT,
    /** Values and keys too. */
    JSON,
    /** The same of the header, with its length. */
    SAFETENSORS,
    /** The same of every line. */
    JSON_LINES,
    /** The lines that are packed. */
    GZIP;

    private static final ObjectMapper MAPPER = new ObjectMapper();
    /** Stands for a value that no tree of JSON can hold. */
    private static final String PLACE = "@PLACE@";

    /** What a value is replaced by. */
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "1",
            "-1",
            "2",
            "2147483647",
            "-2147483648",
            "4294967298",
            "9223372036854775807",
            "1" + "0".repeat(40),
            "9".repeat(2000),
            "2.5",
            "1e999",
            "-1e-400",
            "1e999999999",
            "NaN",
            "\"NaN\"",
            "\"2\"",
            "\"\"",
            "\"two\\nlines\\u001b[31m\"",
            "\"" + "long".repeat(25_000) + "\"",
            "\"\\ud800\"",
            "\"../../etc/passwd\\u0000\"",
            "[]",
            "{}",
            "[null]",
            "[[1, 2], {\"a\": 3}]",
            "[" + "0,".repeat(5000) + "0]",
            "[".repeat(3000) + "]".repeat(3000),
            "{\"a\":".repeat(900) + "1" + "}".repeat(900));

    private static final List<String> LINES = List.of(
            "",
            "\t",
            "\"",
            "'",
            "- ",
            "a: b",
            ": ",
            "? ",
            "*a",
            "&a [*a, *a]",
            "!!set x",
            "%YAML 9.9",
            "---",
            "{",
            "[",
            "]",
            "#",
            "\u0000",
            "\u00e9",
            "\ufeff",
            "a,b,c,d,e,f,g",
            "\"a\"\"",
            "{\"text\": 1, \"text\": 2}",
            "<html>",
            "version https://git-lfs.github.com/spec/v1",
            "x".repeat(100_000));

    /** Damaged bytes. */
    byte[] of(byte[] whole, long seed) {
        Random random = new Random(seed * 31 + 7);
        byte[] damaged = once(whole, random);
        // One in four is damaged twice.
        return random.nextInt(4) == 0 ? once(damaged, random) : damaged;
    }

    private byte[] once(byte[] whole, Random random) {
        if (random.nextInt(3) == 0) {
            return bytes(whole, random);
        }
        try {
            return switch (this) {
                case BINARY -> bytes(whole, random);
                case TEXT -> lines(whole, random);
                case JSON ->
                    json(new String(whole, StandardCharsets.UTF_8), random).getBytes(StandardCharsets.UTF_8);
                case JSON_LINES -> random.nextBoolean() ? lines(whole, random) : jsonLine(whole, random);
                case GZIP -> packed(lines(unpacked(whole), random));
                case SAFETENSORS -> header(whole, random);
            };
        } catch (IOException | RuntimeException e) {
            // What is damaged already may be no JSON.
            return bytes(whole, random);
        }
    }

    private static byte[] bytes(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        if (bytes.length == 0) {
            return new byte[] {(byte) random.nextInt()};
        }
        int at = random.nextInt(bytes.length);
        int run = 1 + random.nextInt(1 << random.nextInt(13));
        byte filler =
                (byte) new int[] {0, 255, '[', '{', '"', '9', ' ', '\n', 'a', random.nextInt(256)}[random.nextInt(10)];
        switch (random.nextInt(8)) {
            case 0, 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 2 -> {
                for (int i = 1 + random.nextInt(6); i > 0; i--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
            }
            case 3 -> bytes = Arrays.copyOf(bytes, at);
            case 4 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + run), filler);
            case 5 -> {
                byte[] inserted = new byte[run];
                Arrays.fill(inserted, filler);
                bytes = joined(Arrays.copyOf(bytes, at), inserted, Arrays.copyOfRange(bytes, at, bytes.length));
            }
            case 6 -> {
                // A run leaves its place, or stands twice.
                int from = random.nextBoolean() ? Math.min(bytes.length, at + run) : Math.max(0, at - run);
                bytes = joined(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, from, bytes.length));
            }
            default -> {
                // A length, or the start of the file.
                int place = random.nextBoolean() ? 0 : Math.max(0, at - 8);
                long value = new long[] {
                            0, 1, -1, Long.MAX_VALUE, Integer.MAX_VALUE, bytes.length, random.nextInt(1 << 20), 1L << 32
                        }
                        [random.nextInt(8)];
                for (int i = 0; i < 8 && place + i < bytes.length; i++) {
                    bytes[place + i] = (byte) (value >> (8 * i));
                }
            }
        }
        return bytes;
    }

    private static byte[] lines(byte[] whole, Random random) {
        List<String> lines = new ArrayList<>(Arrays.asList(new String(whole, StandardCharsets.UTF_8).split("\n", -1)));
        int at = random.nextInt(lines.size());
        int other = random.nextInt(lines.size());
        String added = LINES.get(random.nextInt(LINES.size()));
        String line = lines.get(at);
        int middle = random.nextInt(line.length() + 1);
        switch (random.nextInt(6)) {
            case 0 -> lines.remove(at);
            case 1 -> lines.add(other, line);
            case 2 -> lines.set(at, lines.set(other, line));
            case 3 -> lines.add(at, added);
            case 4 -> lines.set(at, line.substring(0, middle) + added + line.substring(middle));
            default -> lines.set(at, line.substring(middle));
        }
        return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    }

    private static String json(String text, Random random) throws IOException {
        JsonNode tree = MAPPER.readTree(text);
        List<JsonNode> values = new ArrayList<>();
        List<Consumer<JsonNode>> places = new ArrayList<>();
        gather(tree, values, places);
        int at = random.nextInt(places.size());
        String value = random.nextInt(3) == 0
                ? values.get(random.nextInt(values.size())).toString()
                : VALUES.get(random.nextInt(VALUES.size()));
        return switch (random.nextInt(8)) {
            case 0 -> {
                // A key that stands twice.
                String key = "\"[^\"]+\"\\s*:";
                List<String> keys = Pattern.compile(key)
                        .matcher(text)
                        .results()
                        .map(MatchResult::group)
                        .toList();
                String twice = keys.get(random.nextInt(keys.size()));
                yield text.replace(twice, twice + value + "," + twice);
            }
            case 1 -> {
                places.get(at).accept(null);
                yield tree.toString();
            }
            default -> {
                places.get(at).accept(TextNode.valueOf(PLACE));
                yield tree.toString().replace("\"" + PLACE + "\"", value);
            }
        };
    }

    /** Every value of a tree, and what puts another into its place, or takes it out. */
    private static void gather(JsonNode node, List<JsonNode> values, List<Consumer<JsonNode>> places) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> {
                values.add(field.getValue());
                places.add(other -> {
                    if (other == null) {
                        object.remove(field.getKey());
                    } else {
                        object.set(field.getKey(), other);
                    }
                });
            });
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                int index = i;
                values.add(array.get(i));
                places.add(other -> {
                    if (other == null) {
                        array.remove(index);
                    } else {
                        array.set(index, other);
                    }
                });
            }
        }
        node.forEach(child -> gather(child, values, places));
    }

    private static byte[] jsonLine(byte[] whole, Random random) throws IOException {
        List<String> lines = new ArrayList<>(Arrays.asList(new String(whole, StandardCharsets.UTF_8).split("\n", -1)));
        int at = random.nextInt(lines.size());
        lines.set(at, json(lines.get(at), random));
        return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] header(byte[] whole, Random random) throws IOException {
        int length = Math.toIntExact(
                ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong());
        String text = new String(whole, 8, length, StandardCharsets.UTF_8);
        byte[] json = json(text, random).getBytes(StandardCharsets.UTF_8);
        byte[] start = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .array();
        return joined(start, json, Arrays.copyOfRange(whole, 8 + length, whole.length));
    }

    static byte[] packed(byte[] text) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(text);
        }
        return out.toByteArray();
    }

    private static byte[] unpacked(byte[] file) throws IOException {
        try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(file))) {
            return gzip.readAllBytes();
        }
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(all::writeBytes);
        return all.toByteArray();
    }
}
