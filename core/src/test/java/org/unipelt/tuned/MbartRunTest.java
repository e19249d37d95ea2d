package org.unipelt.tuned;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.backbone.EncoderDecoder;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.bart.Bart;
import org.unipelt.data.Example;
import org.unipelt.data.LabelKind;
import org.unipelt.generation.Generation;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.run.Tuning;
import org.unipelt.runtime.Engine;
import org.unipelt.task.Answer;
import org.unipelt.task.Generator;
import org.unipelt.task.Seq2Seq;
import org.unipelt.task.Seq2SeqObjective;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Safetensors;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;
import org.unipelt.text.Tokenizer;

/** A small mBART with mBART's kind of tokenizer, which ends every text in {@code </s> en_XX}, learns to write in Romanian. */
class MbartRunTest {
    private static final Generation SHORT = new Generation(12, 0, 1, 1, false, 0);
    private static final List<Example> TEXTS = List.of(Example.of("where is my order"), Example.of("Thank you!"));
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    private static Path rows;
    private static BaseModel base;

    @BeforeAll
    static void open() throws IOException {
        Engine.start();
        rows = Files.writeString(
                folder.resolve("rows.tsv"),
                "en\tro\nwhere is my order\tunde este comanda\nthank you\tmultumesc\nit came late\ta venit tarziu\n");
        base = BaseModel.open(write(folder.resolve("mbart"), "mbart").toString());
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static Path write(Path to, String kind) throws IOException {
        Files.createDirectories(to);
        byte[] tokenizer;
        try (InputStream in = Tokenizer.class.getResourceAsStream("unigram/tokenizer.json")) {
            tokenizer = in.readAllBytes();
        }
        Files.write(to.resolve("tokenizer.json"), tokenizer);
        ObjectNode config = JSON.createObjectNode()
                .put("model_type", kind)
                .put("vocab_size", vocabulary(tokenizer))
                .put("d_model", 16)
                .put("max_position_embeddings", 32)
                .put("scale_embedding", true);
        for (String stack : List.of("encoder", "decoder")) {
            config.put(stack + "_layers", 2).put(stack + "_attention_heads", 2).put(stack + "_ffn_dim", 24);
        }
        JSON.writeValue(to.resolve("config.json").toFile(), config);
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> weights = new LinkedHashMap<>();
            Bart.weightShapes(Bart.Config.of(new ModelConfig(config)))
                    .forEach((name, shape) -> weights.put("model." + name, random(name, shape)));
            Safetensors.write(to.resolve("model.safetensors"), weights, Map.of());
        }
        return to;
    }

    private static int vocabulary(byte[] tokenizer) {
        try (Tokenizer opened = Tokenizer.fromJson(tokenizer, "tokenizer.json")) {
            return opened.vocabularySize();
        }
    }

    private static Tensor random(String name, long... shape) {
        Rng rng = Rng.of(3, name);
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((name.matches(".*norm.*weight") ? 1 : 0) + 0.3 * rng.nextGaussian());
        }
        return Tensor.create(values, shape);
    }

    private static Tuning tuning(BaseModel on, Optional<String> language) {
        return Tuning.of(on, "unipelt(adapter(bottleneck=4),lora(rank=2))")
                .on(DataSpec.of(rows).withDev(rows).withTargets(LabelKind.TRANSLATION, "en", "ro"))
                .writing(new Seq2Seq(LabelKind.TRANSLATION, 12, 0.1, language, SHORT))
                .with(settings -> settings.epochs(2).batchSize(2).maxLength(16));
    }

    /** Its targets would have to begin with the language. */
    @Test
    void mbart50IsRefusedToWrite() throws IOException {
        Path fifty = write(folder.resolve("mbart50"), "mbart");
        Files.writeString(fifty.resolve("tokenizer_config.json"), "{\"tokenizer_class\":\"MBart50Tokenizer\"}");
        try (BaseModel other = BaseModel.open(fifty.toString())) {
            assertThatThrownBy(() -> tuning(other, Optional.of("ro_RO")).train(folder.resolve("fifty")))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("puts the language in front of a text, as mBART-50's does")
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void targetsEndWithTheLanguageAndWhatIsWrittenStartsWithIt() {
        Path tuned = folder.resolve("tuned");
        List<Answer> trained;
        try (TunedModel model = tuning(base, Optional.of("ro_RO")).train(tuned)) {
            trained = model.predict(TEXTS);
            assertThat(model.card().metrics().get("dev")).containsKeys("bleu", "rouge-l");
            assertThat(model.gates(TEXTS)).isNotEmpty();
        }
        Tokenizer tokenizer = base.tokenizer();
        int end = tokenizer.id("</s>");
        int english = tokenizer.id("en_XX");
        int romanian = tokenizer.id("ro_RO");
        try (TunedModel loaded = TunedModel.load(tuned, base)) {
            assertThat(loaded.predict(TEXTS)).isEqualTo(trained);
            assertThat(((Seq2Seq) loaded.card().task()).language()).contains("ro_RO");
            DataSpec.Loaded data = loaded.card().source().orElseThrow().load();
            Seq2SeqObjective writing = (Seq2SeqObjective) loaded.objective(data, Method.HeadTraining.ALL, true);
            assertThat(writing.targets()).hasSize(3).allSatisfy(target -> assertThat(target.ids())
                    .endsWith(end, romanian)
                    .doesNotContain(english)
                    .hasSizeLessThanOrEqualTo(12));
            assertThat(writing.sources())
                    .allSatisfy(source -> assertThat(source.ids()).endsWith(end, english));
            List<Encoding> sources = tokenizer.encodeAll(
                    TEXTS.stream().map(text -> Segments.of(text.text())).toList(), 16);
            assertThat(written(tuned, loaded, sources, romanian)).isEqualTo(labels(trained));
            assertThat(written(tuned, loaded, sources, english)).isNotEqualTo(labels(trained));
        }
        assertThat(labels(trained))
                .noneMatch(String::isBlank)
                .allMatch(text -> text.equals(text.strip()))
                .noneMatch(text -> text.matches(".*(</?s>|<pad>|<unk>|[a-z]{2}_[A-Z]{2}).*"));
    }

    private static List<String> labels(List<Answer> predictions) {
        return predictions.stream().map(Answer::text).toList();
    }

    /** What the numbers that were saved write after a start. */
    private static List<String> written(Path tuned, TunedModel model, List<Encoding> sources, int start) {
        try (Generator writer = new Generator(
                (EncoderDecoder) base.backbone(),
                model.card().method().saved(),
                Safetensors.read(tuned.resolve("adapter.safetensors")))) {
            return writer.generate(sources, SHORT, start).stream()
                    .map(base.tokenizer()::decode)
                    .map(String::strip)
                    .toList();
        }
    }

    @Test
    void aLanguageThatIsNoneIsRefusedBeforeAnythingIsWritten() {
        refused(base, Optional.of("ro_R0"), "target language: unknown token 'ro_R0' in ", "did you mean 'ro_RO'?");
        refused(base, Optional.of("K"), "target language 'K' is part of the texts of ");
        refused(base, Optional.empty(), "is an mBART, which needs it; give its token, e.g. en_XX or ro_RO");
    }

    @Test
    void aBartHasNoLanguage() throws IOException {
        try (BaseModel bart =
                BaseModel.open(write(folder.resolve("bart"), "bart").toString())) {
            refused(bart, Optional.of("ro_RO"), "target language is for mBART, but ", " is not one; leave it out");
        }
    }

    private static void refused(BaseModel on, Optional<String> language, String... says) {
        Path none = folder.resolve("none");
        Tuning tuning = tuning(on, language);
        assertThatThrownBy(() -> tuning.train(none))
                .isInstanceOf(InputException.class)
                .message()
                .contains(says);
        assertThat(none).doesNotExist();
    }
}
