package org.unipelt.experiment.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.testkit.TinyBert;
import org.unipelt.tuned.DataSpec;

/** A quick training of a tiny random model, with the files that it read. */
record MadeUpTraining(Path folder, Path base, Path model, Path test) {
    /** Classes with a long name among them, by a method with gates. */
    static MadeUpTraining ofClasses(Path folder, int classes) throws IOException {
        return train(
                folder,
                "unipelt-al",
                i -> i % classes == 2 ? "a-class-whose-name-is-longer-than-any-other" : "class" + i % classes);
    }

    static MadeUpTraining ofScores(Path folder) throws IOException {
        return train(folder, "lora", i -> Double.toString(i % 7 * 0.5 + 0.25));
    }

    private static MadeUpTraining train(Path folder, String method, IntFunction<String> label) throws IOException {
        Path base = TinyBert.write(folder.resolve("tiny-bert"));
        Path model = folder.resolve("model");
        DataSpec data = DataSpec.of(table(folder.resolve("train.tsv"), 60, label))
                .withDev(table(folder.resolve("dev.tsv"), 30, label))
                .withTest(table(folder.resolve("test.tsv"), 45, label));
        try (BaseModel opened = BaseModel.open(base.toString())) {
            Tuning.of(opened, method)
                    .on(data)
                    .with(settings -> settings.epochs(3).learningRate(0.002).maxLength(16))
                    .train(model)
                    .close();
        }
        return new MadeUpTraining(folder, base, model, folder.resolve("test.tsv"));
    }

    static Path table(Path file, int rows, IntFunction<String> label) throws IOException {
        List<String> words = List.of("great", "awful", "film", "the", "a", "good");
        return Files.writeString(
                file,
                IntStream.range(0, rows)
                        .mapToObj(i ->
                                words.get(i % 6) + " " + words.get((i + i / 6) % 6) + " " + i + "\t" + label.apply(i))
                        .collect(Collectors.joining("\n", "text\tlabel\n", "\n")));
    }
}
