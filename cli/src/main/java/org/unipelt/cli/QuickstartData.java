package org.unipelt.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.data.ColumnNames;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.Table;
import org.unipelt.tuned.DataSpec;

/**
 * The customer messages that come with the program, copied to a folder of the user's.
 *
 * @param train file of the first training messages
 * @param test file of the test messages
 */
record QuickstartData(Path train, Path test) {
    /** The most messages to train on. */
    static final int MOST = 300;

    /**
     * Copies the data.
     *
     * @param samples number of messages to train on
     * @throws InputException if the folder cannot be written
     */
    static QuickstartData copy(Path folder, int samples) {
        try {
            Files.createDirectories(folder);
            for (String part : List.of("train", "test")) {
                try (InputStream in = resource(part)) {
                    Files.copy(in, folder.resolve(part + ".tsv"));
                }
            }
            Path train = folder.resolve("train.tsv");
            if (samples < MOST) {
                List<String> lines = Files.readAllLines(train, StandardCharsets.UTF_8);
                train = folder.resolve("train-" + samples + ".tsv");
                // The heading and the first rows; the classes are mixed.
                Files.write(train, lines.subList(0, samples + 1));
            }
            return new QuickstartData(train, folder.resolve("test.tsv"));
        } catch (IOException e) {
            throw new InputException(folder + ": cannot be written (" + e.getMessage() + "); choose another --dir", e);
        }
    }

    private static InputStream resource(String part) {
        String name = "/examples/messages/" + part + ".tsv";
        InputStream in = QuickstartData.class.getResourceAsStream(name);
        if (in == null) {
            throw new InputException(
                    "the program's own data is missing from its class path (" + name + "); build again");
        }
        return in;
    }

    /** The data to train on. */
    DataSpec spec() {
        return DataSpec.of(train).withTest(test);
    }

    /** Test accuracy of always answering the most frequent training class. */
    double majorityAccuracy() {
        Map<String, Long> counts =
                labels(train).collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        String most = counts.entrySet().stream()
                .max(Map.Entry.<String, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .orElseThrow()
                .getKey();
        return labels(test).filter(most::equals).count() / (double) rows(test).size();
    }

    private static Stream<String> labels(Path file) {
        return rows(file).examples().stream().map(Example::label).flatMap(Optional::stream);
    }

    static Dataset rows(Path file) {
        return Table.read(file).dataset(ColumnNames.textsAndLabels());
    }
}
