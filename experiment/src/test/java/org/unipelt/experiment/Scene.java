package org.unipelt.experiment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.unipelt.tensor.Rng;
import org.unipelt.testkit.TinyBert;

/** A folder with a random BERT of a few thousand numbers and GLUE tasks of a few dozen rows. */
record Scene(Path folder) {
    private static final List<String> WORDS =
            List.of("great", "awful", "film", "lovely", "boring", "so", "good", "bad");

    /** What a sweep of this scene begins with. */
    static final String FRONT = "model: %s\ndata: %s\n";

    static Scene write(Path folder) throws IOException {
        Scene scene = new Scene(folder);
        TinyBert.write(scene.base());
        Rng rng = Rng.of(3, "rows");
        scene.rows("CoLA/train.tsv", "", 60, i -> "x\t" + i % 2 + "\t\t" + text(rng, i));
        scene.rows("CoLA/dev.tsv", "", 12, i -> "x\t" + i % 2 + "\t\t" + text(rng, i));
        String pairs = "sentence1\tsentence2\tscore\n";
        scene.rows("STS-B/train.tsv", pairs, 40, i -> text(rng, i) + "\t" + text(rng, i) + "\t" + i % 6 * 0.9);
        scene.rows("STS-B/dev.tsv", pairs, 9, i -> text(rng, i) + "\t" + text(rng, i) + "\t" + i % 6 * 0.9);
        return scene;
    }

    private static String text(Rng rng, int label) {
        StringBuilder text = new StringBuilder(label % 2 == 0 ? "awful" : "great");
        for (int i = 0; i < 3; i++) {
            text.append(' ').append(WORDS.get((int) Math.abs(rng.nextGaussian() * 4) % WORDS.size()));
        }
        return text.toString();
    }

    private void rows(String name, String header, int count, java.util.function.IntFunction<String> row)
            throws IOException {
        StringBuilder text = new StringBuilder(header);
        for (int i = 0; i < count; i++) {
            text.append(row.apply(i)).append('\n');
        }
        Path file = glue().resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    Path base() {
        return folder.resolve("tiny-bert");
    }

    Path glue() {
        return folder.resolve("glue");
    }

    /** A spec with model and data in front of these lines, which then are from 3 on. */
    Path spec(String name, String... lines) throws IOException {
        return Files.writeString(
                folder.resolve(name), FRONT.formatted(base(), glue()) + String.join("\n", lines) + "\n");
    }

    SweepSpec read(String... lines) throws IOException {
        return SweepSpec.read(spec("spec.yaml", lines), SweepSpec.Overrides.nothing());
    }

    /** Every result of a sweep by its hash, as bytes in a text. */
    static Map<String, String> results(Path sweep) throws IOException {
        Map<String, String> results = new TreeMap<>();
        try (Stream<Path> runs = Files.list(sweep.resolve("runs"))) {
            for (Path run : runs.toList()) {
                Path result = run.resolve("result.json");
                if (Files.exists(result)) {
                    results.put(run.getFileName().toString(), Files.readString(result));
                }
            }
        }
        return results;
    }
}
