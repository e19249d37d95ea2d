package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.Checkpoints;
import org.unipelt.InputException;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.Family;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.WeightFolder;
import org.unipelt.tensor.Weights;

/** Files of every family with tensors that no computation needs: heads of other tasks, and buffers. */
class UnneededTensorsTest {
    /** Of transformers' heads for questions, scores, words, tokens and texts. */
    private static final List<String> HEADS = List.of(
            "qa_outputs.weight",
            "regressor.bias",
            "score.weight",
            "classifier.weight",
            "classifier.dense.bias",
            "classifier.out_proj.weight",
            "pre_classifier.weight",
            "cls.predictions.transform.dense.weight",
            "cls.seq_relationship.bias",
            "lm_head.dense.weight",
            "lm_head.bias",
            "predictions.decoder.bias",
            "sequence_summary.summary.weight");

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        Engine.start();
    }

    static Stream<Arguments> layouts() {
        return Families.all().stream()
                .flatMap(family -> Stream.of(true, false).map(bare -> Arguments.of(family, bare)));
    }

    @ParameterizedTest(name = "{0}, without its prefix: {1}")
    @MethodSource("layouts")
    void headsAndBuffersAreLeftOut(Family family, boolean bare) throws IOException {
        try (PointerScope scope = new PointerScope();
                BaseModel model = BaseModel.open(copied(family))) {
            Map<String, Tensor> tensors = tensors(family, bare);
            HEADS.forEach(name -> tensors.put(name, torch.ones(2)));
            family.heads().forEach(head -> tensors.put(head + "weight", torch.ones(2)));
            String prefix = bare ? "" : family.prefix();
            family.unused().forEach(end -> tensors.put(prefix + "en" + end, torch.ones(2)));
            write(tensors);
            try (BaseModel again = BaseModel.open(folder.toString())) {
                assertThat(again.fingerprint()).isEqualTo(model.fingerprint());
            }
        }
    }

    @ParameterizedTest(name = "{0}, without its prefix: {1}")
    @MethodSource("layouts")
    void anUnknownTensorIsToldWithTheNearestFew(Family family, boolean bare) throws IOException {
        copied(family);
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = tensors(family, bare);
            String prefix = bare ? "" : family.prefix();
            tensors.put(prefix + "encoder.rotary_frequencies.of_another_program", torch.ones(2));
            write(tensors);
        }
        assertThatThrownBy(() -> BaseModel.open(folder.toString()))
                .isInstanceOf(InputException.class)
                .hasMessageMatching("(?s)" + folder + ": unknown tensor in an? [A-Za-z0-9 -]+ checkpoint"
                        + " 'encoder\\.rotary_frequencies\\.of_another_program'; the nearest of \\d+ known:"
                        + " [^ ,]+, [^ ,]+, [^ ,]+ \\(config\\.json and weights of two models, .+");
    }

    /** Copies the smallest folder of a family without its weights' file; the name of the original. */
    private String copied(Family family) throws IOException {
        Path from = Checkpoints.folder(name(family));
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (!WeightFolder.isWeights(name) && !WeightFolder.leads().contains(name)) {
                    Files.copy(file, folder.resolve(name));
                }
            }
        }
        return from.toString();
    }

    private static String name(Family family) {
        return Checkpoints.of(family).get(0);
    }

    /** The tensors of a family's folder, all with the prefix that files with a head have, or all without. */
    private static Map<String, Tensor> tensors(Family family, boolean bare) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (Weights weights = WeightFolder.read(Checkpoints.folder(name(family)))) {
            FileNames names = FileNames.of(family, weights.names());
            FileNames other = new FileNames(family, !bare);
            weights.asMap().forEach((name, tensor) -> {
                if (names.isOfTheBackbone(name)) {
                    tensors.put(other.inFile(names.ours(name)), tensor.clone());
                }
            });
        }
        return tensors;
    }

    private void write(Map<String, Tensor> tensors) {
        Safetensors.write(folder.resolve(Safetensors.SINGLE_FILE), tensors, Map.of());
    }
}
