package org.unipelt.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.data.GlueTask;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Preparation;
import org.unipelt.tuned.DataSpec;
import picocli.CommandLine.Option;

/** The data to train on. */
final class DataOptions {
    /** The option for several tasks. */
    static final String TASKS = "--tasks";

    private static final List<String> WRITING = List.of("summarization", "translation", "tokens", "rank");

    @Option(names = "--train", paramLabel = "FILE", description = "Training rows: .tsv, .csv or .jsonl, also with .gz.")
    private @Nullable Path train;

    @Option(
            names = "--dev",
            paramLabel = "FILE",
            description = "Development rows. Default: none; --keep best sets aside a tenth of the training rows.")
    private @Nullable Path dev;

    @Option(names = "--test", paramLabel = "FILE", description = "Test rows, for the score at the end.")
    private @Nullable Path test;

    @Option(
            names = "--task",
            paramLabel = "NAME",
            description = "Instead of files, a GLUE task: cola, sst2, mrpc, stsb, qqp, mnli, qnli or rte; or, with"
                    + " --train, summarization or translation: the model learns to generate the label; tokens: it"
                    + " learns to find names in texts, from CoNLL or JSON Lines; or rank: it learns to order texts by"
                    + " their relevance to a query.")
    private @Nullable String task;

    @Option(
            names = TASKS,
            paramLabel = "FILE",
            description =
                    "Instead of --train, several tasks at once: a YAML file with their names, each with the options"
                            + " of its data, as in 'topic: {train: topics.csv, label: topic}'.")
    private @Nullable Path tasks;

    @Option(names = "--data", paramLabel = "FOLDER", description = "With --task: the folder of GLUE's official files.")
    private @Nullable Path data;

    @Option(
            names = "--samples",
            paramLabel = "K",
            description = "Few-shot as in the paper: K rows train, the next 1,000 are the development rows; with --task"
                    + " rank, K queries with their rows.")
    private @Nullable Integer samples;

    @Option(
            names = "--per-class",
            paramLabel = "N",
            description =
                    "Few-shot with all classes as frequent: N rows of each class train, the next 1,000 of the others"
                            + " are the development rows.")
    private @Nullable Integer perClass;

    @Option(
            names = "--data-seed",
            paramLabel = "S",
            description = "Draws those rows, or the ones set aside. Default: 111.")
    private @Nullable Long seed;

    /** The file of several tasks, if there is one. */
    Optional<Path> tasks() {
        return Optional.ofNullable(tasks);
    }

    /** The data that the options describe. */
    DataSpec spec(ColumnOptions columns) {
        Optional<LabelKind> written = written();
        String glue = written.isPresent() ? null : task;
        if (glue != null) {
            demandTask(glue);
        }
        if (glue == null && train == null) {
            throw new InputException(
                    written.isPresent()
                            ? "there is nothing to train on; --task " + task + " needs --train FILE"
                            : data == null
                                    ? "there is nothing to train on; give --train FILE, or --task NAME with --data FOLDER"
                                    : "--data goes with --task NAME; give your own file with --train FILE");
        }
        if (glue != null && train != null) {
            throw InputException.about("task", "--task and --train are two different sources; leave one out");
        }
        if (glue != null && data == null) {
            throw InputException.about("task", "--task needs --data FOLDER, the folder of GLUE's official files");
        }
        if (glue == null && data != null) {
            throw InputException.about("data", "--data goes with --task NAME of GLUE; with --train leave it out");
        }
        if (written.isPresent() && columns.labels().isPresent()) {
            throw InputException.about(
                    "labels",
                    "--task " + task + " says what the labels are: "
                            + switch (written.get()) {
                                case RELEVANCE -> "grades";
                                case TOKENS -> "spans";
                                default -> "texts";
                            }
                            + "; leave out --labels");
        }
        long drawn = seed == null ? DataSpec.FIRST_SEED : seed;
        DataSpec all = new DataSpec(
                Optional.ofNullable(glue),
                Objects.requireNonNull(glue == null ? train : data),
                Optional.ofNullable(dev),
                Optional.ofNullable(test),
                columns.text(),
                columns.pair(),
                columns.label(),
                written.or(columns::labels).orElse(LabelKind.AUTO),
                Optional.ofNullable(samples),
                drawn,
                Preparation.NONE);
        return perClass == null ? all : all.withPerClass(perClass, drawn);
    }

    /** Refuses an unknown task before anything else that is wrong with it. */
    private static void demandTask(String name) {
        try {
            GlueTask.named(name);
        } catch (InputException e) {
            List<String> known = Stream.concat(Stream.of(GlueTask.values()).map(GlueTask::text), WRITING.stream())
                    .toList();
            String message = InputException.unknown("task", name, known).getMessage();
            throw InputException.about(
                    "task",
                    message.endsWith("?") ? message : message + "; for classes or scores of your own leave out --task");
        }
    }

    /** The kind of labels that the task has, if it is none of GLUE's. */
    private Optional<LabelKind> written() {
        return Optional.ofNullable(task).map(name -> switch (name.toLowerCase(Locale.ROOT)) {
            case "summarization", "summarisation" -> LabelKind.SUMMARY;
            case "translation" -> LabelKind.TRANSLATION;
            case "rank", "ranking" -> LabelKind.RELEVANCE;
            case "tokens" -> LabelKind.TOKENS;
            default -> null;
        });
    }
}
