package org.unipelt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;

/** Each of these files ended the process before it was looked for; a test that does so again ends this one. */
class FatalPartsTest {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final String WORDS = """
            {"version":"1.0","pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordPiece",
            "unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":9,
            "vocab":{"[PAD]":0,"[UNK]":1,"a":2}}}""";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "post_processor | {`type`:`TemplateProcessing`,`single`:[{`SpecialToken`:{`id`:`[CLS]`,`type_id`:0}}],"
                        + "`pair`:[],`special_tokens`:{}} | post_processor uses [CLS]",
                "post_processor | {`type`:`Sequence`,`processors`:[{`type`:`TemplateProcessing`,`single`:"
                        + "[{`Sequence`:{`id`:`B`,`type_id`:0}}],`pair`:[],`special_tokens`:{}}]} | a second text in",
                "pre_tokenizer | {`type`:`FixedLength`,`length`:0} | FixedLength has length 0",
                "decoder | {`type`:`Strip`,`content`:`a`,`start`:1,`stop`:1} | decoder Strip has stop 1",
                "model | {`type`:`BPE`,`continuing_subword_prefix`:`##`,`vocab`:{`[PAD]`:0,`a`:1,`b`:2,`ab`:3},"
                        + "`merges`:[`a b`]} | 'b' does not start with ##",
                "model | {`type`:`BPE`,`continuing_subword_prefix`:`##`,`vocab`:{`[PAD]`:0,`a`:1,`b`:2,`ab`:3},"
                        + "`merges`:[[`a`,`b`]]} | 'b' does not start with ##",
            })
    void isRefused(String part, String value, String reason) throws IOException {
        refused(part, MAPPER.readTree(value.replace('`', '"')), reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e999", "\"\\ud800\"", "NESTED"})
    void aDecoderThatIsNoJsonToTheLibraryIsRefused(String value) throws IOException {
        String json = value.replace("NESTED", "[".repeat(200) + "]".repeat(200));
        String file = MAPPER.writeValueAsString(with("decoder", MAPPER.readTree("{\"type\":\"Fuse\",\"a\":\"@\"}")));
        assertThatThrownBy(() -> Tokenizer.fromJson(
                        file.replace("\"@\"", json).getBytes(StandardCharsets.UTF_8), "x/tokenizer.json"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("x/tokenizer.json: decoder ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\udc00", "\\ud800"})
    void aKeyWithHalfASurrogatePairIsRefused(String key) {
        String file = WORDS.replace("\"version\"", "\"decoder\":{\"" + key + "\":1},\"version\"");
        assertThatThrownBy(() -> Tokenizer.fromJson(file.getBytes(StandardCharsets.UTF_8), "x/tokenizer.json"))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "x/tokenizer.json is not valid JSON: a key holds half a surrogate pair in line 1, column 20;"
                                + " download it again");
    }

    @Test
    void aTokenThatIsTooLongIsRefused() {
        ObjectNode model = MAPPER.createObjectNode().put("type", "Unigram").put("unk_id", 0);
        model.putArray("vocab").addArray().add("l".repeat(100_000)).add(-1.5);
        model.withArray("vocab").addArray().add("[PAD]").add(0.0);
        refused("model", model, "a token has 100000 characters, allowed are 500");
        ObjectNode added = MAPPER.createObjectNode().put("id", 2).put("content", "l".repeat(100_000));
        refused("added_tokens", MAPPER.createArrayNode().add(added), "a token has 100000 characters, allowed are 500");
    }

    @ParameterizedTest
    @CsvSource({
        // Size of the trie, its units, the replacements: bytes of one character each.
        "'', is truncated",
        "'1,0,0', is truncated",
        "'255,255,255,255,0,0,0,0', is truncated",
        "'4,0,0,0,255,255,255,127,0,0,0', points outside itself",
        "'4,0,0,0,0,0,0,0,255', is not UTF-8",
    })
    void aCharacterMapIsRefused(String bytes, String reason) {
        byte[] map = new byte[bytes.isEmpty() ? 0 : bytes.split(",").length];
        for (int i = 0; i < map.length; i++) {
            map[i] = (byte) Integer.parseInt(bytes.split(",")[i]);
        }
        refused("normalizer", characterMap(map), "precompiled_charsmap " + reason);
    }

    @Test
    void aCharacterMapIsFollowed() throws IOException {
        // 'a' becomes what stands at the leaf's place: 256 units, the root's offset is 0, and 'a' leads to a leaf.
        byte[] map = new byte[4 + 4 * 256 + 4];
        unit(map, -1, 4 * 256);
        unit(map, 'a', 'a' | 1 << 8 | (1 << 10));
        unit(map, 'a' ^ 1, 1 << 31 | 2);
        System.arraycopy(new byte[] {(byte) 0xc3, (byte) 0xa9, 'b', 0}, 0, map, map.length - 4, 4);
        ObjectNode json = with("normalizer", characterMap(map));
        ((ObjectNode) json.at("/model/vocab")).put("b", 3);
        try (Tokenizer tokenizer = Tokenizer.fromJson(MAPPER.writeValueAsBytes(json), "json")) {
            assertThat(tokenizer.encode("a", Optional.empty(), 8).ids()).containsExactly(3);
        }
        unit(map, 'a' ^ 1, 1 << 31 | 1);
        refused("normalizer", characterMap(map), "has a replacement outside its text");
        unit(map, 'a' ^ 1, 1 << 31 | 99);
        refused("normalizer", characterMap(map), "has a replacement outside its text");
        map[map.length - 4] = 'x';
        refused("normalizer", characterMap(map), "is not UTF-8");
    }

    @Test
    void aTextWithoutTokensDoesNotEndTheProcess() throws IOException {
        ObjectNode json = (ObjectNode) MAPPER.readTree(WORDS);
        ((ObjectNode) json.get("model")).put("unk_token", "[NONE]");
        try (Tokenizer tokenizer = Tokenizer.fromJson(MAPPER.writeValueAsBytes(json), "file")) {
            assertThat(tokenizer.encode("a", Optional.empty(), 8).ids()).containsExactly(2);
            for (String text : new String[] {"b", ""}) {
                assertThatThrownBy(() -> tokenizer.encodeAll(List.of(Segments.of("a"), Segments.of(text)), 8))
                        .isInstanceOf(InputException.class)
                        .hasMessageContaining("file")
                        .hasMessageNotContaining("\n");
            }
        }
    }

    @Test
    void theFilesOwnTruncationIsSetAside() throws IOException {
        ObjectNode json = with(
                "truncation",
                MAPPER.readTree(
                        "{\"direction\":\"Left\",\"max_length\":8,\"strategy\":\"LongestFirst\",\"stride\":99}"));
        try (Tokenizer tokenizer = Tokenizer.fromJson(MAPPER.writeValueAsBytes(json), "json")) {
            assertThat(tokenizer
                            .encode("a a a b b b b b b", Optional.empty(), 5)
                            .ids())
                    .containsExactly(2, 2, 2, 1, 1);
        }
    }

    private static void unit(byte[] map, int index, int value) {
        ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN).putInt(4 + 4 * index, value);
    }

    private static JsonNode characterMap(byte[] map) {
        return MAPPER.createObjectNode()
                .put("type", "Precompiled")
                .put("precompiled_charsmap", Base64.getEncoder().encodeToString(map));
    }

    private static ObjectNode with(String part, JsonNode value) throws IOException {
        return ((ObjectNode) MAPPER.readTree(WORDS)).set(part, value);
    }

    private static void refused(String part, JsonNode value, String reason) {
        assertThatThrownBy(() -> Tokenizer.fromJson(MAPPER.writeValueAsBytes(with(part, value)), "x/tokenizer.json"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("x/tokenizer.json")
                .hasMessageContaining(reason)
                .hasMessageNotContaining("\n");
    }
}
