package org.unipelt.data;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.unipelt.text.WordSplit;

/**
 * A summary of labelled rows that shows how they were read, before a model learns from them. Immutable.
 *
 * @param rows the number of rows
 * @param classes the number of rows of each class or label, or of spans of each label, the most frequent one first; empty if the labels have no names
 * @param scores the lowest and the highest score; empty if the labels are not scores
 * @param sets how many labels or spans the rows have; empty if each has one label
 * @param queries the queries and their texts; empty if there is nothing to rank
 * @param warnings possible mistakes, each in one line
 */
public record Profile(
        int rows,
        Map<String, Integer> classes,
        Optional<Range> scores,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Sets> sets,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Candidates> queries,
        List<String> warnings) {
    private static final int EXAMPLES = 5;

    /** A model hardly learns a class with fewer rows. */
    private static final int FEW_ROWS = 5;

    /** If more classes than this have few rows each, the column probably holds no labels. */
    private static final int MANY_CLASSES = 20;

    /** If the largest class has this many times the rows of the smallest, accuracy says little about small classes. */
    private static final int UNEVEN = 5;

    private static final int SHOWN_TEXT = 40;

    /** The numbers from one to another, both included. */
    public record Range(double from, double to) {}

    /**
     * How many labels the rows of multi-label data have.
     *
     * @param mean the mean number of labels of a row
     * @param most the largest number
     * @param without the number of rows without a label
     */
    public record Sets(double mean, int most, int without) {}

    /**
     * How many texts the queries of rows to rank have.
     *
     * @param count the number of queries
     * @param mean the mean number of texts of a query
     * @param most the largest number
     * @param without the number of queries without a relevant text
     * @param clicks whether every grade is 0 or 1
     */
    public record Candidates(int count, double mean, int most, int without, boolean clicks) {
        private String said(int rows, Range grades) {
            return String.format(Locale.ROOT, "%d queries, %d rows, %.1f texts a query, ", count, rows, mean)
                    + (clicks ? "clicks" : "grades from " + grades.from() + " to " + grades.to())
                    + (without == 0 ? "" : ", none relevant in " + without);
        }
    }

    /** A summary of rows without queries. */
    public Profile(
            int rows,
            Map<String, Integer> classes,
            Optional<Range> scores,
            Optional<Sets> sets,
            List<String> warnings) {
        this(rows, classes, scores, sets, Optional.empty(), warnings);
    }

    /** Characters that may be meant to stand between labels. */
    private static final List<String> SEPARATORS = List.of(";", "|", "/");

    static Profile ofSets(List<String> names, boolean[][] rows) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        names.forEach(name -> counts.put(name, 0));
        int without = 0;
        int most = 0;
        int all = 0;
        for (boolean[] row : rows) {
            int labels = 0;
            for (int i = 0; i < row.length; i++) {
                if (row[i]) {
                    counts.merge(names.get(i), 1, Integer::sum);
                    labels++;
                }
            }
            without += labels == 0 ? 1 : 0;
            most = Math.max(most, labels);
            all += labels;
        }
        List<String> warnings = new ArrayList<>();
        fewRows(counts, rows.length, "labels", "add rows").ifPresent(warnings::add);
        lookAlikes(counts, "labels", "write them alike").ifPresent(warnings::add);
        if (most <= 1) {
            warnings.add("no row has more than one label"
                    + SEPARATORS.stream()
                            .filter(mark -> names.stream().anyMatch(name -> name.contains(mark)))
                            .findFirst()
                            .map(mark -> ", but labels hold '" + mark + "'; if it separates them, give"
                                    + " --label-separator '" + mark + "'")
                            .orElse("; if that is meant so, --labels classes fits better"));
        }
        return new Profile(
                rows.length,
                byFrequency(counts),
                Optional.empty(),
                Optional.of(new Sets((double) all / rows.length, most, without)),
                warnings);
    }

    static Profile ofSpans(List<String> names, Dataset rows, List<SpanSet> sets) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        names.forEach(name -> counts.put(name, 0));
        int without = 0;
        int most = 0;
        int all = 0;
        int inside = 0;
        String example = "";
        for (int row = 0; row < sets.size(); row++) {
            List<Span> spans = sets.get(row).spans();
            String text = rows.get(row).text();
            Set<Integer> starts = new HashSet<>();
            Set<Integer> ends = new HashSet<>();
            WordSplit.of(text).forEach(word -> {
                starts.add(word.start());
                ends.add(word.end());
            });
            for (Span span : spans) {
                counts.merge(span.label(), 1, Integer::sum);
                if (!starts.contains(span.start()) || !ends.contains(span.end())) {
                    example = inside++ == 0 ? shortened(span.of(text)) + "' in '" + shortened(text) : example;
                }
            }
            without += spans.isEmpty() ? 1 : 0;
            most = Math.max(most, spans.size());
            all += spans.size();
        }
        List<String> warnings = new ArrayList<>();
        fewRows(counts, all, "labels", "add rows").ifPresent(warnings::add);
        lookAlikes(counts, "labels", "write them alike").ifPresent(warnings::add);
        if (inside > 0) {
            warnings.add(inside + " of " + all + " spans begin or end inside a word, as '" + example
                    + "'; the model learns whole words, and can never find these as they are");
        }
        return new Profile(
                rows.size(),
                byFrequency(counts),
                Optional.empty(),
                Optional.of(new Sets((double) all / rows.size(), most, without)),
                warnings);
    }

    private static Map<String, Integer> byFrequency(Map<String, Integer> counts) {
        Map<String, Integer> ordered = new LinkedHashMap<>();
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()))
                .forEach(entry -> ordered.put(entry.getKey(), entry.getValue()));
        return ordered;
    }

    static Profile ofScores(double... scores) {
        DoubleSummaryStatistics all = Arrays.stream(scores).summaryStatistics();
        return new Profile(
                scores.length,
                Map.of(),
                Optional.of(new Range(all.getMin(), all.getMax())),
                Optional.empty(),
                List.of());
    }

    static Profile ofClasses(List<String> names, int[] indices, boolean guessed) {
        int[] counts = new int[names.size()];
        for (int index : indices) {
            counts[index]++;
        }
        Map<String, Integer> byName = new LinkedHashMap<>();
        for (int i = 0; i < counts.length; i++) {
            byName.put(names.get(i), counts[i]);
        }
        List<String> warnings = new ArrayList<>();
        fewRows(
                        byName,
                        indices.length,
                        "classes",
                        Arrays.stream(counts).allMatch(count -> count < FEW_ROWS)
                                ? "add rows"
                                : "add rows, or leave such classes out with --min-rows-per-class " + FEW_ROWS)
                .ifPresent(warnings::add);
        lookAlikes(byName, "classes", "--merge-case makes them one").ifPresent(warnings::add);
        if (guessed) {
            decimalCommas(byName).ifPresent(warnings::add);
        }
        return new Profile(indices.length, byFrequency(byName), Optional.empty(), Optional.empty(), warnings);
    }

    /** Returns whether the largest class has at least {@value #UNEVEN} times the rows of the smallest. */
    public boolean uneven() {
        List<Integer> counts = List.copyOf(classes.values());
        return !counts.isEmpty() && counts.get(0) >= UNEVEN * counts.get(counts.size() - 1);
    }

    /** Returns this profile with more warnings. */
    public Profile with(List<String> more) {
        List<String> all = new ArrayList<>(warnings);
        all.addAll(more);
        return new Profile(rows, classes, scores, sets, queries, List.copyOf(all));
    }

    /** Returns a warning about equal texts with different labels, if there are any. */
    static Optional<String> contradictions(Dataset dataset) {
        Map<List<Object>, Example> first = new HashMap<>();
        Set<List<Object>> contradicted = new HashSet<>();
        String example = "";
        for (Example row : dataset) {
            List<Object> texts = List.of(row.text(), row.pair());
            Example before = first.putIfAbsent(texts, row);
            if (before != null && !before.label().equals(row.label())) {
                if (contradicted.isEmpty()) {
                    example = "'" + shortened(row.text()) + "' is " + told(before) + " and " + told(row);
                }
                contradicted.add(texts);
            }
        }
        return contradicted.isEmpty()
                ? Optional.empty()
                : Optional.of((contradicted.size() == 1 ? "1 text has" : contradicted.size() + " texts have")
                        + " different labels in different rows, as " + example
                        + "; choose one of them");
    }

    private static String told(Example row) {
        return visible(row.label().orElse("-")) + (row.line() > 0 ? " in line " + row.line() : "");
    }

    private static String shortened(String text) {
        String line = visible(text);
        return line.length() <= SHOWN_TEXT ? line : line.substring(0, SHOWN_TEXT - 1) + "…";
    }

    /** Returns a warning about rows whose texts are also among the training rows, if there are any. */
    public static Optional<String> repeated(String part, Dataset rows, Dataset among) {
        Set<List<Object>> known = new HashSet<>();
        among.forEach(row -> known.add(List.of(row.text(), row.pair())));
        long count = rows.examples().stream()
                .filter(row -> known.contains(List.of(row.text(), row.pair())))
                .count();
        return count == 0
                ? Optional.empty()
                : Optional.of(count + " of " + rows.size() + " " + part + " rows are training rows as well, which"
                        + " makes the score too high; remove them from one of the two");
    }

    private static Optional<String> fewRows(Map<String, Integer> classes, int rows, String called, String remedy) {
        if (classes.size() > MANY_CLASSES && rows < FEW_ROWS * classes.size()) {
            return Optional.of(classes.size() + " " + called + " in " + rows
                    + " rows; is this the column of the labels? choose another with --label");
        }
        List<Map.Entry<String, Integer>> few = classes.entrySet().stream()
                .filter(entry -> entry.getValue() < FEW_ROWS)
                .sorted(Map.Entry.comparingByValue())
                .toList();
        return few.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        few.size() + " of " + classes.size() + " " + called + " have fewer than " + FEW_ROWS + " rows: "
                                + few.stream()
                                        .limit(EXAMPLES)
                                        .map(entry -> visible(entry.getKey()) + " " + entry.getValue())
                                        .collect(Collectors.joining(", "))
                                + (few.size() > EXAMPLES ? ", …" : "")
                                + "; " + remedy);
    }

    /** Describes the rows in one line that fits the width, e.g. {@code 300 rows, 6 classes: flight 74, hotel 60, …}. */
    public String said(int width) {
        if (queries.isPresent()) {
            return queries.get().said(rows, scores.orElseThrow());
        }
        if (scores.isPresent()) {
            return rows + " rows, scores from " + scores.get().from() + " to "
                    + scores.get().to();
        }
        if (classes.isEmpty()) {
            return rows + " rows, texts to write";
        }
        StringBuilder line = new StringBuilder(rows + " rows, " + classes.size()
                + sets.map(each -> String.format(Locale.ROOT, " labels, %.1f a row", each.mean())
                                + (each.without() == 0 ? "" : ", none in " + each.without()))
                        .orElse(" classes")
                + ": ");
        int left = classes.size();
        for (Map.Entry<String, Integer> entry : classes.entrySet()) {
            String next = visible(entry.getKey()) + " " + entry.getValue() + (--left == 0 ? "" : ", ");
            if (line.length() + next.length() + (left == 0 ? 0 : 1) > width) {
                return line.append('…').toString();
            }
            line.append(next);
        }
        return line.toString();
    }

    private static Optional<String> decimalCommas(Map<String, Integer> classes) {
        List<String> commas = classes.keySet().stream()
                .filter(label -> Labels.Score.commaToPoint(label).isPresent())
                .toList();
        boolean numbers = classes.keySet().stream()
                .allMatch(label -> Labels.Score.number(label)
                        || Labels.Score.commaToPoint(label).isPresent());
        return commas.isEmpty() || !numbers
                ? Optional.empty()
                : Optional.of(
                        "labels such as " + commas.get(0) + " look like numbers with decimal commas, but are taken as"
                                + " classes; write "
                                + Labels.Score.commaToPoint(commas.get(0)).orElseThrow()
                                + " if they are scores");
    }

    private static Optional<String> lookAlikes(Map<String, Integer> classes, String called, String remedy) {
        Map<String, List<String>> alike = classes.keySet().stream()
                .collect(Collectors.groupingBy(Profile::look, TreeMap::new, Collectors.toList()));
        List<List<String>> groups =
                alike.values().stream().filter(names -> names.size() > 1).toList();
        return groups.isEmpty()
                ? Optional.empty()
                : Optional.of("labels that look alike are different " + called + ": "
                        + groups.stream()
                                .limit(EXAMPLES)
                                .map(names -> told(names, classes))
                                .collect(Collectors.joining("; "))
                        + (groups.size() > EXAMPLES ? "; …" : "") + " (" + remedy + ")");
    }

    private static String told(List<String> names, Map<String, Integer> classes) {
        boolean sameToTheEye = names.stream()
                        .map(name -> Normalizer.normalize(visible(name), Normalizer.Form.NFC))
                        .distinct()
                        .count()
                < names.size();
        return names.stream()
                .limit(EXAMPLES)
                .map(name -> "'" + (sameToTheEye ? escaped(name, "[^ -~]") : visible(name)) + "' " + classes.get(name))
                .collect(Collectors.joining(", "));
    }

    /** Returns what labels that look alike have in common: it ignores Unicode form, kinds of spaces, and case. */
    static String look(String label) {
        return Normalizer.normalize(label, Normalizer.Form.NFKC)
                .replaceAll("[\\p{Cf}\\p{Cc}&&[^\\s]]", "")
                .replaceAll("[\\s\\p{Z}]+", " ")
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    /** Returns a label with escapes for its invisible characters. */
    static String visible(String label) {
        return escaped(label, "[\\p{Cf}\\p{Cc}\\p{Z}&&[^ ]]");
    }

    private static String escaped(String label, String hidden) {
        StringBuilder text = new StringBuilder();
        label.codePoints()
                .mapToObj(Character::toString)
                .map(c -> c.matches(hidden) ? String.format(Locale.ROOT, "\\u%04x", c.codePointAt(0)) : c)
                .forEach(text::append);
        return text.toString();
    }
}
