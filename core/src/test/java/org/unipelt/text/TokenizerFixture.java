package org.unipelt.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import org.unipelt.Repository;

/** What tools/tokenizer_fixture.py wrote, and the texts of GLUE and of examples/messages that it speaks of. */
final class TokenizerFixture {
    static final JsonNode JSON = read();
    static final String MINILM = "/all-minilm-l6-v2-tokenizer.json";

    private TokenizerFixture() {}

    /** GLUE's folder beside the repository; skips the test, and says so, where there is none. */
    static Path glue() {
        return Repository.shared("glue");
    }

    static Path messages() {
        return Repository.root().resolve("examples/messages");
    }

    static List<Segments> texts(Path folder, JsonNode file) throws IOException {
        List<Segments> texts = new ArrayList<>();
        List<String> lines = Files.readAllLines(folder.resolve(file.get("file").asText()));
        int first = file.get("header").asBoolean() ? 1 : 0;
        for (String line : lines.subList(first, first + file.get("rows").asInt())) {
            String[] cells = line.split("\t", -1);
            JsonNode columns = file.get("columns");
            String text = cells[columns.get(0).asInt()];
            texts.add(
                    columns.size() == 1
                            ? Segments.of(text)
                            : Segments.of(text, cells[columns.get(1).asInt()]));
        }
        return texts;
    }

    /** Every text of GLUE's files: 1,000. */
    static List<Segments> glueTexts() throws IOException {
        List<Segments> all = allTexts(glue(), JSON.get("files"));
        assertThat(all).hasSize(1000);
        return all;
    }

    /** Every message, some with their label as a second text: 600. */
    static List<Segments> messageTexts() throws IOException {
        List<Segments> all = allTexts(messages(), JSON.get("messages"));
        assertThat(all).hasSize(600);
        return all;
    }

    static List<Segments> rowTexts() {
        List<Segments> all = new ArrayList<>();
        for (JsonNode row : JSON.get("rows")) {
            JsonNode pair = row.get("pair");
            all.add(new Segments(
                    row.get("text").asText(), pair.isNull() ? Optional.empty() : Optional.of(pair.asText())));
        }
        return all;
    }

    static long checksum(List<Encoding> encodings) {
        CRC32 crc = new CRC32();
        for (Encoding encoding : encodings) {
            ByteBuffer bytes = ByteBuffer.allocate(4 + 8 * encoding.length()).order(ByteOrder.LITTLE_ENDIAN);
            bytes.putInt(encoding.length());
            Arrays.stream(encoding.ids()).forEach(bytes::putInt);
            Arrays.stream(encoding.tokenTypes()).forEach(bytes::putInt);
            crc.update(bytes.flip());
        }
        return crc.getValue();
    }

    static byte[] resource(String name) {
        try (InputStream in = TokenizerFixture.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Segments> allTexts(Path folder, JsonNode files) throws IOException {
        List<Segments> all = new ArrayList<>();
        for (JsonNode file : files) {
            all.addAll(texts(folder, file));
        }
        return all;
    }

    private static JsonNode read() {
        try {
            return new JsonMapper().readTree(resource("tokenizer-fixture.json"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
