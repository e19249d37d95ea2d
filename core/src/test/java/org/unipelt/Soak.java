package org.unipelt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.tensor.Rng;
import org.unipelt.testkit.TinyBert;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * Trains, predicts, loads and closes for long, and prints how much memory the process has near the start, in the middle and
 * at the end of each, in KiB. {@code SoakTest} runs it in a process of its own.
 */
final class Soak {
    private static final String METHOD = "unipelt(adapter(bottleneck=4),prefix(length=3,network=8),lora(rank=2))";

    private Soak() {}

    private interface Turn {
        void take(int number) throws IOException;
    }

    public static void main(String[] arguments) throws IOException {
        Path work = Path.of(arguments[0]);
        int steps = Integer.parseInt(arguments[1]);
        Path bert = TinyBert.write(work.resolve("bert"));
        Path tuned = work.resolve("tuned");
        try (BaseModel base = BaseModel.open(bert.toString())) {
            train(base, TinyTable.rows(work.resolve("rows.tsv"), 64, "text", "label"), tuned, steps);
            try (TunedModel model = TunedModel.load(tuned, base)) {
                Rng rng = new Rng(1);
                repeat(
                        "predictions",
                        steps,
                        number -> model.predict(IntStream.rangeClosed(0, rng.nextInt(25))
                                .mapToObj(i -> "w" + rng.nextInt(30))
                                .collect(Collectors.joining(" "))));
            }
        }
        repeat("loads", steps / 50, number -> {
            try (BaseModel base = BaseModel.open(bert.toString());
                    TunedModel model = TunedModel.load(tuned, base)) {
                model.predict("w1 good");
            }
        });
    }

    /** Eight steps an epoch, and an evaluation after each. */
    private static void train(BaseModel base, Path rows, Path folder, int steps) {
        StringBuilder line = new StringBuilder("steps");
        Tuning.of(base, METHOD)
                .on(DataSpec.of(rows).withDev(rows))
                .with(settings -> settings.epochs(steps / 8)
                        .batchSize(8)
                        .maxLength(16)
                        .patience(Integer.MAX_VALUE)
                        .keep(TrainingConfig.Keep.BEST))
                .tell(event -> {
                    if (event instanceof TrainingEvent.Stepped stepped && isMeasured((int) stepped.step(), steps)) {
                        line.append('\t').append(memory());
                    }
                })
                .train(folder)
                .close();
        System.out.println(line);
    }

    private static void repeat(String what, int times, Turn turn) throws IOException {
        StringBuilder line = new StringBuilder(what);
        for (int i = 1; i <= times; i++) {
            turn.take(i);
            if (isMeasured(i, times)) {
                line.append('\t').append(memory());
            }
        }
        System.out.println(line);
    }

    private static boolean isMeasured(int turn, int turns) {
        return turn == Math.max(1, turns / 10) || turn == turns / 2 || turn == turns;
    }

    /** What the process has in memory, in KiB, as Linux tells it. */
    private static long memory() {
        System.gc();
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
