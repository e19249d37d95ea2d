package org.unipelt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.runtime.Engine;
import org.unipelt.testkit.JsonFile;
import org.unipelt.testkit.Numbers;
import org.unipelt.testkit.TensorFile;

/** Folders of peft and AdapterHub that are damaged, or hold what this library does not have: one line each. */
class DamagedAdapterTest {
    private static final Import.Unsaid LABELS = new Import.Unsaid(Optional.of(List.of("a", "b", "c")), false);
    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String QUERY_A = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight";

    @TempDir
    private static Path baseFolder;

    @TempDir
    private Path folder;

    private static BaseModel base;

    @BeforeAll
    static void base() throws IOException, URISyntaxException {
        Engine.start();
        base = RuledBert.open(baseFolder);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    /** A change of a folder. */
    private interface Damage {
        void to(Path folder) throws IOException;
    }

    private static Damage config(Consumer<ObjectNode> change) {
        return folder -> JsonFile.change(folder.resolve(CONFIG), change);
    }

    /** Of the settings within, as AdapterHub has them. */
    private static Damage inner(Consumer<ObjectNode> change) {
        return config(all -> change.accept((ObjectNode) all.get("config")));
    }

    private static Damage head(Consumer<ObjectNode> change) {
        return folder -> JsonFile.change(folder.resolve("head_config.json"), change);
    }

    private static Damage tensors(Consumer<Map<String, Numbers>> change) {
        return folder -> TensorFile.change(folder.resolve(WEIGHTS), change);
    }

    private static Damage without(String file) {
        return folder -> Files.delete(folder.resolve(file));
    }

    private static Damage cut(String file) {
        return folder -> {
            byte[] whole = Files.readAllBytes(folder.resolve(file));
            Files.write(folder.resolve(file), Arrays.copyOf(whole, whole.length / 2));
        };
    }

    private static Arguments row(String name, Damage damage, String line) {
        return Arguments.of(name, damage, line);
    }

    static Stream<Arguments> folders() {
        return Stream.of(
                row("peft/lora", without(CONFIG), " is no adapter of peft or AdapterHub: both have an adapter_config"),
                row("peft/lora", cut(CONFIG), " is not valid JSON"),
                row("peft/lora", config(c -> c.remove("peft_type")), " is no adapter of peft or AdapterHub"),
                row("peft/lora", config(c -> c.put("peft_type", "VERA")), "peft_type VERA is not supported; known:"),
                row("peft/lora", config(c -> c.put("use_dora", true)), "use_dora = true is not supported"),
                row("peft/lora", config(c -> c.put("lora_bias", true)), "lora_bias = true is not supported"),
                row("peft/lora", config(c -> c.put("use_qalora", true)), "use_qalora = true is not supported"),
                row("peft/lora", config(c -> c.putArray("layer_replication").add(1)), "layer_replication = [1] is not"),
                row("peft/lora", config(c -> c.put("init_lora_weights", "pissa")), "init_lora_weights = \"pissa\" is"),
                row("peft/lora", config(c -> c.put("bias", "some")), "bias = \"some\" is not supported"),
                row("peft/lora", config(c -> c.put("r", 0)), "r must be a whole number of at least 1, got 0"),
                row("peft/lora", config(c -> c.put("r", "2")), "r must be a whole number of at least 1, got \"2\""),
                row("peft/lora", config(c -> c.put("r", 3)), "has shape [2, 8] where this base model needs [3, 8]"),
                row("peft/lora", config(c -> c.put("lora_alpha", "x")), "lora_alpha must be a number, got \"x\""),
                row("peft/lora", config(c -> c.put("use_rslora", 1)), "use_rslora must be true or false, got 1"),
                row("peft/lora", config(c -> c.put("rank_pattern", 3)), "rank_pattern must be a number for each of"),
                row("peft/lora", config(c -> c.putObject("rank_pattern").put("query", "x")), "rank_pattern must be a"),
                row("peft/lora", config(c -> c.remove("target_modules")), "target_modules is missing"),
                row("peft/lora", config(c -> c.putArray("target_modules").add("q")), "no module of "),
                row("peft/lora", config(c -> c.put("target_modules", "(")), "target_modules '(' is no regular expr"),
                row("peft/lora", config(c -> c.putArray("target_modules").add(7)), "target_modules must be a list of"),
                row(
                        "peft/lora",
                        config(c -> c.putArray("target_modules").add("word_embeddings")),
                        "target_modules names 'bert.embeddings.word_embeddings', which is no projection"),
                row(
                        "peft/lora",
                        config(c -> c.putArray("target_modules").add("query")),
                        "nothing in the folder's settings uses tensor 'encoder.layer.0.attention.self.value.lora_A"),
                row(
                        "peft/lora",
                        config(c -> c.putArray("target_modules")
                                .add("query")
                                .add("value")
                                .add("key")),
                        "has no tensor 'encoder.layer.0.attention.self.key.lora_A.weight'; did you mean 'encoder.layer"),
                row("peft/lora", config(c -> c.putArray("layers_to_transform").add(1)), "nothing in the folder's"),
                row("peft/lora", config(c -> c.put("layers_pattern", "layer")), "layers_pattern = \"layer\" is not"),
                row("peft/lora", config(c -> c.put("lora_alfa", 3)), "unknown setting 'lora_alfa'; did you mean"),
                row("peft/lora", without(WEIGHTS), " has no adapter_model.safetensors and no adapter_model.bin"),
                row("peft/lora", cut(WEIGHTS), WEIGHTS),
                row(
                        "peft/lora",
                        tensors(t -> t.remove(QUERY_A)),
                        "has no tensor 'encoder.layer.0.attention.self.query"),
                row("peft/lora", tensors(t -> t.put(QUERY_A, Numbers.zeros(2, 9))), "has shape [2, 9] where this base"),
                row("peft/lora", tensors(t -> t.put(QUERY_A, new Numbers(nan(16), 2, 8))), "holds a NaN or infinite"),
                row("peft/lora", tensors(t -> t.put("extra", Numbers.zeros(1))), "uses tensor 'extra'"),
                row("peft/lora", tensors(t -> t.remove("base_model.model.classifier.weight")), "has no classification"),
                row("peft/lora", tensors(t -> t.remove("base_model.model.classifier.bias")), "has no tensor 'classif"),
                row(
                        "peft/lora",
                        tensors(t -> {
                            t.put("base_model.model.classifier.weight", Numbers.zeros(4, 8));
                            t.put("base_model.model.classifier.bias", Numbers.zeros(4));
                        }),
                        "the head has 4 outputs, but there are 3 labels; name one for each with --labels"),
                row("peft/ia3", config(c -> c.putArray("feedforward_modules").add("key")), "feedforward_modules names"),
                row("adapterhub/lora", config(c -> c.remove("model_type")), " is no adapter of peft or AdapterHub"),
                row("adapterhub/lora", config(c -> c.put("model_type", "roberta")), "it is for a model of type 'rob"),
                row("adapterhub/lora", config(c -> c.put("model_type", "t5")), "model_type 't5' is not supported; kn"),
                row("adapterhub/lora", config(c -> c.put("hidden_size", 9)), "it is for a hidden size of 9, and "),
                row("adapterhub/lora", config(c -> c.remove("name")), "name is missing"),
                row("adapterhub/lora", config(c -> c.put("name", "other")), "has no tensor 'encoder.layer.0.attention"),
                row("adapterhub/lora", inner(c -> c.put("composition_mode", "scale")), "composition_mode = \"scale\""),
                row("adapterhub/lora", inner(c -> c.put("use_dora", true)), "use_dora = true is not supported"),
                row("adapterhub/lora", inner(c -> c.putArray("attn_matrices").add("o")), "attn_matrices holds 'o'; kn"),
                row("adapterhub/lora", inner(c -> c.put("architecture", "vera")), "architecture 'vera' is not support"),
                row("adapterhub/lora", inner(c -> c.put("use_gating", true)), "loras.demo.gate.weight'"),
                row("adapterhub/lora", without("head_config.json"), " has no head (head_config.json and pytorch_mod"),
                row("adapterhub/lora", without("pytorch_model_head.bin"), " has no model_head.safetensors and no pyt"),
                row("adapterhub/lora", cut("pytorch_adapter.bin"), "pytorch_adapter.bin"),
                row("adapterhub/lora", head(c -> c.putObject("config").put("head_type", "tagging")), "head_type = \"t"),
                row("adapterhub/seq_bn", inner(c -> c.put("ln_before", true)), "ln_before = true is not supported"),
                row("adapterhub/seq_bn", inner(c -> c.put("inv_adapter", "nice")), "inv_adapter = \"nice\" is not sup"),
                row("adapterhub/seq_bn", inner(c -> c.put("phm_layer", true)), "phm_layer = true is not supported"),
                row("adapterhub/seq_bn", inner(c -> c.put("scaling", "channel")), "scaling = \"channel\" is not sup"),
                row("adapterhub/seq_bn", inner(c -> c.put("non_linearity", "gelu")), "non_linearity = \"gelu\" is"),
                row(
                        "adapterhub/seq_bn",
                        inner(c -> c.putObject("reduction_factor").put("0", 2)),
                        "reduction_factor"),
                row(
                        "adapterhub/prefix_tuning",
                        inner(c -> c.putArray("leave_out").add(1)),
                        "leave_out = [1] is not"),
                row("adapterhub/prefix_tuning", inner(c -> c.put("prefix_length", 4)), "has shape [3, 8] where this"));
    }

    private static float[] nan(int count) {
        float[] values = new float[count];
        values[3] = Float.NaN;
        return values;
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("folders")
    void aWrongFolderGetsOneLine(String name, Damage damage, String line) throws IOException, URISyntaxException {
        copy(name);
        damage.to(folder);
        assertThatThrownBy(() -> Import.read(folder, base, LABELS))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(line)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void classesMustBeNamed() throws IOException, URISyntaxException {
        copy("peft/lora");
        assertThatThrownBy(() -> Import.read(folder, base, Import.Unsaid.NOTHING))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "the folder does not name its 3 classes; name them with --labels, in the order of the head's"
                                + " outputs");
    }

    private void copy(String name) throws IOException, URISyntaxException {
        Path from = Path.of(DamagedAdapterTest.class
                .getResource("/org/unipelt/interop/" + name)
                .toURI());
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName().toString()));
            }
        }
    }
}
