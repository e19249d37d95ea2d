package org.unipelt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Site;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.MethodObserver;
import org.unipelt.runtime.Engine;
import org.unipelt.task.HeadInput;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.testkit.JsonFile;
import org.unipelt.testkit.Numbers;
import org.unipelt.testkit.TensorFile;
import org.unipelt.text.TokenBatch;
import org.unipelt.tuned.TunedModel;

/**
 * Folders that peft 0.21 and adapters 1.2 wrote, on a BERT whose every tensor follows from its name, and the logits that
 * both libraries computed with them.
 */
class ImportTest {
    private static final Import.Unsaid LABELS = new Import.Unsaid(Optional.of(List.of("a", "b", "c")), false);

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

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(ImportTest.class.getResource("/org/unipelt/" + name).toURI());
    }

    /** The batch that both libraries were given: two texts, the second with two positions of padding. */
    private static TokenBatch batch() {
        Tensor ids =
                torch.tensor(new long[] {2, 5, 9, 3, 7, 4, 2, 11, 6, 3, 0, 0}).view(2, 6);
        Tensor types =
                torch.tensor(new long[] {0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0}).view(2, 6);
        Tensor mask =
                torch.tensor(new long[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}).view(2, 6);
        return new TokenBatch(ids, types, mask.to(ScalarType.Bool));
    }

    /** Reads a folder, saves the model, and computes with what was saved. */
    private double[] logits(String name, MethodObserver observer) throws URISyntaxException {
        return logits(resource("interop/" + name), observer);
    }

    private double[] logits(Path from, MethodObserver observer) {
        try (TunedModel read = Import.read(from, base, LABELS);
                TunedModel saved = read.save(folder.resolve("saved"))) {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard frozen = new NoGradGuard();
                    Weights weights = Safetensors.read(folder.resolve("saved/adapter.safetensors"))) {
                SequenceClassifier classifier = new SequenceClassifier(
                        base.backbone(),
                        saved.card().method(),
                        new HeadInput(
                                saved.card().inference().pooling().orElseThrow(),
                                saved.card().inference().head().orElseThrow(),
                                OptionalInt.empty()),
                        weights);
                Tensor logits = classifier.logits(batch(), Pass.INFERENCE, observer);
                float[] values = new float[6];
                logits.contiguous().data_ptr_float().get(values);
                double[] all = new double[6];
                Arrays.setAll(all, i -> values[i]);
                return all;
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "adapterhub/lora, 0.05333 0.05053 -0.11148 0.05237 0.07435 -0.10871",
        "adapterhub/prefix_tuning, 0.04482 0.04035 -0.10997 0.04244 0.05454 -0.10753",
        "adapterhub/prefix_tuning_flat, 0.05092 0.03817 -0.11116 0.05025 0.05143 -0.10912",
        "adapterhub/seq_bn, 0.07867 0.02642 -0.11941 0.07754 0.04955 -0.11720",
        "adapterhub/double_seq_bn, 0.00183 -0.00697 -0.10797 -0.00041 0.01191 -0.10589",
        "adapterhub/par_bn, 0.12021 0.02421 -0.12356 0.12020 0.03757 -0.12282",
        "adapterhub/scaled_par_bn, 0.04939 0.04159 -0.11262 0.04688 0.06533 -0.11018",
        "adapterhub/mam, 0.11947 0.02376 -0.12199 0.11815 0.03063 -0.12082",
        "adapterhub/unipelt, 0.06590 0.03399 -0.11406 0.06519 0.04765 -0.11190",
        "adapterhub/unipelt_ap, 0.06478 0.03244 -0.11427 0.06371 0.04595 -0.11213",
        "peft/lora, 0.04352 0.02117 -0.11536 0.05670 0.03674 -0.11591",
        "peft/lora_default_targets, 0.04352 0.02117 -0.11536 0.05670 0.03674 -0.11591",
        "peft/lora_noalpha_rslora, 0.04281 0.01331 -0.11664 0.06200 0.02535 -0.11856",
        "peft/lora_alllinear, 0.04577 0.02493 -0.13522 0.05810 0.03671 -0.13841"
    })
    void logitsAreThoseOfTheOtherLibrary(String name, String expected) throws URISyntaxException {
        double[] right = Arrays.stream(expected.split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
        assertThat(logits(name, MethodObserver.NONE)).as(name).containsExactly(right, within(1.1e-5));
    }

    /** BERT's own head is a flexible one of one layer after the pooler, or of two without it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aFlexibleHeadIsReadByItsLayers(int layers) throws IOException, URISyntaxException {
        for (String file : List.of("adapter_config.json", "pytorch_adapter.bin", "head_config.json")) {
            Files.copy(resource("interop/adapterhub/lora/" + file), folder.resolve(file));
        }
        JsonFile.change(folder.resolve("head_config.json"), head -> head.put("name", "topics")
                .putObject("config")
                .put("head_type", "classification")
                .put("layers", layers)
                .put("activation_function", "tanh")
                .put("use_pooler", layers == 1)
                .put("bias", true)
                .put("num_labels", 3));
        Map<String, Numbers> head = new LinkedHashMap<>();
        if (layers == 2) {
            head.put("heads.topics.1.weight", RuledBert.values("bert.pooler.dense.weight", 8, 8));
            head.put("heads.topics.1.bias", RuledBert.values("bert.pooler.dense.bias", 8));
        }
        String last = layers == 1 ? "heads.topics.1" : "heads.topics.4";
        head.put(last + ".weight", RuledBert.values("classifier.weight", 3, 8));
        head.put(last + ".bias", RuledBert.values("classifier.bias", 3));
        TensorFile.write(folder.resolve("model_head.safetensors"), head, Map.of());
        double[] own = {0.05333, 0.05053, -0.11148, 0.05237, 0.07435, -0.10871};
        assertThat(logits(folder, MethodObserver.NONE)).containsExactly(own, within(1.1e-5));
    }

    @Test
    void gatesAreThoseOfTheOtherLibrary() throws URISyntaxException {
        Map<String, double[]> gates = new LinkedHashMap<>();
        logits("adapterhub/unipelt", new MethodObserver() {
            @Override
            public void gate(String submodule, Site site, Tensor values) {
                gates.put(
                        submodule + " " + site,
                        new double[] {values.get(0).item_double(), values.get(1).item_double()});
            }
        });
        Map<String, double[]> right = Map.of(
                "lora layer.0.query", new double[] {0.45644, 0.45041},
                "lora layer.1.query", new double[] {0.55055, 0.58317},
                "lora layer.0.value", new double[] {0.38420, 0.42433},
                "lora layer.1.value", new double[] {0.55178, 0.51444},
                "prefix layer.0.keys-and-values", new double[] {0.47785, 0.43922},
                "prefix layer.1.keys-and-values", new double[] {0.50770, 0.56531},
                "adapter layer.0.ffn", new double[] {0.50474, 0.51251},
                "adapter layer.1.ffn", new double[] {0.48099, 0.47447});
        assertThat(gates).containsOnlyKeys(right.keySet());
        right.forEach((gate, values) -> assertThat(gates.get(gate)).as(gate).containsExactly(values, within(1.1e-5)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "peft/prefix | peft_type PREFIX_TUNING is not supported: in peft, its vectors shift the positions",
                "peft/prompt | peft_type PROMPT_TUNING is not supported",
                "adapterhub/mh_par | an adapter after attention is supported only behind it, without the layer norm before (double_seq_bn): is_parallel is set",
                "adapterhub/prompt_tuning | architecture 'prompt_tuning' is not supported; known: lora, prefix_tuning, union"
            })
    void whatHasNoEqualIsRefusedByName(String name, String message) {
        assertThatThrownBy(() -> Import.read(resource("interop/" + name), base, LABELS))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }
}
