package org.unipelt.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.metric.Metric;
import org.unipelt.task.Classification;
import org.unipelt.task.HeadInput;
import org.unipelt.task.HeadObjective;
import org.unipelt.task.LabelledTexts;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import org.unipelt.tensor.Rng;
import org.unipelt.text.Encoding;
import org.unipelt.training.Trainer;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;

/**
 * Times one batch of random tokens, with dropout 0.1 when training, through the real trainer or the real prediction.
 * {@code compare} runs it beside {@code peer.py}, which does the same with PyTorch, and {@code growth} at many sizes.
 *
 * <pre>
 *   Step train|infer MODEL METHOD STEPS [PRECISION [BATCH LENGTH [DEVICE]]]     prints 'ms' and the median in ms
 * </pre>
 */
public final class Step {
    private final SequenceClassifier network;
    private final int batch;
    private final int length;

    private Step(SequenceClassifier network, int batch, int length) {
        this.network = network;
        this.batch = batch;
        this.length = length;
    }

    /** Runs a step to warm up, then the given number of steps. */
    public static void main(String[] arguments) throws IOException {
        boolean train = arguments[0].equals("train");
        Method trained = Methods.parse(arguments[2]);
        // A saved model predicts. A saved prefix, for example, has its keys and values, but not the network behind
        // them.
        Method method = train ? trained : trained.saved();
        int steps = Integer.parseInt(arguments[3]);
        Precision precision = arguments.length > 4 ? Precision.named(arguments[4]) : Precision.F32;
        int batch = arguments.length > 5 ? Integer.parseInt(arguments[5]) : 16;
        int length = arguments.length > 6 ? Integer.parseInt(arguments[6]) : 128;
        Device device = arguments.length > 7 ? Device.named(arguments[7]) : Device.CPU;
        Compute compute = Compute.of(device, precision);
        try (BaseModel base = BaseModel.open(arguments[1], train ? compute : compute.predicting());
                SequenceClassifier network = SequenceClassifier.create(
                        base.backbone(), method, HeadInput.by(base.pooling(), base.head()), 2, 1)) {
            Step step = new Step(network, batch, length);
            double[] times = train ? step.train(steps + 1) : step.infer(steps + 1);
            double[] counted = Arrays.copyOfRange(times, 1, times.length);
            Arrays.sort(counted);
            System.out.printf("ms %.1f%n", counted[counted.length / 2]);
        }
    }

    private double[] train(int steps) throws IOException {
        Path folder = Files.createTempDirectory("step");
        List<Double> times = new ArrayList<>();
        TrainingConfig config = TrainingConfig.builder(network.method(), Metric.ACCURACY)
                .epochs(1)
                .batchSize(batch)
                .build();
        HeadObjective texts = new HeadObjective(
                network,
                new Classification(List.of("0", "1")),
                texts(batch * steps),
                Optional.of(texts(1)),
                Method.HeadTraining.ALL);
        long[] last = {System.nanoTime()};
        try (Trainer trainer = new Trainer(texts, config, event -> {
            if (event instanceof TrainingEvent.Stepped) {
                long now = System.nanoTime();
                times.add((now - last[0]) / 1e6);
                last[0] = now;
            }
        })) {
            trainer.run(folder.resolve("state"), () -> false);
        } finally {
            Files.deleteIfExists(folder.resolve("state"));
            Files.delete(folder);
        }
        return times.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private double[] infer(int steps) {
        double[] times = new double[steps];
        List<Encoding> texts = texts(batch).texts();
        for (int i = 0; i < steps; i++) {
            long start = System.nanoTime();
            network.predict(texts, SequenceClassifier.BatchObserver.NONE);
            times[i] = (System.nanoTime() - start) / 1e6;
        }
        return times;
    }

    private LabelledTexts texts(int count) {
        Rng rng = new Rng(1);
        List<Encoding> texts = new ArrayList<>();
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            int[] ids = new int[length];
            Arrays.setAll(ids, at -> 1000 + rng.nextInt(29_000));
            texts.add(new Encoding(ids, new int[length]));
            labels[i] = rng.nextInt(2);
        }
        return new LabelledTexts(texts, new Classification.Indices(labels));
    }
}
