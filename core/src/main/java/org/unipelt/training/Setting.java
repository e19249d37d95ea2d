package org.unipelt.training;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.data.ClassWeights;
import org.unipelt.metric.Metric;
import org.unipelt.text.Tokenizer;

/**
 * A setting of training: its name, values, default and help. {@link #ALL} is the one table of settings: {@link
 * TrainingConfig.Builder}, the options of {@code unipelt train}, the fields of its configuration file and of specs, and the
 * README's table follow from it.
 *
 * @param <T> the type of its values
 */
public final class Setting<T> {
    /** Passes over the training rows. */
    public static final Setting<Integer> EPOCHS = new Setting<>(
            "epochs", whole(1), 50, "by the recipe and the number of rows", "Passes over the training rows at most.");

    /** Evaluations without a gain. */
    public static final Setting<Integer> PATIENCE =
            new Setting<>("patience", whole(1), 10, "Stops after so many epochs without a gain.");

    /** Examples per step. */
    public static final Setting<Integer> BATCH_SIZE = new Setting<>("batch-size", whole(1), 16, "Rows per step.");

    /** Tokens per text. */
    public static final Setting<Integer> MAX_LENGTH =
            new Setting<>("max-length", whole(Tokenizer.MIN_LENGTH), 128, "Tokens per text; the rest is cut.");

    /** Of AdamW, at the start. */
    public static final Setting<Double> LEARNING_RATE = new Setting<>(
            "learning-rate",
            number(Double.MIN_NORMAL, 1, "above 0 and at most 1"),
            null,
            "by recipe, method and base model; 'train' shows it",
            "At the start; falls to 0.");

    /** Share of steps in which the learning rate rises. */
    public static final Setting<Double> WARM_UP = new Setting<>(
            "warm-up",
            number(0, Math.nextDown(1.0), "at least 0 and below 1"),
            0.0,
            "Share of all steps in which the rate rises from 0.");

    /** Of AdamW. */
    public static final Setting<Double> WEIGHT_DECAY =
            new Setting<>("weight-decay", number(0, 1, "from 0 to 1"), 0.0, "Of AdamW.");

    /** Largest norm of the gradient. */
    public static final Setting<Double> CLIP = new Setting<>(
            "clip", number(Double.MIN_NORMAL, Double.MAX_VALUE, "above 0"), 1.0, "Largest norm of the gradient.");

    /** Share of hidden states that is dropped. */
    public static final Setting<Double> DROPOUT =
            new Setting<>("dropout", number(0, 0.99, "from 0 to 0.99"), 0.1, "Also in the frozen layers.");

    /** Of initial values, order and dropout. */
    public static final Setting<Long> SEED = new Setting<>(
            "seed",
            new Values<>(Long.class, "S", text -> whole(text, Long::valueOf), value -> true, "any whole number"),
            42L,
            "Of first values, order and dropout; the same seed gives the same bytes.");

    /** Chooses the state that is kept. */
    public static final Setting<Metric> METRIC = new Setting<>(
            "metric",
            new Values<>(Metric.class, "NAME", Metric::named, value -> true, "one that fits the labels"),
            null,
            "by task and labels",
            "Stops training and chooses the state that is kept: accuracy, f1, macro-f1, matthews, pearson, spearman;"
                    + " rouge-1, -2, -l, -lsum or bleu.");

    /** Which AdamW. */
    public static final Setting<AdamW.Formula> ADAMW =
            new Setting<>("adamw", choice(AdamW.Formula.class), AdamW.Formula.TORCH, "Which AdamW.");

    /** To what length batches are padded. */
    public static final Setting<TrainingConfig.Padding> PADDING = new Setting<>(
            "padding",
            choice(TrainingConfig.Padding.class),
            TrainingConfig.Padding.LONGEST,
            "Pads to the batch's longest text, or to the maximum as the authors' program does.");

    /** How much of the head is trained. */
    public static final Setting<TrainingConfig.TrainedHead> HEAD = new Setting<>(
            "head",
            choice(TrainingConfig.TrainedHead.class),
            TrainingConfig.TrainedHead.TRAINED,
            "Trains the head with every method, or as little as the authors' program does.");

    /** Where the head begins. */
    public static final Setting<TrainingConfig.HeadStart> HEAD_START = new Setting<>(
            "head-start",
            choice(TrainingConfig.HeadStart.class),
            TrainingConfig.HeadStart.RANDOM,
            "by the recipe; best begins with auto",
            "Where the head begins: at random values, as in the papers; at a linear probe of the frozen model; or at the"
                    + " probe if it explains at least a tenth of the loss.");

    /** Which state is kept in the end. */
    public static final Setting<TrainingConfig.Keep> KEEP = new Setting<>(
            "keep",
            choice(TrainingConfig.Keep.class),
            TrainingConfig.Keep.BEST,
            "by the recipe; best keeps the last",
            "Keeps the state with the best metric on the development rows, for which a tenth is set aside without --dev; or"
                    + " the last one, and without --dev trains on all rows.");

    /** How much each class counts in the loss. */
    public static final Setting<ClassWeights> CLASS_WEIGHTS = new Setting<>(
            "class-weights",
            new Values<>(
                    ClassWeights.class, "balanced|FILE", ClassWeights::of, value -> true, "none, balanced or a table"),
            ClassWeights.NONE,
            "none",
            "Weights of the classes in the loss: balanced gives rare ones more, by 1 / rows; or a table with the columns"
                    + " label and weight.");

    /** The table, in the order in which the help shows it. */
    public static final List<Setting<?>> ALL = List.of(
            EPOCHS,
            PATIENCE,
            BATCH_SIZE,
            MAX_LENGTH,
            LEARNING_RATE,
            WARM_UP,
            WEIGHT_DECAY,
            CLIP,
            DROPOUT,
            SEED,
            METRIC,
            ADAMW,
            PADDING,
            HEAD,
            HEAD_START,
            KEEP,
            CLASS_WEIGHTS);

    private final String name;
    private final Values<T> values;
    private final T usual;
    private final String usually;
    private final String help;

    /** Which values a setting can have, how they are read, and what the help calls them. */
    private record Values<T>(
            Class<T> type, String label, Function<String, T> read, Predicate<T> allowed, String bounds) {}

    private Setting(String name, Values<T> values, T usual, String help) {
        this(name, values, usual, plain(usual), help);
    }

    private Setting(String name, Values<T> values, T usual, String usually, String help) {
        this.name = name;
        this.values = values;
        this.usual = usual;
        this.usually = usually;
        this.help = help;
    }

    /**
     * A value as somebody gave it.
     *
     * @param text as it was written
     */
    public record Given<T>(Setting<T> setting, T value, String text) {
        /** Sets it. */
        public void into(TrainingConfig.Builder builder) {
            builder.set(setting, value);
        }
    }

    /** Every name. */
    public static List<String> names() {
        return ALL.stream().map(Setting::name).toList();
    }

    /**
     * The setting of a name.
     *
     * @throws InputException if there is none; suggests the nearest
     */
    public static Setting<?> named(String name) {
        return ALL.stream()
                .filter(setting -> setting.name.equals(name))
                .findFirst()
                .orElseThrow(() -> InputException.unknown("setting", name, names()));
    }

    /** Its name, e.g. {@code batch-size}. */
    public String name() {
        return name;
    }

    /** What the help calls its value, e.g. {@code N} or {@code longest|max}. */
    public String label() {
        return values.label();
    }

    /** Which values are allowed, in words, e.g. {@code at least 1}. */
    public String bounds() {
        return values.bounds();
    }

    /** The paper's value; none if method or data decide. */
    public Optional<T> usual() {
        return Optional.ofNullable(usual);
    }

    /** Its default in words. */
    public String usually() {
        return usually;
    }

    /** What it is for. */
    public String help() {
        return help;
    }

    /**
     * Reads a value and checks its bounds.
     *
     * @throws InputException if it cannot be read or is out of bounds; the message does not name the setting
     */
    public Given<T> given(String text) {
        T value = values.read().apply(text.strip());
        if (!values.allowed().test(value)) {
            throw InputException.about(name, outOfBounds(value));
        }
        return new Given<>(this, value, text);
    }

    /**
     * Checks a value's bounds.
     *
     * @throws InputException if it is out of bounds, with the setting's name as its field
     */
    void check(T value) {
        if (!values.allowed().test(value)) {
            throw InputException.about(name, name.replace('-', ' ') + " " + outOfBounds(value));
        }
    }

    /** The value as its type. */
    T cast(Object value) {
        return values.type().cast(value);
    }

    private String outOfBounds(T value) {
        return "must be " + values.bounds() + ", got " + value;
    }

    private static Values<Integer> whole(int least) {
        return new Values<>(
                Integer.class,
                "N",
                text -> whole(text, Integer::valueOf),
                value -> value >= least,
                "at least " + least);
    }

    private static <T> T whole(String text, Function<String, T> read) {
        try {
            return read.apply(text);
        } catch (NumberFormatException e) {
            throw new InputException("must be a whole number, got '" + text + "'", e);
        }
    }

    private static Values<Double> number(double least, double most, String bounds) {
        return new Values<>(
                Double.class,
                "X",
                text -> {
                    try {
                        return Double.valueOf(text);
                    } catch (NumberFormatException e) {
                        throw new InputException("must be a number, got '" + text + "'", e);
                    }
                },
                value -> value >= least && value <= most,
                bounds);
    }

    private static <E extends Enum<E>> Values<E> choice(Class<E> type) {
        String words = String.join("|", Words.all(type));
        return new Values<>(type, words, text -> Words.constant(type, "value", text), value -> true, words);
    }

    /** A default as the help shows it. */
    private static String plain(Object value) {
        return value instanceof Enum<?> constant
                ? Words.of(constant)
                : value.toString().replaceFirst("\\.0$", "");
    }
}
