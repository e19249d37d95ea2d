package org.unipelt.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.unipelt.InputException;

/** What a label column holds: classes, scores, or texts. Immutable. */
public sealed interface Labels {
    /** What they are; never {@link LabelKind#AUTO}. */
    LabelKind kind();

    /** The classes' names in the order of their indices; none if labels are no classes. */
    default List<String> names() {
        return List.of();
    }

    /** How many numbers a head gives for an example: the classes, 1 for a score, 0 for a text, which needs no head. */
    int outputs();

    /** What they are in a few words, e.g. {@code 3 classes}. */
    String describe();

    /**
     * The group of each example that parts of the data shall have their share of, by number; none if labels form no groups.
     *
     * @throws InputException as {@link #check}
     */
    default Optional<int[]> strata(Dataset dataset) {
        return Optional.empty();
    }

    /**
     * What is to be shown of labelled rows.
     *
     * @param guessed whether labels are what they look like, and nobody said what they are
     * @throws InputException as {@link #check}
     */
    Profile profile(Dataset dataset, boolean guessed);

    /**
     * Checks that every example has a label and that it is one of these.
     *
     * @throws InputException if not; names label, file and line, the first 20 at once
     */
    void check(Dataset dataset);

    /**
     * Finds out what the labels of training data are.
     *
     * <p>{@link LabelKind#AUTO} takes them as scores if nine tenths or more are numbers (NaN and infinities count as
     * such, and are then reported) and at least one of these has a fraction: {@code 0}, {@code 1}, {@code 2.0} are
     * classes, {@code 0}, {@code 1}, {@code 2.5} are scores. Class names are ordered as numbers if all are whole numbers,
     * and else as strings.
     *
     * @throws InputException if a label is missing; if a score is no finite number; if there is but one class or score;
     *     or if (AUTO only) nearly every row has a class of its own, which no one means
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
        boolean scores =
                switch (kind) {
                    case AUTO -> Score.likely(labels);
                    case CLASSES -> false;
                    case SCORE -> true;
                    case SUMMARY, TRANSLATION -> throw new IllegalStateException("texts are neither");
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

        /** So many classes are named in a message; the rest is an ellipsis. */
        private static final int LISTED = 12;

        /** Checks that there are two or more classes, each with a name of its own. */
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
                        "there is but one class (" + String.join(", ", names) + "); classification needs two or more");
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

        /** By value if all are whole numbers and no two the same number; else as strings. */
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
         * The index of a class.
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
         * The index of each example's class.
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

        /** A number with a decimal comma, written with a point; none if it is none. */
        static Optional<String> commaToPoint(String label) {
            return Optional.of(label)
                    .filter(number -> COMMA.matcher(number).matches())
                    .map(number -> number.replace(',', '.'));
        }

        /** Whether a label is written as a number, be it finite or not. */
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
         * A label as a number.
         *
         * @throws InputException if it is no number, or not a finite one in single precision
         */
        public double score(String label) {
            return problem(label).isEmpty() ? Double.parseDouble(label) : refuse(label);
        }

        private static double refuse(String label) {
            throw new InputException(problem(label).orElseThrow() + "; give a decimal number");
        }

        /**
         * The score of each example.
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
            // Models compute in single precision: a larger number would become infinite there.
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
     * A text of its own, such as a summary.
     *
     * @param translated whether it says the same in another language, which is judged differently
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
            return new Profile(dataset.size(), Map.of(), Optional.empty(), List.of());
        }

        /**
         * The text of each example.
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
