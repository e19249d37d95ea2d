package org.unipelt.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.unipelt.Words;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.experiment.FoundRun;
import org.unipelt.experiment.FoundRun.State;
import org.unipelt.method.Methods;

/**
 * Trainings as a table. A column with the same value in every row is said once, in a line above; columns that do not fit
 * beside the others follow below them, with the names of the runs again.
 *
 * @param folder where the names of runs begin
 * @param runs the runs in their order, at least one
 * @param width characters of a line
 */
record RunTable(Path folder, List<FoundRun> runs, int width) {
    private static final int LONGEST = 26;
    private static final int BETWEEN = 2;
    private static final String NONE = "-";
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("yyyy-MM-dd", Locale.ROOT);

    /** A column: its heading and its cell for a run. */
    private record Column(String title, Align align, Function<FoundRun, String> cell) {
        static Column left(String title, Function<FoundRun, String> cell) {
            return new Column(title, Align.LEFT, cell);
        }

        static Column right(String title, Function<FoundRun, String> cell) {
            return new Column(title, Align.RIGHT, cell);
        }

        static Column optional(String title, Align align, Function<FoundRun, Optional<?>> cell) {
            return new Column(
                    title, align, run -> cell.apply(run).map(Object::toString).orElse(NONE));
        }
    }

    /** The lines of the table of scores. */
    List<String> lines() {
        return lines(
                List.of(
                        Column.left("method", RunTable::method),
                        Column.optional("metric", Align.LEFT, FoundRun::metric),
                        Column.right("dev", run -> score(run, "dev")),
                        Column.right("test", run -> score(run, "test")),
                        Column.right("epochs", RunTable::epochs),
                        Column.left("state", run -> Words.of(run.state())),
                        Column.optional("data", Align.LEFT, FoundRun::data),
                        Column.optional("kind", Align.LEFT, FoundRun::kind),
                        Column.optional("rows", Align.RIGHT, FoundRun::rows),
                        Column.left("base", run -> name(run.base())),
                        Column.right("time", RunTable::time),
                        Column.right("day", RunTable::day)),
                "all: ");
    }

    /** The lines of the settings in which the runs differ; a setting that a run lacks is a dash. */
    List<String> settings() {
        Set<String> names = new LinkedHashSet<>();
        runs.forEach(run -> names.addAll(run.settings().keySet()));
        List<Column> differing = names.stream()
                .map(name -> Column.left(name, run -> run.settings().getOrDefault(name, NONE)))
                .filter(column -> !isSame(column))
                .toList();
        return differing.isEmpty()
                ? List.of("settings: " + (runs.size() == 1 ? "there is one run" : "the same in all runs"))
                : lines(differing, "");
    }

    private boolean isSame(Column column) {
        return runs.stream().map(column.cell()).distinct().count() == 1;
    }

    private List<String> lines(List<Column> columns, String same) {
        List<String> lines = new ArrayList<>();
        List<Column> differing = new ArrayList<>(columns);
        if (runs.size() > 1 && !same.isEmpty()) {
            differing.removeIf(this::isSame);
            List<String> said = columns.stream()
                    .filter(column -> !differing.contains(column))
                    .filter(column -> !column.cell().apply(runs.get(0)).equals(NONE))
                    .map(column -> column.title() + " " + column.cell().apply(runs.get(0)))
                    .toList();
            if (!said.isEmpty()) {
                lines.addAll(wrapped(same, said));
                lines.add("");
            }
        }
        Column run = Column.left("run", one -> cut(relative(one.folder())));
        List<Column> part = new ArrayList<>(List.of(run));
        for (Column column : differing) {
            if (part.size() > 1 && widths(part) + BETWEEN + width(column) > width) {
                lines.addAll(table(part));
                lines.add("");
                part = new ArrayList<>(List.of(run));
            }
            part.add(column);
        }
        lines.addAll(table(part));
        return lines;
    }

    /** Lines of words with commas between, none wider than the table unless a word is. */
    private List<String> wrapped(String start, List<String> words) {
        List<String> lines = new ArrayList<>();
        String line = start + words.get(0);
        for (String word : words.subList(1, words.size())) {
            String longer = line + ", " + word;
            if (longer.length() < width) {
                line = longer;
            } else {
                lines.add(line + ",");
                line = " ".repeat(start.length()) + word;
            }
        }
        lines.add(line);
        return lines;
    }

    private List<String> table(List<Column> columns) {
        TextTable table = new TextTable(columns.stream().map(Column::align).toList());
        table.add(columns.stream().map(Column::title).toList());
        runs.forEach(run -> table.add(
                columns.stream().map(column -> cut(column.cell().apply(run))).toList()));
        return table.lines();
    }

    private int widths(List<Column> columns) {
        return columns.stream().mapToInt(this::width).sum() + BETWEEN * (columns.size() - 1);
    }

    private int width(Column column) {
        return Math.max(
                column.title().length(),
                runs.stream()
                        .mapToInt(run -> cut(column.cell().apply(run)).length())
                        .max()
                        .orElse(0));
    }

    /** A text without its middle, if it is long: the ends tell most. */
    private static String cut(String text) {
        int end = (LONGEST - 1) / 2;
        return text.length() <= LONGEST
                ? text
                : text.substring(0, LONGEST - 1 - end) + "\u2026" + text.substring(text.length() - end);
    }

    private String relative(Path run) {
        String name = folder.normalize().relativize(run.normalize()).toString();
        return name.isEmpty() ? run.toString() : name;
    }

    /** The name of the preset, or else the text. */
    private static String method(FoundRun run) {
        return Methods.names().stream()
                .filter(name -> Methods.parse(name).toString().equals(run.method()))
                .findFirst()
                .orElse(run.method());
    }

    private static String score(FoundRun run, String part) {
        return Metrics.number(run.score(part).orElse(Double.NaN));
    }

    private static String epochs(FoundRun run) {
        if (run.state() == State.FINISHED || run.epochs().isEmpty()) {
            return run.epochs().map(Object::toString).orElse(NONE);
        }
        return run.epochs().get() + run.mostEpochs().map(most -> " of " + most).orElse("");
    }

    private static String name(String base) {
        Path name = Path.of(base).getFileName();
        return name == null ? base : name.toString();
    }

    private static String time(FoundRun run) {
        return run.seconds()
                .map(seconds -> TrainingProgress.clock(Duration.ofSeconds(Math.round(seconds))))
                .orElse(NONE);
    }

    private static String day(FoundRun run) {
        return run.last()
                .map(last -> DAY.format(last.atZone(ZoneId.systemDefault())))
                .orElse(NONE);
    }
}
