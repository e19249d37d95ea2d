package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.experiment.Cluster;
import org.unipelt.experiment.TablePrediction;
import org.unipelt.experiment.TablePrediction.Done;
import org.unipelt.experiment.TablePrediction.Format;
import org.unipelt.tuned.AdapterCard;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Predicts a table on a cluster: the options of {@code unipelt predict} for it, and how it is done. */
final class TableOnCluster {
    /** The options that hold on a cluster. */
    private static final Set<String> HEEDED =
            Set.of("--master", "--data", "--out", "--format", "--gates", "--text", "--pair", "--json", "--stacktrace");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description =
                    "A Spark cluster that predicts the table --data into the folder --out, e.g. spark://host:7077 or"
                            + " local-cluster[2,1,1024]. Both may be addresses such as hdfs://host/rows. Default: what spark-submit"
                            + " says, else this process alone.",
            defaultValue = "${sys:spark.master}")
    private @Nullable String master;

    @Option(
            names = "--gates",
            description = "With --master: adds a column with the means of the gates. Doubles the time.")
    private boolean gates;

    /** What --json prints. */
    record Report(
            String model,
            String table,
            String out,
            String format,
            long rows,
            long unanswered,
            @JsonProperty("seconds") double seconds) {}

    /** Whether a cluster predicts. */
    boolean isAsked() {
        if (master == null && gates) {
            throw new InputException(
                    "--gates goes with --master; leave it out, or name a cluster, or see 'unipelt gates'");
        }
        return master != null;
    }

    /**
     * Predicts the table.
     *
     * @param model the folder of the tuned model
     * @param format the format, if given
     * @param text the column of the texts, if given
     * @param pair the column of the second texts, if given
     * @return the exit code
     */
    int predict(
            Console console,
            Path model,
            Optional<String> format,
            Optional<String> text,
            Optional<String> pair,
            boolean json) {
        ParseResult given = spec.commandLine().getParseResult();
        for (OptionSpec option : given.matchedOptions()) {
            if (!HEEDED.contains(option.longestName())) {
                throw new InputException(option.longestName() + " does not go with --master; leave it out");
            }
        }
        if (given.matchedPositionals().size() > 1) {
            throw new InputException("texts do not go with --master; give a table with --data");
        }
        String table = asGiven(given, "--data", "the table to predict");
        TablePrediction work = new TablePrediction(
                model,
                table,
                asGiven(given, "--out", "the folder for the predictions"),
                format(format, table),
                text,
                pair,
                gates);
        // Before a cluster starts.
        AdapterCard card = AdapterCard.read(model);
        if (gates) {
            card.requireGates();
        }
        long began = System.nanoTime();
        try (Interruption interruption = new Interruption(console);
                Cluster cluster = Cluster.reach(Objects.requireNonNull(master));
                Telling telling = new Telling(console)) {
            Optional<Done> done = cluster.predict(work, telling, interruption);
            telling.close();
            if (done.isEmpty()) {
                console.say("stopped; nothing is written");
                return WorkOptions.INTERRUPTED;
            }
            report(console, work, done.get(), (System.nanoTime() - began) / 1e9, json);
        }
        return 0;
    }

    /** As written: a path would lose the slashes of an address. */
    private static String asGiven(ParseResult given, String option, String what) {
        if (!given.hasMatchedOption(option)) {
            throw new InputException("--master needs " + option + ", " + what);
        }
        List<String> values = given.matchedOption(option).originalStringValues();
        return values.get(values.size() - 1);
    }

    private static Format format(Optional<String> given, String table) {
        if (given.isPresent()) {
            return Words.constant(Format.class, "format", given.get());
        }
        return Format.of(table)
                .orElseThrow(() -> InputException.about(
                        "format",
                        "the name of " + table + " does not show its format; give --format, one of "
                                + String.join(", ", Words.all(Format.class))));
    }

    private static void report(Console console, TablePrediction work, Done done, double seconds, boolean json) {
        if (json) {
            console.printJson(new Report(
                    work.model().toString(),
                    work.table(),
                    work.out(),
                    Words.of(work.format()),
                    done.rows(),
                    done.unanswered(),
                    seconds));
            return;
        }
        console.print(String.format(
                Locale.ROOT, "%,d rows in %s, %.1f s with the start of the cluster", done.rows(), work.out(), seconds));
        if (done.unanswered() > 0) {
            console.say(String.format(
                    Locale.ROOT,
                    "warning: %s: %,d %s no answer; the column '%s_error' says why",
                    work.table(),
                    done.unanswered(),
                    done.unanswered() == 1 ? "row has" : "rows have",
                    work.model().toAbsolutePath().normalize().getFileName()));
        }
    }

    /** Shows the parts that are done: in place on a terminal, else every tenth of them. */
    private static final class Telling implements TablePrediction.Listener, AutoCloseable {
        private final Console console;
        private Optional<ProgressLine> line = Optional.empty();
        private int tenths;

        Telling(Console console) {
            this.console = console;
        }

        @Override
        public void columns(String text, Optional<String> pair) {
            console.say("texts: '" + text + "'"
                    + pair.map(name -> " and '" + name + "'").orElse(""));
        }

        @Override
        public synchronized void part(int done, int parts) {
            String words = "predicting: " + done + " of " + parts + " parts";
            if (console.terminal()) {
                if (line.isEmpty()) {
                    line = Optional.of(new ProgressLine(console, 0, parts));
                }
                line.get().draw(words);
                line.get().stepTo(done);
            } else if (10L * done / parts > tenths) {
                tenths = (int) (10L * done / parts);
                console.say(words);
            }
        }

        @Override
        public synchronized void close() {
            line.ifPresent(ProgressLine::close);
            line = Optional.empty();
        }
    }
}
