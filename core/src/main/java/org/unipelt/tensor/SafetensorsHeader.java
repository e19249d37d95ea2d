package org.unipelt.tensor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unipelt.InputException;
import org.unipelt.files.Sight;
import org.unipelt.files.StrictJson;

/**
 * The first part of a safetensors file: eight bytes of length, then JSON with a name, type, shape and position for each
 * tensor. It is checked against the file's size, so no later step reads or allocates more than the file holds.
 *
 * @param metadata the strings under {@code __metadata__}, in the file's order
 * @param entries the tensors in the order of their data, without gaps
 * @param dataStart the position of the data in the file, in bytes
 */
record SafetensorsHeader(Map<String, String> metadata, List<Entry> entries, long dataStart) {
    /** The format's own limit; a longer header is an attack or another kind of file. */
    static final long MAX_LENGTH = 100_000_000;

    /** The metadata's key; no tensor may have that name. */
    static final String METADATA = "__metadata__";

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** One tensor and the position of its bytes, counted from the start of the data, end exclusive. */
    record Entry(String name, DType dtype, List<Long> shape, long begin, long end) {
        long size() {
            return end - begin;
        }

        long[] dimensions() {
            return shape.stream().mapToLong(Long::longValue).toArray();
        }
    }

    static SafetensorsHeader read(Path file, FileChannel channel) throws IOException {
        long size = channel.size();
        Sight.refuseText(
                file.toString(),
                fill(file, channel, 0, (int) Math.min(size, Sight.LENGTH)).array());
        if (size < Long.BYTES) {
            throw damaged(file, "it has " + size + " bytes and no header");
        }
        long length = fill(file, channel, 0, Long.BYTES).getLong();
        if (length < 2 || length > MAX_LENGTH) {
            throw damaged(
                    file,
                    "its header claims a length of " + Long.toUnsignedString(length) + " bytes, allowed are 2 to "
                            + MAX_LENGTH + ", so this is not a safetensors file");
        }
        if (length > size - Long.BYTES) {
            throw damaged(
                    file,
                    "its header claims " + length + " bytes, but only " + (size - Long.BYTES)
                            + " follow: it is truncated");
        }
        String text = utf8(file, fill(file, channel, Long.BYTES, (int) length));
        long dataStart = Long.BYTES + length;
        try (JsonParser json = JSON.createParser(text)) {
            return new Parser(file, json).parse(dataStart).checked(file, size - dataStart);
        } catch (JsonProcessingException e) {
            throw damaged(file, "its header is not valid JSON: " + StrictJson.words(e));
        }
    }

    static InputException damaged(Path file, String what) {
        return new InputException(file + ": " + what + "; download or save the file again");
    }

    private static ByteBuffer fill(Path file, FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw damaged(file, "it ends within its header");
            }
        }
        return buffer.flip();
    }

    private static String utf8(Path file, ByteBuffer bytes) {
        try {
            CharBuffer chars = StandardCharsets.UTF_8.newDecoder().decode(bytes);
            return chars.toString();
        } catch (CharacterCodingException e) {
            throw damaged(file, "its header is not UTF-8");
        }
    }

    /** Returns the header with tensors in the order of their data, which must fill {@code dataSize} bytes exactly. */
    private SafetensorsHeader checked(Path file, long dataSize) {
        List<Entry> ordered = new ArrayList<>(entries);
        ordered.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long end = 0;
        for (Entry entry : ordered) {
            if (entry.begin() != end) {
                throw damaged(
                        file,
                        "tensor '" + entry.name() + "' starts at byte " + entry.begin() + " of the data, but the one"
                                + " before it ends at " + end + (entry.begin() < end ? " (they overlap)" : " (a gap)"));
            }
            end = entry.end();
            if (end > dataSize) {
                throw damaged(
                        file,
                        "tensor '" + entry.name() + "' ends at byte " + end + " of the data, but the file holds only "
                                + dataSize + ": it is truncated");
            }
        }
        if (end != dataSize) {
            throw damaged(file, "its tensors fill " + end + " bytes, but " + dataSize + " follow the header");
        }
        return new SafetensorsHeader(metadata, List.copyOf(ordered), dataStart);
    }

    /** Reads the JSON token by token and refuses anything that differs from the format. */
    private record Parser(Path file, JsonParser json) {
        SafetensorsHeader parse(long dataStart) throws IOException {
            Map<String, String> metadata = new LinkedHashMap<>();
            List<Entry> entries = new ArrayList<>();
            expect(json.nextToken(), JsonToken.START_OBJECT, "the header");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                if (name.equals(METADATA)) {
                    readMetadata(metadata);
                } else {
                    entries.add(readEntry(name));
                }
            }
            if (json.nextToken() != null) {
                throw damaged(file, "its header has text after the end of its JSON");
            }
            return new SafetensorsHeader(metadata, entries, dataStart);
        }

        private void readMetadata(Map<String, String> metadata) throws IOException {
            expect(json.nextToken(), JsonToken.START_OBJECT, METADATA);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                expect(json.nextToken(), JsonToken.VALUE_STRING, METADATA + "." + key);
                metadata.put(key, json.getText());
            }
        }

        private Entry readEntry(String name) throws IOException {
            String where = "tensor '" + name + "'";
            expect(json.nextToken(), JsonToken.START_OBJECT, where);
            DType dtype = null;
            List<Long> shape = null;
            List<Long> offsets = null;
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                json.nextToken();
                switch (field) {
                    case "dtype" -> dtype = readType(where);
                    case "shape" -> shape = readLongs(where + ", shape");
                    case "data_offsets" -> offsets = readLongs(where + ", data_offsets");
                    default -> throw damaged(file, where + " has an unknown field '" + field + "'");
                }
            }
            if (dtype == null || shape == null || offsets == null) {
                throw damaged(file, where + " lacks one of dtype, shape, data_offsets");
            }
            if (offsets.size() != 2 || offsets.get(1) < offsets.get(0)) {
                throw damaged(file, where + " has data_offsets " + offsets + ", not a begin and an end");
            }
            Entry entry = new Entry(name, dtype, List.copyOf(shape), offsets.get(0), offsets.get(1));
            checkSize(entry, where);
            return entry;
        }

        private DType readType(String where) throws IOException {
            expect(json.currentToken(), JsonToken.VALUE_STRING, where + ", dtype");
            String type = json.getText();
            return DType.named(type)
                    .orElseThrow(() -> new InputException(file + ": " + where + " has the type " + type
                            + ", which cannot be read; convert it to one of " + List.of(DType.values())));
        }

        private List<Long> readLongs(String where) throws IOException {
            expect(json.currentToken(), JsonToken.START_ARRAY, where);
            List<Long> values = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                expect(json.currentToken(), JsonToken.VALUE_NUMBER_INT, where);
                if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER || json.getLongValue() < 0) {
                    throw damaged(file, where + " holds " + json.getText());
                }
                values.add(json.getLongValue());
            }
            return values;
        }

        private void checkSize(Entry entry, String where) {
            // The first product ignores zeros: libtorch multiplies the other dimensions into strides.
            long strides = entry.dtype().bytes();
            long bytes = entry.dtype().bytes();
            try {
                for (long dimension : entry.shape()) {
                    strides = Math.multiplyExact(strides, Math.max(1, dimension));
                    bytes = Math.multiplyExact(bytes, dimension);
                }
            } catch (ArithmeticException e) {
                throw damaged(file, where + " has the shape " + entry.shape() + ", more than any file can hold");
            }
            if (bytes != entry.size()) {
                throw damaged(
                        file,
                        where + " with the shape " + entry.shape() + " of " + entry.dtype() + " takes " + bytes
                                + " bytes, but its offsets span " + entry.size());
            }
        }

        private void expect(JsonToken found, JsonToken wanted, String where) {
            if (found != wanted) {
                throw damaged(file, where + " is not a JSON " + kind(wanted));
            }
        }

        private static String kind(JsonToken token) {
            return switch (token) {
                case START_OBJECT -> "object";
                case START_ARRAY -> "array";
                case VALUE_STRING -> "string";
                default -> "integer";
            };
        }
    }
}
