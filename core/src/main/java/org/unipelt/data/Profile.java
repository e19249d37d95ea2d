package org.unipelt.data;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What was understood of labelled rows, to be shown before anything is learned from them. Immutable.
 *
 * @param rows how many there are
 * @param classes how many rows each class has, the most frequent first; empty if labels are no classes
 * @param scores the lowest and the highest score; none if labels are no scores
 * @param warnings what looks like a mistake, each in one line
 */
public record Profile(int rows, Map<String, Integer> classes, Optional<Range> scores, List<String> warnings) {
    private static final int EXAMPLES = 5;

    /** From a number to another, both included. */
    public record Range(double from, double to) {}

    static Profile ofScores(double... scores) {
        DoubleSummaryStatistics all = Arrays.stream(scores).summaryStatistics();
        return new Profile(scores.length, Map.of(), Optional.of(new Range(all.getMin(), all.getMax())), List.of());
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
        lookAlikes(byName).ifPresent(warnings::add);
        if (guessed) {
            decimalCommas(byName).ifPresent(warnings::add);
        }
        Map<String, Integer> ordered = new LinkedHashMap<>();
        byName.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()))
                .forEach(entry -> ordered.put(entry.getKey(), entry.getValue()));
        return new Profile(indices.length, ordered, Optional.empty(), warnings);
    }

    /** In one line, e.g. {@code 300 rows, 6 classes: flight 74, hotel 60, …}, cut where the next class would not fit. */
    public String said(int width) {
        if (scores.isPresent()) {
            return rows + " rows, scores from " + scores.get().from() + " to "
                    + scores.get().to();
        }
        if (classes.isEmpty()) {
            return rows + " rows, texts to write";
        }
        StringBuilder line = new StringBuilder(rows + " rows, " + classes.size() + " classes: ");
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

    private static Optional<String> lookAlikes(Map<String, Integer> classes) {
        Map<String, List<String>> alike = classes.keySet().stream()
                .collect(Collectors.groupingBy(Profile::look, TreeMap::new, Collectors.toList()));
        List<List<String>> groups =
                alike.values().stream().filter(names -> names.size() > 1).toList();
        return groups.isEmpty()
                ? Optional.empty()
                : Optional.of("labels that look alike are different classes: "
                        + groups.stream()
                                .limit(EXAMPLES)
                                .map(names -> told(names, classes))
                                .collect(Collectors.joining("; "))
                        + (groups.size() > EXAMPLES ? "; …" : ""));
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

    /** What a reader sees: without regard to Unicode's ways of writing the same, kinds of spaces, and case. */
    private static String look(String label) {
        return Normalizer.normalize(label, Normalizer.Form.NFKC)
                .replaceAll("[\\p{Cf}\\p{Cc}&&[^\\s]]", "")
                .replaceAll("[\\s\\p{Z}]+", " ")
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    /** With escapes for what is not to be seen. */
    private static String visible(String label) {
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
