package org.unipelt.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.RandomBert;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.bart.Bart;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.generation.Generation;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.metric.Metric;
import org.unipelt.task.Classes;
import org.unipelt.task.Classification;
import org.unipelt.task.Generator;
import org.unipelt.task.HeadInput;
import org.unipelt.task.HeadObjective;
import org.unipelt.task.LabelledTexts;
import org.unipelt.task.Objective;
import org.unipelt.task.Seq2SeqObjective;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;

/** The number of workers shows in no byte of what is trained and predicted. */
class WorkersTest {
    private static final int[] WORKERS = {1, 2, 3, 16};
    private static final int VOCABULARY = 50;
    private static final int END = 2;

    @TempDir
    Path folder;

    /** What a training leaves, as bits: trained tensors by name, losses, predictions. */
    private record Left(Map<String, List<Integer>> tensors, List<Double> losses, List<List<Integer>> predicted) {}

    @ParameterizedTest
    @CsvSource(
            value = {"lora; 40", "unipelt-apl; 40", "full; 40", "bitfit; 3", "adapter; 1"},
            delimiter = ';')
    void aTunedClassifierIsTheSameToTheBit(String method, int batch) {
        List<Left> left = new ArrayList<>();
        try (RandomBert bert = new RandomBert(1)) {
            for (int workers : WORKERS) {
                try (Bert backbone = bert.on(Compute.cpu().with(workers));
                        SequenceClassifier network = SequenceClassifier.create(
                                backbone, Methods.parse(method), HeadInput.by(Pooling.POOLER), 2, 3)) {
                    LabelledTexts train = new LabelledTexts(
                            texts(90, 1),
                            new Classification.Indices(
                                    IntStream.range(0, 90).map(i -> i % 2).toArray()));
                    Objective objective = new HeadObjective(
                            network, Classes.of(2), train, Optional.of(train), Method.HeadTraining.ALL);
                    List<Double> losses = train(network.method(), objective, Metric.ACCURACY, batch);
                    List<List<Integer>> predicted = Arrays.stream(
                                    network.predict(texts(7, 2), SequenceClassifier.BatchObserver.NONE))
                            .map(WorkersTest::bits)
                            .toList();
                    left.add(new Left(bits(objective.trained()), losses, predicted));
                }
            }
        }
        assertThat(left).allSatisfy(each -> assertThat(each).isEqualTo(left.get(0)));
    }

    @Test
    void aTunedWriterIsTheSameToTheBit() {
        Bart.Config config = new Bart.Config(
                Bart.Kind.BART,
                Bart.Config.anatomy(
                        16, Stack.plain(Part.ENCODER, 2, 16, 4, 24), Stack.plain(Part.DECODER, 2, 16, 4, 24)),
                VOCABULARY,
                70,
                false,
                1,
                END,
                END,
                OptionalInt.empty(),
                OptionalInt.empty());
        List<Left> left = new ArrayList<>();
        try (Weights weights = random(Bart.weightShapes(config))) {
            for (int workers : WORKERS) {
                try (Bart backbone = new Bart(config, weights, Compute.cpu().with(workers));
                        Generator writer = Generator.create(backbone, Methods.parse("lora"), 3)) {
                    List<Encoding> sources = texts(90, 1);
                    Objective objective = new Seq2SeqObjective(
                            writer,
                            sources,
                            texts(90, 2),
                            sources.subList(0, 3),
                            texts(3, 4),
                            List.of("1", "2", "3"),
                            0.1,
                            (some, observer) -> write(writer, some).stream()
                                    .map(Object::toString)
                                    .toList());
                    List<Double> losses = train(writer.method(), objective, Metric.named("rouge-l"), 40);
                    left.add(new Left(bits(objective.trained()), losses, write(writer, texts(19, 3))));
                }
            }
        }
        assertThat(left).allSatisfy(each -> assertThat(each).isEqualTo(left.get(0)));
    }

    private static List<List<Integer>> write(Generator writer, List<Encoding> sources) {
        return writer.generate(sources, new Generation(9, 0, 2, 1, false, 0), END).stream()
                .map(ids -> Arrays.stream(ids).boxed().toList())
                .toList();
    }

    private List<Double> train(Method method, Objective objective, Metric metric, int batch) {
        List<Double> losses = new ArrayList<>();
        TrainingConfig config = TrainingConfig.builder(method, metric)
                .learningRate(0.01)
                .dropout(0.1)
                .batchSize(batch)
                .epochs(batch < 40 ? 1 : 2)
                .build();
        try (Trainer trainer = new Trainer(objective, config, event -> {
            if (event instanceof TrainingEvent.Stepped step) {
                losses.add(step.loss());
            }
        })) {
            assertThat(trainer.run(folder.resolve("state"), () -> false)).isTrue();
        }
        return losses;
    }

    /** Long enough for a batch of 40 to have more pieces than two. */
    private static List<Encoding> texts(int count, long seed) {
        Rng rng = new Rng(seed);
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    int[] ids = new int[30 + rng.nextInt(30)];
                    Arrays.setAll(ids, at -> at == ids.length - 1 ? END : 3 + rng.nextInt(VOCABULARY - 3));
                    return new Encoding(ids, new int[ids.length]);
                })
                .toList();
    }

    private static Weights random(Map<String, long[]> shapes) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            shapes.forEach((name, shape) -> {
                Rng rng = Rng.of(5, name);
                float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) ((name.endsWith("norm.weight") ? 1 : 0) + 0.2 * rng.nextGaussian());
                }
                tensors.put(name, Tensor.create(values, shape));
            });
            return Weights.of(tensors);
        }
    }

    private static Map<String, List<Integer>> bits(Map<String, Tensor> tensors) {
        Map<String, List<Integer>> bits = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            float[] values = new float[(int) tensor.numel()];
            tensor.detach().contiguous().data_ptr_float().get(values);
            bits.put(name, bits(values));
        });
        return bits;
    }

    private static List<Integer> bits(float... values) {
        return IntStream.range(0, values.length)
                .mapToObj(i -> Float.floatToRawIntBits(values[i]))
                .toList();
    }
}
