package org.unipelt.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.backbone.Bert;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.Shape;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.task.Gold;
import org.unipelt.task.Metric;
import org.unipelt.task.Network;
import org.unipelt.tensor.Engine;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.training.Classification;
import org.unipelt.training.LabelledTexts;
import org.unipelt.training.Trainer;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;

/**
 * Times training steps of a BERT-base-shaped random model, batch 16 x 128, dropout 0.1, through the real trainer.
 * Arguments: the method's text and the number of steps. {@code training_step.py} does the same with PyTorch; {@code
 * compare} runs the two in turn.
 */
public final class TrainingStep {
    private static final int BATCH = 16;
    private static final int LENGTH = 128;
    private static final int WARM_UP = 2;

    private TrainingStep() {}

    /** Prints the median step in milliseconds. */
    public static void main(String[] arguments) throws IOException {
        Engine.start();
        Method method = Methods.parse(arguments[0]);
        int steps = Integer.parseInt(arguments[1]);
        Bert.Config config = new Bert.Config(new Shape(12, 768, 12, 3072), 30_522, 512, 2, 1e-12, 0);
        Path folder = Files.createTempDirectory("training-step");
        try (Weights weights = random(config);
                Network network =
                        Network.create(new Bert(config, weights), method, Network.Reading.by(Pooling.POOLER), 2, 1);
                Trainer trainer = new Trainer(
                        new Classification(
                                network, texts(BATCH * (steps + WARM_UP)), texts(1), Method.HeadTraining.ALL),
                        TrainingConfig.builder(method, Metric.ACCURACY)
                                .epochs(1)
                                .build(),
                        new Clock(steps))) {
            trainer.run(folder.resolve("state"), () -> false);
        } finally {
            Files.deleteIfExists(folder.resolve("state"));
            Files.delete(folder);
        }
    }

    private static Weights random(Bert.Config config) {
        try (PointerScope scope = new PointerScope()) {
            torch.manual_seed(1);
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            Bert.weightShapes(config, true)
                    .forEach((name, shape) -> tensors.put(
                            name,
                            name.contains("LayerNorm.weight")
                                    ? torch.ones(shape)
                                    : torch.randn(shape).mul_(new Scalar(0.02))));
            return Weights.of(tensors);
        }
    }

    private static LabelledTexts texts(int count) {
        Rng rng = new Rng(1);
        List<Encoding> texts = new ArrayList<>();
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            int[] ids = new int[LENGTH];
            Arrays.setAll(ids, at -> 1000 + rng.nextInt(29_000));
            texts.add(new Encoding(ids, new int[LENGTH]));
            labels[i] = rng.nextInt(2);
        }
        return new LabelledTexts(texts, new Gold.ClassIndices(labels));
    }

    /** Takes the time between steps. */
    private static final class Clock implements TrainingEvent.Listener {
        private final int steps;
        private final List<Double> times = new ArrayList<>();
        private long last = System.nanoTime();

        Clock(int steps) {
            this.steps = steps;
        }

        @Override
        public void on(TrainingEvent event) {
            if (event instanceof TrainingEvent.Stepped) {
                long now = System.nanoTime();
                times.add((now - last) / 1e6);
                last = now;
                if (times.size() == steps + WARM_UP) {
                    double[] counted = times.stream()
                            .skip(WARM_UP)
                            .mapToDouble(Double::doubleValue)
                            .sorted()
                            .toArray();
                    System.out.printf("java %.0f%n", counted[counted.length / 2]);
                }
            }
        }
    }
}
