package org.unipelt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.InputException;

/** Folders with one key each of the files beside a vocabulary: their ids are those that {@code AutoTokenizer} gives. */
class FolderTokenizerTest {
    private static final JsonNode FIXTURE = read();

    @TempDir
    Path folder;

    private static JsonNode read() {
        try {
            return new JsonMapper().readTree(TokenizerFixture.resource("folder-tokenizer.json"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A folder's files, and what is expected of it. */
    record Case(String name, Map<String, JsonNode> files, List<String> rows, int pad, String refused) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (JsonNode usual : FIXTURE.get("folders")) {
            cases.add(ofCase(usual, usual));
            for (JsonNode one : FIXTURE.get("cases")) {
                for (JsonNode folder : one.get("folders")) {
                    if (folder.equals(usual.get("name"))) {
                        cases.add(ofCase(one, usual));
                    }
                }
            }
        }
        return cases.stream();
    }

    @SuppressWarnings("ReferenceEquality") // The usual case itself.
    private static Case ofCase(JsonNode one, JsonNode usual) {
        Map<String, JsonNode> files = new LinkedHashMap<>();
        usual.get("files").properties().forEach(file -> files.put(file.getKey(), file.getValue()));
        one.get("files").properties().forEach(file -> files.put(file.getKey(), file.getValue()));
        List<String> rows = new ArrayList<>();
        usual.get("rows").forEach(row -> rows.add(row.asText()));
        if (one != usual) {
            one.path("rows")
                    .properties()
                    .forEach(row -> rows.set(
                            Integer.parseInt(row.getKey()), row.getValue().asText()));
        }
        return new Case(
                usual.get("name").asText() + ": "
                        + (one == usual ? "usual" : one.get("name").asText()),
                files,
                rows,
                one.path("pad").asInt(usual.get("pad").asInt()),
                one.path("refused").asText());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void equalsAutoTokenizer(Case one) throws IOException {
        for (Map.Entry<String, JsonNode> file : one.files().entrySet()) {
            JsonNode content = file.getValue();
            Path path = folder.resolve(file.getKey());
            if (file.getKey().endsWith(".model")) {
                Files.write(path, Base64.getDecoder().decode(content.asText()));
            } else {
                Files.writeString(path, content.isTextual() ? content.asText() : content.toString());
            }
        }
        if (!one.refused().isEmpty()) {
            assertThatThrownBy(() -> Tokenizer.load(folder))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(one.refused())
                    .hasMessageNotContaining("\n");
            return;
        }
        List<String> found = new ArrayList<>();
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            for (JsonNode text : FIXTURE.get("texts")) {
                Optional<String> pair = Optional.ofNullable(text.get(1).textValue());
                Encoding encoding = tokenizer.encode(text.get(0).asText(), pair, 64);
                int second = Arrays.stream(encoding.tokenTypes()).sum();
                found.add(
                        Arrays.stream(encoding.ids()).mapToObj(String::valueOf).collect(Collectors.joining(" "))
                                + (second == 0 ? "" : " / " + second));
            }
            assertThat(found).isEqualTo(one.rows());
            assertThat(tokenizer.padId()).isEqualTo(one.pad());
        }
    }

    /** So that a key cannot be listed without being tried. */
    @Test
    void everyListedKeyHasACase() {
        String cases = FIXTURE.get("cases").toString();
        for (FolderKey key : FolderKey.values()) {
            if (key.file().equals(FolderKey.TOKENIZER_CLASS.file())) {
                assertThat(cases).contains("\"" + key.key() + "\":");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"sentence_bert_config.json", "sentence_roberta_config.json"})
    void sentenceTransformersOwnSwitchLowersFirst(String file) throws IOException {
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\ncafé\nCafé\ncafe\n");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"do_lower_case\":false}");
        ids("Café", 2, 5, 3);
        Files.writeString(folder.resolve(file), "{\"max_seq_length\":8,\"do_lower_case\":true}");
        ids("Café", 2, 4, 3);
        Files.writeString(
                folder.resolve(file), "{\"modality_config\":{\"text\":{\"method_output_name\":\"pooler_output\"}}}");
        assertThatThrownBy(() -> Tokenizer.load(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file + ": modality_config is");
    }

    /** The classes of BERTweet and PhoBERT take that a token takes spaces beside it from one key only. */
    @Test
    void aTokenOfFastBytePairsTakesSpacesOnlyByTheDecoder() throws IOException {
        Case usual = cases().filter(one -> one.name().equals("fastBPE bpe.codes: usual"))
                .findFirst()
                .orElseThrow();
        for (Map.Entry<String, JsonNode> file : usual.files().entrySet()) {
            JsonNode content = file.getValue();
            Files.writeString(
                    folder.resolve(file.getKey()), content.isTextual() ? content.asText() : content.toString());
        }
        String mask = "{\"content\":\"<mask>\",\"lstrip\":true,\"special\":true}";
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"mask_token\":" + mask + "}");
        ids("late\n<mask>", 0, 3, 3, 21, 24, 3, 29, 2);
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"added_tokens_decoder\":{\"29\":" + mask + "}}");
        ids("late\n<mask>", 0, 3, 3, 21, 23, 29, 2);
    }

    private void ids(String text, int... expected) {
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(tokenizer.encode(text, Optional.empty(), 8).ids()).containsExactly(expected);
        }
    }

    /** Whatever files it comes from, the same tokenizer has the same fingerprint. */
    @Test
    void theFingerprintIsOfWhatItDoes() throws IOException {
        Set<String> found = new HashSet<>();
        for (Case one : cases().filter(
                        one -> one.name().startsWith("bert") && one.name().endsWith(": usual"))
                .toList()) {
            Path caseFolder = Files.createDirectory(folder.resolve(one.name().replaceAll("\\W", "")));
            for (Map.Entry<String, JsonNode> file : one.files().entrySet()) {
                JsonNode content = file.getValue();
                Files.writeString(
                        caseFolder.resolve(file.getKey()),
                        content.isTextual() ? content.asText() : content.toPrettyString());
            }
            found.add(fingerprint(caseFolder));
        }
        assertThat(found).hasSize(1).allMatch(print -> print.matches("[0-9a-f]{64}"));
    }

    private static String fingerprint(Path folder) {
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            return tokenizer.fingerprint();
        }
    }
}
