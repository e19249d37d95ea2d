package org.unipelt.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.task.Classification;
import org.unipelt.task.HeadInput;
import org.unipelt.task.Inference;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.MixedBatch;
import org.unipelt.tuned.TunedModel;

/**
 * Many tuned models on one base model: the memory of each, and the time of a batch whose texts belong to as many models,
 * next to that of a batch of one model. Both run in turn in one process.
 *
 * <pre>
 *   Mixed MODEL METHOD PAIRS LENGTH...     prints MiB, then for each length the medians in ms and their ratio
 * </pre>
 */
public final class Mixed {
    private static final int MODELS = 100;
    private static final int BATCH = 16;
    private static final double MIB = 1 << 20;
    private static final int KIB = 1024;

    private Mixed() {}

    /** Loads the models one after the other, then answers the batches. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createTempDirectory("mixed");
        List<TunedModel> models = new ArrayList<>();
        try (BaseModel base = BaseModel.open(arguments[0])) {
            Path tuned = folder.resolve("tuned");
            write(base, Methods.parse(arguments[1]).saved(), tuned);
            long[] resident = new long[MODELS + 1];
            for (int i = 0; i < MODELS; i++) {
                resident[i] = resident();
                models.add(TunedModel.load(tuned, base));
            }
            resident[MODELS] = resident();
            double file = Files.size(tuned.resolve("adapter.safetensors")) / MIB;
            // The first ones also load code and grow Java's heap.
            double each = (resident[MODELS] - resident[MODELS / 2]) / MIB / (MODELS - MODELS / 2);
            System.out.printf(
                    "file %.2f MiB, each of the models 51 to %d %.2f MiB, ratio %.3f; the last one %.2f MiB%n",
                    file, MODELS, each, each / file, (resident[MODELS] - resident[MODELS - 1]) / MIB);
            for (int at = 3; at < arguments.length; at++) {
                compare(models, Integer.parseInt(arguments[2]), Integer.parseInt(arguments[at]));
            }
        } finally {
            models.forEach(TunedModel::close);
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void write(BaseModel base, Method method, Path folder) {
        HeadInput input = HeadInput.by(base.pooling(), base.head());
        SequenceClassifier network = SequenceClassifier.create(base.backbone(), method, input, 2, 1);
        AdapterCard card = new AdapterCard(
                method,
                new Classification(List.of("0", "1")),
                new Inference(512, OptionalInt.empty(), Optional.of(input.pooling()), Optional.of(input.head()), false),
                new AdapterCard.Base(base.name(), base.fingerprint(), Optional.empty()),
                Optional.empty(),
                "");
        try (TunedModel model = TunedModel.of(base, method, network.adapterWeights(), card)) {
            model.save(folder);
        }
    }

    private static void compare(List<TunedModel> models, int pairs, int length) {
        // The tokenizer adds two tokens.
        Example text = Example.of("box ".repeat(length - 2).strip());
        List<MixedBatch.Request> mixed = IntStream.range(0, BATCH)
                .mapToObj(i -> new MixedBatch.Request(models.get(i), text))
                .toList();
        List<Example> same = mixed.stream().map(MixedBatch.Request::example).toList();
        double[] one = new double[pairs];
        double[] many = new double[pairs];
        double[] ratios = new double[pairs];
        for (int i = -1; i < pairs; i++) {
            double alone = milliseconds(() -> models.get(0).predict(same));
            double together = milliseconds(() -> MixedBatch.predict(mixed));
            if (i >= 0) {
                one[i] = alone;
                many[i] = together;
                ratios[i] = together / alone;
            }
        }
        System.out.printf(
                "%d x %d tokens: one model %.1f ms, %d models %.1f ms, ratio %.2f (%.2f to %.2f)%n",
                BATCH,
                length,
                median(one),
                BATCH,
                median(many),
                median(ratios),
                Arrays.stream(ratios).min().orElseThrow(),
                Arrays.stream(ratios).max().orElseThrow());
    }

    private static double milliseconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    private static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** The bytes of this process in memory, as Linux counts them. */
    private static long resident() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * KIB)
                .findFirst()
                .orElseThrow();
    }
}
