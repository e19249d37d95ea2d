package org.unipelt.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.unipelt.InputException;

/** What a label column holds: classes, scores, sets of labels, spans, or texts. Immutable, so any number of threads may share it. */
public sealed interface Labels {
    /** Returns the kind of labels, never {@link LabelKind#AUTO}. */
    LabelKind kind();

    /**
     * Returns the names of the classes, or of the labels of multi-label data, in the order of their indices; empty if the
     * labels have no names.
     */
    default List<String> names() {
        return List.of();
    }

    /**
     * Returns the outputs of a head for an example: one per class or label, 1 for a score, 0 for a text, which needs no
     * head.
     */
    int outputs();

    /** Describes the labels in a few words, e.g. {@code 3 classes}. */
    String describe();

    /**
     * Returns the stratum of each example as a number; every part of a split gets its share of each stratum. Empty if
     * the labels form no strata.
     *
     * @throws InputException as {@link #check}
     */
    default Optional<int[]> strata(Dataset dataset) {
        return Optional.empty();
    }

    /**
     * Returns the profile of labelled rows, to show it to the user.
     *
     * @param guessed whether the kind of labels was guessed and not given
     * @throws InputException as {@link #check}
     */
    Profile profile(Dataset dataset, boolean guessed);

    /** Returns a warning about rows of one part that are also among the training rows, if there are any. */
    default Optional<String> repeated(String part, Dataset rows, Dataset among) {
        Objects.requireNonNull(part, "part is null");
        return Profile.repeated(part, rows, among);
    }

    /**
     * Checks that every example has a label, and that it is one of these.
     *
     * @throws InputException if not; the message has label, file and line of the first 20 bad examples
     */
    void check(Dataset dataset);

    /**
     * Determines the labels of training data.
     *
     * <p>With {@link LabelKind#AUTO}, they are scores if nine tenths or more are numbers and at least one has a
     * fraction: {@code 0}, {@code 1}, {@code 2.0} are classes; {@code 0}, {@code 1}, {@code 2.5} are scores. NaN and
     * infinities count as numbers here, and are then reported. Class names are in numeric order if all are whole
     * numbers, else in the order of strings.
     *
     * @throws InputException if a label is missing, a score is not a finite number, or there is only one class or
     *     score; with AUTO also if nearly every row has a different class
     */
    static Labels of(Dataset train, LabelKind kind) {
        BadRows bad = new BadRows(train.name());
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < train.size(); i++) {
            Example example = train.get(i);
            example.label().ifPresent(labels::add);
            if (example.label().isEmpty()) {
                bad.add(example, i, "has no label");
            }
        }
        bad.throwIfAny();
        if (labels.isEmpty()) {
            throw new InputException(train.name() + ": holds no examples; give at least two");
        }
        if (kind.isText()) {
            return new Texts(kind == LabelKind.TRANSLATION);
        }
        if (kind == LabelKind.MULTI) {
            return Multi.of(train);
        }
        if (kind == LabelKind.RELEVANCE) {
            return Relevance.of(train);
        }
        if (kind == LabelKind.TOKENS) {
            return Tokens.of(train);
        }
        boolean scores =
                switch (kind) {
                    case AUTO -> Score.likely(labels);
                    case CLASSES -> false;
                    case SCORE -> true;
                    case MULTI, TOKENS, RELEVANCE, SUMMARY, TRANSLATION ->
                        throw new IllegalStateException("neither: " + kind);
                };
        return scores ? Score.of(train) : Classes.of(train, new HashSet<>(labels), kind == LabelKind.AUTO);
    }

    /**
     * Classes by name.
     *
     * @param names the classes' names; a class's place in this list is its index
     */
    record Classes(List<String> names) implements Labels {
        private static final Pattern WHOLE = Pattern.compile("[+-]?\\d{1,18}");

        /** The most classes that a message names; an ellipsis stands for the others. */
        private static final int LISTED = 12;

        /** Checks that there are two or more classes with different names. */
        public Classes {
            Objects.requireNonNull(names, "names is null");
            names.forEach(name -> Objects.requireNonNull(name, "a name is null"));
            names = List.copyOf(names);
            long most = Limits.set().classes();
            if (names.size() > most) {
                throw new InputException("there are " + names.size() + " classes, which is more than " + most
                        + "; choose another label column, or set " + Limits.property("classes") + " higher");
            }
            if (names.size() < 2) {
                throw new InputException(
                        "there is only one class (" + String.join(", ", names) + "); classification needs two or more");
            }
            if (new HashSet<>(names).size() != names.size() || names.stream().anyMatch(Example::blank)) {
                throw new InputException("class names must differ and not be blank: " + listed(names));
            }
        }

        private static Classes of(Dataset train, HashSet<String> found, boolean guessed) {
            if (found.size() == 1) {
                throw new InputException(train.name() + ": every row has the label '"
                        + found.iterator().next() + "'; give rows of two or more classes, or another label column");
            }
            if (guessed && found.size() > 20 && 2 * found.size() > train.size()) {
                throw new InputException(train.name() + ": " + found.size() + " different labels in " + train.size()
                        + " rows; choose another label column, or say whether they are classes or scores");
            }
            return new Classes(ordered(found));
        }

        /** Orders names by value if all are different whole numbers; else as strings. */
        private static List<String> ordered(HashSet<String> found) {
            if (found.stream().allMatch(label -> WHOLE.matcher(label).matches())
                    && found.stream().map(Long::parseLong).distinct().count() == found.size()) {
                return found.stream()
                        .sorted(Comparator.comparingLong(Long::parseLong))
                        .toList();
            }
            return List.copyOf(new TreeSet<>(found));
        }

        @Override
        public LabelKind kind() {
            return LabelKind.CLASSES;
        }

        @Override
        public int outputs() {
            return names.size();
        }

        @Override
        public String describe() {
            return names.size() + " classes";
        }

        @Override
        public Optional<int[]> strata(Dataset dataset) {
            return Optional.of(indices(dataset));
        }

        @Override
        public Profile profile(Dataset dataset, boolean guessed) {
            Profile profile = Profile.ofClasses(names, indices(dataset), guessed);
            return profile.with(Profile.contradictions(dataset).stream().toList());
        }

        /**
         * Returns the index of a class.
         *
         * @throws InputException if there is no such class
         */
        public int indexOf(String label) {
            Objects.requireNonNull(label, "label is null");
            int index = names.indexOf(label);
            if (index < 0) {
                throw InputException.unknown("label", label, names);
            }
            return index;
        }

        /**
         * Returns the class index of each example.
         *
         * @throws InputException as {@link #check}
         */
        public int[] indices(Dataset dataset) {
            Map<String, Integer> places = new HashMap<>();
            names.forEach(name -> places.put(name, places.size()));
            BadRows bad = new BadRows(dataset.name());
            int[] indices = new int[dataset.size()];
            for (int i = 0; i < indices.length; i++) {
                Example example = dataset.get(i);
                Optional<String> label = example.label();
                Integer place = label.map(places::get).orElse(null);
                if (place != null) {
                    indices[i] = place;
                } else if (label.isEmpty()) {
                    bad.add(example, i, "has no label");
                } else {
                    bad.add(
                            example,
                            i,
                            "the label '" + label.get() + "' is not among those trained on (" + listed(names) + ")");
                }
            }
            bad.throwIfAny();
            return indices;
        }

        private static String listed(List<String> names) {
            return names.size() <= LISTED
                    ? String.join(", ", names)
                    : String.join(", ", names.subList(0, LISTED)) + ", …";
        }

        @Override
        public void check(Dataset dataset) {
            indices(dataset);
        }
    }

    /**
     * Labels by name, of which a row has any number, also none: multi-label data. The labels of an example are the text
     * of a {@link LabelSet}.
     *
     * @param names the labels' names; a label's place in this list is its index
     */
    record Multi(List<String> names) implements Labels {
        /** Checks that there are two or more labels with different names. */
        public Multi {
            Objects.requireNonNull(names, "names is null");
            // A set has no blank names, and none twice.
            names = List.copyOf(names);
            new LabelSet(names);
            long most = Limits.set().classes();
            if (names.size() > most) {
                throw new InputException("there are " + names.size() + " labels, which is more than " + most
                        + "; check the label separator, or set " + Limits.property("classes") + " higher");
            }
            if (names.size() < 2) {
                throw new InputException("there "
                        + (names.isEmpty() ? "is no label" : "is only one label (" + names.get(0) + ")")
                        + "; multi-label data needs two or more: for one, give its rows and the others two classes");
            }
        }

        private static Multi of(Dataset train) {
            HashSet<String> found = new HashSet<>();
            sets(train).forEach(set -> found.addAll(set.names()));
            try {
                return new Multi(Classes.ordered(found));
            } catch (InputException e) {
                throw new InputException(train.name() + ": " + e.getMessage(), e);
            }
        }

        private static List<LabelSet> sets(Dataset dataset) {
            BadRows bad = new BadRows(dataset.name());
            List<LabelSet> sets = new ArrayList<>();
            for (int i = 0; i < dataset.size(); i++) {
                Example example = dataset.get(i);
                try {
                    sets.add(LabelSet.parse(example.label().orElseThrow(() -> new InputException("has no labels"))));
                } catch (InputException e) {
                    bad.add(example, i, e.getMessage());
                }
            }
            bad.throwIfAny();
            return sets;
        }

        @Override
        public LabelKind kind() {
            return LabelKind.MULTI;
        }

        @Override
        public int outputs() {
            return names.size();
        }

        @Override
        public String describe() {
            return names.size() + " labels, any number of them in a row";
        }

        /** {@inheritDoc} A row belongs to the rarest of its labels, so that every part gets some rows of each. */
        @Override
        public Optional<int[]> strata(Dataset dataset) {
            return Optional.of(strata(names.size(), indicators(dataset)));
        }

        /**
         * Returns the index of the rarest label of each row, the first of equally rare ones; the number of labels for a
         * row without any.
         *
         * @param rows {@code [rows][labels]}
         */
        public static int[] strata(int labels, boolean[][] rows) {
            int[] counts = new int[labels];
            for (boolean[] row : rows) {
                for (int label = 0; label < labels; label++) {
                    counts[label] += row[label] ? 1 : 0;
                }
            }
            return Arrays.stream(rows)
                    .mapToInt(row -> IntStream.range(0, labels)
                            .filter(label -> row[label])
                            .boxed()
                            .min(Comparator.comparingInt(label -> counts[label]))
                            .orElse(labels))
                    .toArray();
        }

        @Override
        public Profile profile(Dataset dataset, boolean guessed) {
            return Profile.ofSets(names, indicators(dataset))
                    .with(Profile.contradictions(dataset).stream().toList());
        }

        /**
         * Returns which labels each example has, {@code [examples][labels]}.
         *
         * @throws InputException as {@link #check}
         */
        public boolean[][] indicators(Dataset dataset) {
            Map<String, Integer> places = new HashMap<>();
            names.forEach(name -> places.put(name, places.size()));
            BadRows bad = new BadRows(dataset.name());
            List<LabelSet> sets = sets(dataset);
            boolean[][] rows = new boolean[dataset.size()][names.size()];
            for (int i = 0; i < rows.length; i++) {
                for (String name : sets.get(i).names()) {
                    Integer place = places.get(name);
                    if (place == null) {
                        bad.add(
                                dataset.get(i),
                                i,
                                "the label '" + name + "' is not among those trained on (" + Classes.listed(names)
                                        + ")");
                        break;
                    }
                    rows[i][place] = true;
                }
            }
            bad.throwIfAny();
            return rows;
        }

        @Override
        public void check(Dataset dataset) {
            indicators(dataset);
        }
    }

    /**
     * Labels of spans by name: names found in texts. The label of an example is the text of a {@link SpanSet}.
     *
     * @param names the labels' names; a label's place in this list is its index
     */
    record Tokens(List<String> names) implements Labels {
        /** Checks that there is a label, and that the names differ. */
        public Tokens {
            Objects.requireNonNull(names, "names is null");
            names = List.copyOf(names);
            new LabelSet(names);
            if (names.isEmpty()) {
                throw new InputException("there is no span; give rows with labelled spans");
            }
            long most = Limits.set().classes();
            if (names.size() > most) {
                throw new InputException("there are " + names.size() + " labels of spans, which is more than " + most
                        + "; check the file, or set " + Limits.property("classes") + " higher");
            }
        }

        private static Tokens of(Dataset train) {
            TreeSet<String> found = new TreeSet<>();
            read(train, Optional.empty()).forEach(set -> set.spans().forEach(span -> found.add(span.label())));
            try {
                return new Tokens(List.copyOf(found));
            } catch (InputException e) {
                throw new InputException(train.name() + ": " + e.getMessage(), e);
            }
        }

        private static List<SpanSet> read(Dataset dataset, Optional<Set<String>> known) {
            BadRows bad = new BadRows(dataset.name());
            List<SpanSet> sets = new ArrayList<>();
            for (int i = 0; i < dataset.size(); i++) {
                Example example = dataset.get(i);
                try {
                    SpanSet set = SpanSet.parse(example.label().orElseThrow(() -> new InputException("has no spans")));
                    sets.add(set);
                    set.problem(example.text()).ifPresent(problem -> {
                        throw new InputException(problem);
                    });
                    for (Span span : set.spans()) {
                        if (known.isPresent() && !known.get().contains(span.label())) {
                            throw new InputException("the label '" + span.label() + "' is not among those trained on ("
                                    + Classes.listed(
                                            known.get().stream().sorted().toList()) + ")");
                        }
                    }
                } catch (InputException e) {
                    bad.add(example, i, e.getMessage());
                }
            }
            bad.throwIfAny();
            return sets;
        }

        @Override
        public LabelKind kind() {
            return LabelKind.TOKENS;
        }

        /** {@inheritDoc} Here for every word: {@code O}, and {@code B} and {@code I} of each label. */
        @Override
        public int outputs() {
            return 1 + 2 * names.size();
        }

        @Override
        public String describe() {
            return names.size() == 1 ? "spans with one label" : "spans with " + names.size() + " labels";
        }

        /** {@inheritDoc} A row belongs to the rarest label of its spans, so that every part gets some of each. */
        @Override
        public Optional<int[]> strata(Dataset dataset) {
            List<SpanSet> sets = spans(dataset);
            boolean[][] rows = new boolean[sets.size()][names.size()];
            for (int row = 0; row < rows.length; row++) {
                for (Span span : sets.get(row).spans()) {
                    rows[row][names.indexOf(span.label())] = true;
                }
            }
            return Optional.of(Multi.strata(names.size(), rows));
        }

        @Override
        public Profile profile(Dataset dataset, boolean guessed) {
            return Profile.ofSpans(names, dataset, spans(dataset))
                    .with(Profile.contradictions(dataset).stream().toList());
        }

        /**
         * Returns the spans of each example.
         *
         * @throws InputException as {@link #check}
         */
        public List<SpanSet> spans(Dataset dataset) {
            return read(dataset, Optional.of(new HashSet<>(names)));
        }

        @Override
        public void check(Dataset dataset) {
            spans(dataset);
        }
    }

    /** A number on a scale: regression. */
    record Score() implements Labels {
        private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
        private static final Pattern COMMA = Pattern.compile("[+-]?\\d*,\\d+");
        private static final Pattern NOT_FINITE = Pattern.compile("(?i)[+-]?(nan|inf|infinity)");

        private static Score of(Dataset train) {
            Score score = new Score();
            double[] scores = score.scores(train);
            for (double other : scores) {
                if (other != scores[0]) {
                    return score;
                }
            }
            throw new InputException(train.name() + ": every row has the score " + scores[0]
                    + "; give rows of different scores, or another label column");
        }

        /** Rewrites a number with a decimal comma with a point; empty for any other label. */
        static Optional<String> commaToPoint(String label) {
            return Optional.of(label)
                    .filter(number -> COMMA.matcher(number).matches())
                    .map(number -> number.replace(',', '.'));
        }

        /** Returns whether a label is a number, finite or not. */
        static boolean number(String label) {
            return NUMBER.matcher(label).matches() || NOT_FINITE.matcher(label).matches();
        }

        private static boolean likely(List<String> labels) {
            long numbers = labels.stream().filter(Score::number).count();
            return 10 * numbers >= 9L * labels.size() && labels.stream().anyMatch(Score::fraction);
        }

        private static boolean fraction(String label) {
            return NUMBER.matcher(label).matches() && Double.parseDouble(label) % 1 != 0;
        }

        @Override
        public LabelKind kind() {
            return LabelKind.SCORE;
        }

        @Override
        public int outputs() {
            return 1;
        }

        @Override
        public String describe() {
            return "scores";
        }

        @Override
        public Profile profile(Dataset dataset, boolean guessed) {
            return Profile.ofScores(scores(dataset));
        }

        /**
         * Returns a label as a number.
         *
         * @throws InputException if it is not a number that is finite in single precision
         */
        public double score(String label) {
            return problem(label).isEmpty() ? Double.parseDouble(label) : refuse(label);
        }

        private static double refuse(String label) {
            throw new InputException(problem(label).orElseThrow() + "; give a decimal number");
        }

        /**
         * Returns the score of each example.
         *
         * @throws InputException as {@link #check}
         */
        public double[] scores(Dataset dataset) {
            BadRows bad = new BadRows(dataset.name());
            double[] scores = new double[dataset.size()];
            for (int i = 0; i < scores.length; i++) {
                Example example = dataset.get(i);
                Optional<String> problem = example.label().map(Score::problem).orElse(Optional.of("has no label"));
                if (problem.isPresent()) {
                    bad.add(example, i, problem.get());
                } else {
                    scores[i] = Double.parseDouble(example.label().orElseThrow());
                }
            }
            bad.throwIfAny();
            return scores;
        }

        private static Optional<String> problem(String label) {
            // Models compute in single precision, in which a larger number would become infinite.
            boolean finite = NUMBER.matcher(label).matches() && Float.isFinite(Float.parseFloat(label));
            String point =
                    commaToPoint(label).map(number -> " (write " + number + ")").orElse("");
            return finite ? Optional.empty() : Optional.of("the score '" + label + "' is not a finite number" + point);
        }

        @Override
        public void check(Dataset dataset) {
            scores(dataset);
        }
    }

    /**
     * How relevant a text is to a query: 0 if it is not, and the more, the larger the grade. Clicks are 0 and 1. The query
     * is the first text of an example, the text to rank is the second.
     *
     * @param largest the largest grade of the training rows
     */
    record Relevance(double largest) implements Labels {
        /** The gain of a text is 2^grade - 1, which says little beyond this. */
        private static final double MOST = 30;

        /** Checks the largest grade. */
        public Relevance {
            if (!(largest > 0 && largest <= MOST)) {
                throw new InputException(
                        "the largest grade is " + largest + "; give one above 0, and of at most " + (int) MOST);
            }
        }

        private static Relevance of(Dataset train) {
            double[] grades = new Relevance(1).grades(train);
            double largest = Arrays.stream(grades).max().orElseThrow();
            if (Arrays.stream(grades).allMatch(grade -> grade == largest)) {
                throw new InputException(train.name() + ": every row has the grade " + largest
                        + "; give rows of different grades, with 0 for texts that are not relevant");
            }
            return new Relevance(largest);
        }

        @Override
        public LabelKind kind() {
            return LabelKind.RELEVANCE;
        }

        @Override
        public int outputs() {
            return 1;
        }

        @Override
        public String describe() {
            return "the relevance of texts to a query";
        }

        @Override
        public Profile profile(Dataset dataset, boolean guessed) {
            return Queries.of(dataset).profile(grades(dataset));
        }

        /** {@inheritDoc} A query in both is one already, whatever its texts. */
        @Override
        public Optional<String> repeated(String part, Dataset rows, Dataset among) {
            Objects.requireNonNull(part, "part is null");
            return Queries.of(rows).repeated(part, among);
        }

        /**
         * Returns the grade of each example.
         *
         * @throws InputException as {@link #check}
         */
        public double[] grades(Dataset dataset) {
            BadRows bad = new BadRows(dataset.name());
            double[] grades = new double[dataset.size()];
            for (int i = 0; i < grades.length; i++) {
                Example example = dataset.get(i);
                Optional<String> problem = example.pair().isEmpty()
                        ? Optional.of("has one text; give a query and a text to rank")
                        : example.label().map(Relevance::problem).orElse(Optional.of("has no grade"));
                if (problem.isPresent()) {
                    bad.add(example, i, problem.get());
                } else {
                    grades[i] = Double.parseDouble(example.label().orElseThrow());
                }
            }
            bad.throwIfAny();
            return grades;
        }

        private static Optional<String> problem(String label) {
            if (Score.problem(label).isPresent()) {
                return Score.problem(label).map(said -> said.replaceFirst("the score", "the grade"));
            }
            double grade = Double.parseDouble(label);
            return grade < 0
                    ? Optional.of("the grade '" + label + "' is negative; give 0 for a text that is not relevant")
                    : grade > MOST
                            ? Optional.of("the grade '" + label + "' is above " + (int) MOST
                                    + "; give a scale such as 0 to 4, or 0 and 1 for clicks")
                            : Optional.empty();
        }

        @Override
        public void check(Dataset dataset) {
            grades(dataset);
        }
    }

    /**
     * A text to generate: a summary or a translation.
     *
     * @param translated whether it is a translation, which has other metrics than a summary
     */
    record Texts(boolean translated) implements Labels {
        @Override
        public LabelKind kind() {
            return translated ? LabelKind.TRANSLATION : LabelKind.SUMMARY;
        }

        @Override
        public int outputs() {
            return 0;
        }

        @Override
        public String describe() {
            return "texts";
        }

        @Override
        public Profile profile(Dataset dataset, boolean guessed) {
            return new Profile(dataset.size(), Map.of(), Optional.empty(), Optional.empty(), List.of());
        }

        /**
         * Returns the target text of each example.
         *
         * @throws InputException as {@link #check}
         */
        public List<String> texts(Dataset dataset) {
            BadRows bad = new BadRows(dataset.name());
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < dataset.size(); i++) {
                Example example = dataset.get(i);
                example.label().ifPresent(texts::add);
                if (example.label().isEmpty()) {
                    bad.add(example, i, "has no target text");
                }
            }
            bad.throwIfAny();
            return texts;
        }

        @Override
        public void check(Dataset dataset) {
            texts(dataset);
        }
    }
}
