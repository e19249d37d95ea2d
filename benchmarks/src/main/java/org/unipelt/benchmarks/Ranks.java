package org.unipelt.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.metric.Metric;
import org.unipelt.runtime.Engine;
import org.unipelt.task.Classification;
import org.unipelt.task.HeadInput;
import org.unipelt.task.HeadObjective;
import org.unipelt.task.LabelledTexts;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Rng;
import org.unipelt.text.Encoding;
import org.unipelt.training.Group;
import org.unipelt.training.Replica;
import org.unipelt.training.Trainer;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;

/**
 * Times steps of one training by several processes, and what they exchange alone. {@code benchmarks/ranks} starts them.
 *
 * <pre>
 *   Ranks step MODEL METHOD STEPS BATCH LENGTH RANK WORLD PORT     rank 0 prints 'ms' and the median of a step
 *   Ranks exchange MEGABYTES TIMES RANK WORLD PORT                 rank 0 prints 'ms' and the median of an exchange
 * </pre>
 */
public final class Ranks {
    private Ranks() {}

    /** Measures as one rank; a world of 1 is a process alone. */
    public static void main(String[] arguments) throws IOException {
        Engine.start();
        int last = arguments.length;
        int world = Integer.parseInt(arguments[last - 2]);
        int port = Integer.parseInt(arguments[last - 1]);
        try (Group group = world == 1
                ? Group.alone()
                : Group.join("127.0.0.1", port, Integer.parseInt(arguments[last - 3]), world)) {
            List<Double> times = arguments[0].equals("step")
                    ? steps(arguments, group)
                    : exchanges(Double.parseDouble(arguments[1]), Integer.parseInt(arguments[2]), group);
            if (group.rank() == 0) {
                double[] counted = times.stream()
                        .skip(2)
                        .mapToDouble(Double::doubleValue)
                        .sorted()
                        .toArray();
                System.out.printf("ms %.2f%n", counted[counted.length / 2]);
            }
        }
    }

    private static List<Double> steps(String[] arguments, Group group) throws IOException {
        int steps = Integer.parseInt(arguments[3]) + 2;
        int batch = Integer.parseInt(arguments[4]);
        int length = Integer.parseInt(arguments[5]);
        Method method = Methods.parse(arguments[2]);
        List<Double> times = new ArrayList<>();
        try (BaseModel base = BaseModel.open(arguments[1]);
                SequenceClassifier network = SequenceClassifier.create(
                        base.backbone(), method, HeadInput.by(base.pooling(), base.head()), 2, 1)) {
            TrainingConfig config = TrainingConfig.builder(method, Metric.ACCURACY)
                    .epochs(1)
                    .batchSize(batch)
                    .headStart(TrainingConfig.HeadStart.RANDOM)
                    .build();
            HeadObjective objective = new HeadObjective(
                    network,
                    new Classification(List.of("0", "1")),
                    texts(batch * steps, length),
                    Optional.of(texts(1, length)),
                    Method.HeadTraining.ALL);
            if (group.rank() > 0) {
                try (Replica replica = new Replica(objective, config, group)) {
                    replica.follow();
                }
                return times;
            }
            Path folder = Files.createTempDirectory("ranks");
            long[] last = {System.nanoTime()};
            TrainingEvent.Listener listener = event -> {
                if (event instanceof TrainingEvent.Stepped) {
                    long now = System.nanoTime();
                    times.add((now - last[0]) / 1e6);
                    last[0] = now;
                }
            };
            try (Trainer trainer = new Trainer(objective, config, listener, group)) {
                trainer.run(folder.resolve("state"), () -> false);
            } finally {
                Files.deleteIfExists(folder.resolve("state"));
                Files.delete(folder);
            }
        }
        return times;
    }

    private static LabelledTexts texts(int count, int length) {
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

    /** What a step of two ranks with two pieces each exchanges: tensors to all, shards of summands, sums to rank 0. */
    private static List<Double> exchanges(double megabytes, int times, Group group) {
        if (group.world() != 2) {
            throw new IllegalArgumentException("exchanges are those of 2 ranks");
        }
        List<Double> millis = new ArrayList<>();
        long half = (long) (megabytes * (1 << 20) / Float.BYTES / 2);
        boolean first = group.rank() == 0;
        for (int i = 0; i < times + 2; i++) {
            try (PointerScope scope = new PointerScope()) {
                Tensor trained = torch.zeros(2 * half);
                long[] own = first ? new long[] {half, half} : new long[] {2 * half, 2 * half};
                long[] others = {half, 2 * half};
                Tensor summands = torch.zeros(first ? 2 * half : 4 * half);
                Tensor shards = torch.zeros(3 * half);
                Tensor sums = torch.zeros(first ? 2 * half : 0);
                long begun = System.nanoTime();
                group.broadcast(trained);
                group.allToAll(summands, own, shards, others);
                group.allToAll(
                        torch.zeros(half),
                        new long[] {half, 0},
                        sums,
                        first ? new long[] {half, half} : new long[] {0, 0});
                millis.add((System.nanoTime() - begun) / 1e6);
            }
        }
        return millis;
    }
}
