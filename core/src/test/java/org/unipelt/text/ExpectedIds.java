package org.unipelt.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.unipelt.Repository;

/** What tools/byte_pair_fixture.py wrote of one vocabulary: what Python makes of texts with it. */
record ExpectedIds(JsonNode json) {
    /** Of the folder {@code byte-pair} or {@code unigram}. */
    static ExpectedIds of(String folder) throws IOException {
        return new ExpectedIds(new JsonMapper().readTree(TokenizerFixture.resource(folder + "/expected.json")));
    }

    /** Compares the ids, the types and the decoded texts of a list of rows. */
    void compareRows(Tokenizer tokenizer, String list) {
        assertThat(json.get(list).size()).isGreaterThan(100);
        for (JsonNode row : json.get(list)) {
            Optional<String> pair = row.get("pair").isNull()
                    ? Optional.empty()
                    : Optional.of(row.get("pair").asText());
            compare(tokenizer, row, row.get("text").asText(), pair);
            assertThat(tokenizer.decode(ids(row)))
                    .as(row.toString())
                    .isEqualTo(row.get("decoded").asText());
        }
    }

    /** Compares the ids of the messages of examples/messages/test.tsv. */
    void compareMessages(Tokenizer tokenizer) throws IOException {
        List<String> messages = Files.readAllLines(Repository.root().resolve("examples/messages/test.tsv")).stream()
                .skip(1)
                .map(line -> line.split("\t", -1)[0])
                .toList();
        assertThat(json.get("messages").size()).isEqualTo(messages.size() - 1);
        for (JsonNode row : json.get("messages")) {
            int i = row.get("message").asInt();
            Optional<String> pair = row.get("paired").asBoolean() ? Optional.of(messages.get(i + 1)) : Optional.empty();
            compare(tokenizer, row, messages.get(i), pair);
        }
    }

    /** Compares 1,000 texts of GLUE, by checksum. */
    void compareGlue(Tokenizer tokenizer, String list) throws IOException {
        Path glue = TokenizerFixture.glue();
        int texts = 0;
        for (JsonNode file : json.get(list)) {
            List<Encoding> encodings = tokenizer.encodeAll(
                    TokenizerFixture.texts(glue, file), file.get("max_length").asInt());
            assertThat(encodings.stream().mapToInt(Encoding::length).sum())
                    .isEqualTo(file.get("tokens").asInt());
            assertThat(TokenizerFixture.checksum(encodings))
                    .as(file.get("file").asText())
                    .isEqualTo(file.get("crc32").asLong());
            texts += encodings.size();
        }
        assertThat(texts).isEqualTo(1000);
    }

    /** Every text and pair of a list of rows, for another use than comparing. */
    List<Segments> segments(String list) {
        List<Segments> segments = new ArrayList<>();
        for (JsonNode row : json.get(list)) {
            segments.add(new Segments(
                    row.get("text").asText(),
                    Optional.ofNullable(row.get("pair").textValue())));
        }
        return segments;
    }

    private static void compare(Tokenizer tokenizer, JsonNode row, String text, Optional<String> pair) {
        Encoding encoding = tokenizer.encode(text, pair, row.get("max_length").asInt());
        int[] ids = ids(row);
        // All types are 0: neither RoBERTa nor mBART tells the segments apart by them.
        assertThat(encoding).as(row.toString()).isEqualTo(new Encoding(ids, new int[ids.length]));
    }

    private static int[] ids(JsonNode row) {
        JsonNode ids = row.get("ids");
        return IntStream.range(0, ids.size()).map(i -> ids.get(i).asInt()).toArray();
    }
}
