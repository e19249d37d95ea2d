package org.unipelt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.InputException;
import org.unipelt.Repository;
import org.unipelt.tensor.Rng;

/**
 * The tokenizers of XLM-RoBERTa, CamemBERT, ALBERT, MPNet, DeBERTa, T5, Pegasus, mBART and mBART-50, each from its own file
 * and from {@code tokenizer.json}, and those of ModernBERT, BERTweet and PhoBERT, against {@code AutoTokenizer}: {@code
 * tools/sentencepiece_fixture.py} and {@code tools/encoder_tokenizer_fixture.py} write what is expected.
 */
class EncoderTokenizerTest {
    private static final JsonNode EXPECTED = expected("sentencepiece/expected.json");

    private static final JsonNode OTHERS = expected("encoders/expected.json");
    /** Of the models that generate. */
    private static final JsonNode WRITERS =
            expected("sentencepiece/writers.json").get("samples");

    @TempDir
    private Path folder;

    private static JsonNode expected(String file) {
        try {
            return new JsonMapper().readTree(TokenizerFixture.resource(file));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "xlm-roberta, XLMRobertaTokenizer, messages.model, sentencepiece.bpe.model",
        "camembert, CamembertTokenizerFast, messages.model, sentencepiece.bpe.model",
        "albert, AlbertTokenizer, albert.model, spiece.model",
        "mpnet, MPNetTokenizer, mpnet.txt, vocab.txt",
        "deberta-v2, DebertaV2Tokenizer, deberta.model, spm.model",
        "xlm-roberta, XLMRobertaTokenizerFast, xlm-roberta.json, tokenizer.json",
        "camembert, CamembertTokenizer, camembert.json, tokenizer.json",
        "albert, AlbertTokenizerFast, albert.json, tokenizer.json",
        "mpnet, MPNetTokenizerFast, mpnet.json, tokenizer.json",
        "deberta-v2, DebertaV2TokenizerFast, deberta-v2.json, tokenizer.json",
    })
    void idsAreThoseOfTransformers(String modelType, String tokenizerClass, String source, String name)
            throws IOException {
        Files.write(folder.resolve(name), TokenizerFixture.resource("sentencepiece/" + source));
        Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"" + modelType + "\"}");
        List<String> byModel = ids(EXPECTED, modelType);
        List<String> wanted = new ArrayList<>();
        EXPECTED.get(modelType).forEach(row -> wanted.add(row.asText()));
        if (name.equals(Tokenizer.JSON_FILE)) {
            EXPECTED.get(modelType + " of tokenizer.json")
                    .properties()
                    .forEach(row -> wanted.set(
                            Integer.parseInt(row.getKey()), row.getValue().asText()));
        }
        assertThat(wanted.stream().filter(row -> !row.isEmpty())).hasSizeGreaterThan(130);
        assertThat(byModel).isEqualTo(wanted);
        // A class that a file names counts, whatever the model.
        Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"bert\"}");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"tokenizer_class\":\"" + tokenizerClass + "\"}");
        assertThat(ids(EXPECTED, modelType)).isEqualTo(wanted);
    }

    /** Some of the texts have line ends, runs of spaces and what joins pieces of words. */
    @ParameterizedTest
    @CsvSource({
        "modernbert, modernbert, PreTrainedTokenizerFast, tokenizer.json tokenizer_config.json",
        "fastBPE, roberta, BertweetTokenizer, vocab.txt bpe.codes",
        "fastBPE, roberta, PhobertTokenizer, vocab.txt bpe.codes",
    })
    void idsOfOtherVocabulariesAreThoseOfTransformers(
            String kind, String modelType, String tokenizerClass, String files) throws IOException {
        for (String file : files.split(" ")) {
            Files.write(folder.resolve(file), TokenizerFixture.resource("encoders/" + file));
        }
        Files.writeString(
                folder.resolve("config.json"),
                "{\"model_type\":\"" + modelType + "\",\"tokenizer_class\":\"" + tokenizerClass + "\"}");
        List<String> wanted = new ArrayList<>();
        OTHERS.get(kind).forEach(row -> wanted.add(row.asText()));
        assertThat(wanted.stream().filter(row -> !row.isEmpty())).hasSizeGreaterThan(130);
        assertThat(ids(OTHERS, kind)).isEqualTo(wanted);
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(tokenizer.decode(
                            tokenizer.encode("the parcel", Optional.empty(), 16).ids()))
                    .isEqualTo("the parcel");
            assertThat(tokenizer.vocabularySize())
                    .as("one more than the mask")
                    .isEqualTo(tokenizer.id(kind.equals("fastBPE") ? "<mask>" : "[MASK]") + 1);
        }
    }

    static Stream<String> writers() {
        return WRITERS.properties().stream().map(Map.Entry::getKey);
    }

    @ParameterizedTest
    @MethodSource("writers")
    void idsAndTextsOfWritersAreThoseOfTransformers(String sample) throws IOException {
        JsonNode wanted = WRITERS.get(sample);
        write(wanted, wanted.get("config"));
        List<String> found = new ArrayList<>();
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(tokenizer.padId()).isEqualTo(wanted.get("pad").asInt());
            for (JsonNode input : EXPECTED.get("inputs")) {
                Encoding encoding = tokenizer.encode(
                        input.get(0).asText(),
                        Optional.ofNullable(input.get(1).textValue()),
                        input.get(2).asInt());
                assertThat(encoding.tokenTypes()).containsOnly(0);
                found.add(
                        Arrays.stream(encoding.ids()).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
            }
            JsonNode rows = wanted.get("rows");
            for (int i = 0; i < found.size(); i++) {
                if (rows.isArray() && rows.get(i).asText().isEmpty()) {
                    found.set(i, "");
                }
            }
            rows.path("skipped").forEach(row -> found.set(row.asInt(), ""));
            if (rows.isArray()) {
                List<String> all = new ArrayList<>();
                rows.forEach(row -> all.add(row.asText()));
                assertThat(found).isEqualTo(all);
            } else {
                CRC32 crc = new CRC32();
                crc.update(String.join("\n", found).getBytes(StandardCharsets.UTF_8));
                assertThat(crc.getValue()).isEqualTo(rows.get("crc32").asLong());
            }
            assertThat(found.stream().filter(row -> !row.isEmpty())).hasSizeGreaterThan(130);
            for (int i = 0; i < wanted.get("decoded").size(); i++) {
                int[] ids = Arrays.stream(found.get(7 * i).split(" "))
                        .filter(id -> !id.isEmpty())
                        .mapToInt(Integer::parseInt)
                        .toArray();
                assertThat(tokenizer.decode(ids))
                        .isEqualTo(wanted.get("decoded").get(i).asText());
            }
            messages(tokenizer, wanted.get("messages"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "t5      | {'extra_ids':-1}     | extra_ids is -1; it must be a whole number from 0 to 100000",
                "t5      | {'extra_ids':'9'}    | extra_ids is \"9\"; it must be a whole number",
                "pegasus | {'offset':1000001}   | offset is 1000001; it must be a whole number",
                "mbart   | {'src_lang':'ro'}    | src_lang is ro, which is not in the vocabulary; use one of its languages",
                "mbart50 | {'src_lang':'xx_XX'} | src_lang is xx_XX, which is not in the vocabulary",
            })
    void aWrongSettingIsNamed(String sample, String config, String reason) throws IOException {
        ObjectNode settings = WRITERS.get(sample).get("config").deepCopy();
        settings.setAll((ObjectNode) new JsonMapper().readTree(config.replace('\'', '"')));
        write(WRITERS.get(sample), settings);
        assertThatThrownBy(() -> Tokenizer.load(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("tokenizer_config.json: " + reason)
                .hasMessageNotContaining("\n");
    }

    private void write(JsonNode sample, JsonNode settings) throws IOException {
        String source = "sentencepiece/" + sample.get("source").asText();
        Files.write(folder.resolve(sample.get("name").asText()), TokenizerFixture.resource(source));
        Files.writeString(folder.resolve("config.json"), "{\"model_type\":" + sample.get("model_type") + "}");
        Files.writeString(folder.resolve("tokenizer_config.json"), settings.toString());
    }

    /** Bytes of a model file changed, cut, or of another file: a reason in one line, or a tokenizer that works. */
    @Test
    void aDamagedModelFileIsRefusedOrHarmless() throws IOException {
        byte[] whole = TokenizerFixture.resource("sentencepiece/messages.model");
        Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"xlm-roberta\"}");
        Rng rng = new Rng(11);
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            byte[] damaged = i % 3 == 0 ? Arrays.copyOf(whole, rng.nextInt(whole.length)) : whole.clone();
            for (int change = 0; change < i % 3 && damaged.length > 0; change++) {
                damaged[rng.nextInt(damaged.length)] = (byte) rng.nextInt(256);
            }
            Files.write(folder.resolve("sentencepiece.bpe.model"), damaged);
            try (Tokenizer tokenizer = Tokenizer.load(folder)) {
                assertThat(tokenizer
                                .encode("Where is my ﬁne parcel? 请问", Optional.of("here"), 32)
                                .length())
                        .isPositive();
            } catch (InputException e) {
                assertThat(e.getMessage()).doesNotContain("\n");
                refused++;
            }
        }
        assertThat(refused).isBetween(50, 250);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1a 02 08 01                       | holds no pieces, so it is not a SentencePiece model",
                "0a 05 0a 01 61 18 01 12 02 18 02  | only unigrams are supported",
                "0a 05 0a 01 61 18 01 12 03 98 02 01 | byte_fallback is true",
                "0a 08 0a 01 61 15 00 00 c0 7f     | the score of piece 0 is NaN",
                "0a 05 0a 01 61 18 01              | holds only 1 pieces",
                "0a 50 0a 01                       | is not a SentencePiece model or is damaged",
                "08 01                             | is not a SentencePiece model or is damaged",
                "10 01                             | is not a SentencePiece model or is damaged",
                "76 65 72 73 69 6f 6e 20 68 74 74 70 73 3a 2f 2f 67 69 74 2d 6c 66 73 | is a git-lfs pointer",
            })
    void anotherFileIsNamed(String bytes, String reason) throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"xlm-roberta\"}");
        Files.write(
                folder.resolve("sentencepiece.bpe.model"),
                HexFormat.ofDelimiter(" ").parseHex(bytes.strip()));
        assertThatThrownBy(() -> Tokenizer.load(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("sentencepiece.bpe.model")
                .hasMessageContaining(reason)
                .hasMessageNotContaining("\n");
    }

    /** The ids of every input, without those on which releases of the library differ; checks those of the messages. */
    private List<String> ids(JsonNode from, String kind) throws IOException {
        List<String> found = new ArrayList<>();
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            int i = 0;
            for (JsonNode input : from.get("inputs")) {
                Optional<String> pair = Optional.ofNullable(input.get(1).textValue());
                Encoding encoding = tokenizer.encode(
                        input.get(0).asText(), pair, input.get(2).asInt());
                int second = Arrays.stream(encoding.tokenTypes()).sum();
                found.add(
                        from.get(kind).get(i++).asText().isEmpty()
                                ? ""
                                : Arrays.stream(encoding.ids())
                                                .mapToObj(String::valueOf)
                                                .collect(Collectors.joining(" "))
                                        + (second == 0 ? "" : " / " + second));
            }
            messages(tokenizer, from.get(kind + " messages"));
        }
        return found;
    }

    /** Checks the ids of the messages of test.tsv, by checksum. */
    private static void messages(Tokenizer tokenizer, JsonNode expected) throws IOException {
        List<String> messages = Files.readAllLines(Repository.root().resolve("examples/messages/test.tsv")).stream()
                .skip(1)
                .map(line -> line.split("\t", -1)[0])
                .toList();
        List<Segments> segments = new ArrayList<>();
        for (int i = 0; i < messages.size() - 1; i++) {
            segments.add(i % 2 == 1 ? Segments.of(messages.get(i), messages.get(i + 1)) : Segments.of(messages.get(i)));
        }
        List<Encoding> encodings = tokenizer.encodeAll(segments, 128);
        assertThat(encodings).hasSize(expected.get("texts").asInt());
        assertThat(TokenizerFixture.checksum(encodings))
                .isEqualTo(expected.get("crc32").asLong());
    }
}
