package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.data.Example;
import org.unipelt.data.LabelKind;
import org.unipelt.data.TextReader;
import org.unipelt.experiment.TablePrediction;
import org.unipelt.task.Answer;
import org.unipelt.task.Ranking;
import org.unipelt.tuned.AdapterCard;
import picocli.CommandLine.Option;

/** The lines that {@code predict} prints: one for each text, even if it has no answer. */
final class PredictionLines {
    /** The only format of lines besides the usual one. */
    private static final String CONLL = "conll";

    private static final int NUMBER = 6;
    private static final int LONGEST_LABEL = 24;
    private static final int SHORTEST_TEXT = 10;
    private static final String UNSURE = "?";
    /** Stands on a terminal for no label at all. */
    private static final String NONE = "-";

    private static final String BETWEEN = "  ";

    @Option(names = "--all", description = "Prints the probability of every class or label, with a line of headings.")
    private boolean all;

    @Option(
            names = "--top",
            paramLabel = "K",
            description =
                    "Prints the K most probable classes or labels, each with its probability; of a model that ranks, the K"
                            + " most relevant texts of each query.")
    private @Nullable Integer top;

    @Option(
            names = "--threshold",
            paramLabel = "P",
            description =
                    "A model that gives several labels takes P, from 0 to 1, in place of its own thresholds; one that"
                            + " finds names leaves out less probable ones.")
    private @Nullable Double threshold;

    @Option(
            names = "--abstain-below",
            paramLabel = "P",
            description =
                    "Prints ? for a class that is less probable than P, from 0 to 1; 'evaluate' has the same option"
                            + " and shows what P costs.")
    private @Nullable Double abstain;

    @Option(
            names = "--format",
            paramLabel = "NAME",
            description =
                    "conll, for a model that finds names: prints a word and its tag a line, in IOB2. With --master the"
                            + " format of --data and --out: parquet, csv, tsv, json (JSON Lines) or orc. Default: what the name of"
                            + " --data ends with.")
    private @Nullable String format;

    /** A text and the model's answer. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Prediction(
            Optional<Integer> line,
            Optional<String> text,
            Optional<String> pair,
            Optional<String> written,
            Optional<String> label,
            Optional<Double> probability,
            Optional<List<String>> labels,
            Optional<List<NameLines.Name>> spans,
            Optional<Boolean> unsure,
            Optional<Double> score,
            Optional<Map<String, Double>> probabilities,
            Optional<List<Ranked>> top,
            Optional<String> error) {}

    /** A class and its probability. */
    record Ranked(String label, double probability) {}

    /** The format, if it is given. */
    Optional<String> format() {
        return Optional.ofNullable(format);
    }

    /** Checks that the options fit the model. */
    void requireFit(AdapterCard card) {
        boolean names = card.labels().kind() == LabelKind.TOKENS;
        if (names && (all || top != null)) {
            throw new InputException((all ? "--all" : "--top") + " is for a model of classes, and this one predicts "
                    + card.labels().describe() + "; leave it out");
        }
        if (format != null && !format.equals(CONLL)) {
            List<String> ofTables = Words.all(TablePrediction.Format.class);
            if (!ofTables.contains(format)) {
                throw InputException.unknown(
                        "format",
                        format,
                        Stream.concat(Stream.of(CONLL), ofTables.stream()).toList());
            }
            throw InputException.about(
                    "format", "--format " + format + " goes with --master; leave it out, or name a cluster");
        }
        if (format != null && !names) {
            throw InputException.about(
                    "format",
                    "--format conll is for a model that finds names, and this one predicts "
                            + card.labels().describe() + "; leave it out");
        }
        boolean ranks = card.task() instanceof Ranking && threshold == null;
        if (card.labels().names().isEmpty() && !ranks && (top != null || threshold != null)) {
            throw new InputException(
                    (top != null ? "--top" : "--threshold") + " is for a model of classes, and this one" + " predicts "
                            + card.labels().describe() + "; leave it out");
        }
        if (threshold != null && !isSets(card) && !names) {
            throw new InputException("--threshold is for a model that gives several labels, and this one predicts "
                    + card.labels().describe() + "; use --abstain-below " + threshold);
        }
        if (abstain != null) {
            requireAbstains(card, abstain);
        }
        if (all && top != null) {
            throw new InputException("--all and --top both say which classes are printed; leave one out");
        }
        if (top != null && top < 1) {
            throw new InputException("--top must be at least 1, got " + top);
        }
        if (threshold != null && !(threshold >= 0 && threshold <= 1)) {
            throw new InputException("--threshold must be from 0 to 1, got " + threshold);
        }
    }

    /** Checks a probability below which a model abstains. */
    static void requireAbstains(AdapterCard card, double least) {
        if (card.labels().kind() != LabelKind.CLASSES) {
            throw InputException.about(
                    "abstain-below",
                    "--abstain-below is for a model of classes, and this one predicts "
                            + card.labels().describe()
                            + (isSets(card) ? "; use --threshold" : "; leave it out"));
        }
        if (!(least >= 0 && least <= 1)) {
            throw InputException.about("abstain-below", "--abstain-below must be from 0 to 1, got " + least);
        }
    }

    /** Returns how many of the best are asked for; empty for all. */
    Optional<Integer> top() {
        return Optional.ofNullable(top);
    }

    /** Returns the line of headings, if there is one. */
    Optional<String> headings(AdapterCard card, int columns) {
        if (!all || card.labels().names().isEmpty()) {
            return Optional.empty();
        }
        List<String> head =
                new ArrayList<>(isSets(card) ? List.of("labels", "probabilities") : List.of("label", "probability"));
        head.addAll(card.labels().names());
        head.add("text");
        return Optional.of(joined(head, card, columns));
    }

    /**
     * Returns the line of a text.
     *
     * @param conll whether the text comes from CoNLL, so that blanks stand between its words
     */
    String line(Example example, Answer answer, AdapterCard card, int columns, boolean conll) {
        List<String> cells = new ArrayList<>(List.of(answer.text()));
        if (answer instanceof Answer.Text) {
            // Only the generated text, one a line, so that other programs can read it.
            return Console.plain(answer.text());
        }
        if (answer instanceof Answer.Spans spans) {
            NameLines names = NameLines.of(example, spans, threshold == null ? 0 : threshold);
            if (CONLL.equals(format)) {
                return names.conll(conll);
            }
            List<String> found = new ArrayList<>(names.cells());
            found.set(0, found.get(0).isEmpty() && columns > 0 ? NONE : found.get(0));
            return joined(found, card, columns);
        }
        if (answer instanceof Answer.Score score) {
            cells.set(0, Metrics.number(score.value()));
        }
        if (answer instanceof Answer.Label || answer instanceof Answer.Labels) {
            cells.clear();
            if (answer instanceof Answer.Labels sets && top == null) {
                String between = LabelledOptions.separator(card);
                List<String> passing = passing(sets);
                cells.add(passing.isEmpty() && columns > 0 ? NONE : String.join(between, passing));
                cells.add(passing.stream()
                        .map(name -> Metrics.number(
                                Objects.requireNonNull(sets.probabilities().get(name))))
                        .collect(Collectors.joining(between)));
            } else {
                ranked(answer).forEach(one -> {
                    cells.add(isUnsure(one.probability()) ? UNSURE : one.label());
                    cells.add(Metrics.number(one.probability()));
                });
            }
            if (all) {
                probabilities(answer).values().forEach(value -> cells.add(Metrics.number(value)));
            }
        }
        cells.add(example.text());
        example.pair().ifPresent(cells::add);
        return joined(cells, card, columns);
    }

    /** Returns the line of a text without an answer; empty for a blank text. */
    String line(TextReader.Row row, AdapterCard card, int columns) {
        if (row.blank() || card.labels().kind().isText() || CONLL.equals(format)) {
            return "";
        }
        List<String> cells = new ArrayList<>();
        if (!card.labels().names().isEmpty()) {
            int classes = card.labels().names().size();
            int numbers = all ? classes + 1 : 2 * Math.min(top == null ? 1 : top, classes) - 1;
            cells.addAll(Collections.nCopies(numbers, ""));
        }
        cells.addAll(List.of("", "error: " + row.problem().orElseThrow()));
        return joined(cells, card, columns);
    }

    /** Returns a text and the model's answer for JSON. */
    Prediction json(TextReader.Row row, Optional<Answer> answer) {
        Optional<Answer.Label> label = as(Answer.Label.class, answer);
        Optional<Answer.Labels> sets = as(Answer.Labels.class, answer);
        return new Prediction(
                Optional.of(row.line()).filter(line -> line > 0),
                row.example().map(Example::text),
                row.example().flatMap(Example::pair),
                as(Answer.Text.class, answer).map(Answer.Text::text),
                label.map(Answer.Label::text),
                label.map(Answer.Label::probability),
                sets.map(this::passing),
                as(Answer.Spans.class, answer).map(found -> NameLines.of(
                                row.example().orElseThrow(), found, threshold == null ? 0 : threshold)
                        .json()),
                label.filter(one -> abstain != null).map(one -> !one.reaches(Objects.requireNonNull(abstain))),
                as(Answer.Score.class, answer).map(Answer.Score::value),
                label.filter(one -> all)
                        .map(Answer.Label::probabilities)
                        .or(() -> sets.map(Answer.Labels::probabilities)),
                answer.filter(one -> top != null).map(this::ranked),
                row.blank() ? Optional.of("is blank") : row.problem());
    }

    private boolean isUnsure(double probability) {
        return abstain != null && probability < abstain;
    }

    /** Returns the labels that pass the threshold that was given, or their own. */
    private List<String> passing(Answer.Labels sets) {
        return threshold == null
                ? sets.labels()
                : sets.probabilities().entrySet().stream()
                        .filter(entry -> entry.getValue() >= threshold)
                        .map(Map.Entry::getKey)
                        .toList();
    }

    private static Map<String, Double> probabilities(Answer answer) {
        return answer instanceof Answer.Label label
                ? label.probabilities()
                : answer instanceof Answer.Labels sets ? sets.probabilities() : Map.of();
    }

    private static boolean isSets(AdapterCard card) {
        return card.labels().kind() == LabelKind.MULTI;
    }

    private List<Ranked> ranked(Answer answer) {
        if (top == null && answer instanceof Answer.Label label) {
            return List.of(new Ranked(label.text(), label.probability()));
        }
        return probabilities(answer).entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .limit(Objects.requireNonNull(top))
                .map(entry -> new Ranked(entry.getKey(), entry.getValue()))
                .toList();
    }

    private static <A extends Answer> Optional<A> as(Class<A> kind, Optional<Answer> answer) {
        return answer.filter(kind::isInstance).map(kind::cast);
    }

    /** Joins cells by tabs; on a terminal, puts them in columns and cuts the text at the end of the line. */
    private String joined(List<String> cells, AdapterCard card, int columns) {
        List<String> plain = cells.stream().map(Console::plain).toList();
        if (columns == 0) {
            return String.join("\t", plain);
        }
        int texts = card.pairs() ? 2 : 1;
        int label = Math.max(
                "label".length(),
                card.labels().names().stream().mapToInt(String::length).max().orElse(NUMBER));
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < plain.size() - texts; i++) {
            boolean name = !card.labels().names().isEmpty() && i % 2 == 0 && (i == 0 || !all);
            if ((isSets(card) || card.labels().kind() == LabelKind.TOKENS) && top == null && i < 2) {
                // Several labels are as long as they are; to cut them would lose some.
                String cell = plain.get(i);
                line.append(cell)
                        .append(" ".repeat(Math.max(0, (i == 0 ? LONGEST_LABEL : 2 * NUMBER + 1) - cell.length())))
                        .append(BETWEEN);
                continue;
            }
            line.append(padded(plain.get(i), name ? Math.min(LONGEST_LABEL, label) : width(i, card)))
                    .append(BETWEEN);
        }
        String text = plain.subList(Math.max(0, plain.size() - texts), plain.size()).stream()
                .collect(Collectors.joining(" | "));
        return (line + cut(text, Math.max(SHORTEST_TEXT, columns - line.length()))).stripTrailing();
    }

    /** Returns the width of a number's column: that of its heading, if there is one. */
    private int width(int column, AdapterCard card) {
        if (!all) {
            return NUMBER;
        }
        return column == 1
                ? "probability".length()
                : Math.max(
                        NUMBER,
                        Math.min(
                                LONGEST_LABEL,
                                card.labels().names().get(column - 2).length()));
    }

    private static String padded(String cell, int width) {
        String cut = cut(cell, width);
        return cut + " ".repeat(width - cut.length());
    }

    static String cut(String text, int width) {
        return text.length() <= width ? text : text.substring(0, width - 1) + "…";
    }
}
