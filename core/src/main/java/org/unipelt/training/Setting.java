package org.unipelt.training;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.LabelKind;
import org.unipelt.metric.Metric;
import org.unipelt.task.Seq2Seq;
import org.unipelt.text.Tokenizer;

/**
 * A setting of training or generation: its name, values, default and help. {@link #ALL} and {@link #GENERATION} are the
 * only tables of settings: {@link TrainingConfig.Builder}, the options of {@code unipelt train}, the fields of its
 * configuration file and of specs, and the tables of docs/reference/settings.md follow from them.
 *
 * <p>Immutable, so any number of threads may share it.
 *
 * @param <T> the type of its values
 */
public final class Setting<T> {
    private static final Seq2Seq USUAL = Seq2Seq.usual(LabelKind.SUMMARY);

    /** Passes over the training rows. */
    public static final Setting<Integer> EPOCHS = new Setting<>(
            "epochs", whole(1), 50, "by the recipe and the number of rows", "Passes over the training rows at most.");

    /** Epochs without improvement before training stops. */
    public static final Setting<Integer> PATIENCE =
            new Setting<>("patience", whole(1), 10, "Stops after this many epochs without improvement.");

    /** Examples per step. */
    public static final Setting<Integer> BATCH_SIZE =
            new Setting<>("batch-size", whole(1), 16, "Rows per step; to rank, queries.");

    /** Tokens per text. */
    public static final Setting<Integer> MAX_LENGTH =
            new Setting<>("max-length", whole(Tokenizer.MIN_LENGTH), 128, "Tokens per text; the rest is cut.");

    /** The learning rate at the start. */
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

    /** Weight decay of AdamW. */
    public static final Setting<Double> WEIGHT_DECAY =
            new Setting<>("weight-decay", number(0, 1, "from 0 to 1"), 0.0, "Of AdamW.");

    /** Largest norm of the gradient. */
    public static final Setting<Double> CLIP = new Setting<>(
            "clip", number(Double.MIN_NORMAL, Double.MAX_VALUE, "above 0"), 1.0, "Largest norm of the gradient.");

    /** Share of hidden states to drop. */
    public static final Setting<Double> DROPOUT = new Setting<>(
            "dropout",
            number(0, 0.99, "from 0 to 0.99"),
            0.1,
            "Also in frozen layers, from the first that the method changes.");

    /** Seed of initial values, row order and dropout. */
    public static final Setting<Long> SEED = new Setting<>(
            "seed",
            new Values<>(Long.class, "S", text -> whole(text, Long::valueOf), value -> true, "any whole number"),
            42L,
            "Of initial values, order and dropout; the same seed gives the same bytes.");

    /** The metric that chooses the state to keep. */
    public static final Setting<Metric> METRIC = new Setting<>(
            "metric",
            new Values<>(Metric.class, "NAME", Metric::named, value -> true, "one that fits the labels"),
            null,
            "by task and labels",
            "Stops training and chooses the state that is kept: accuracy, f1, macro-f1, matthews; with several labels a row"
                    + " micro-f1, macro-f1, samples-f1, average-precision, exact-match; with names found in texts"
                    + " entity-f1, entity-precision, entity-recall, entity-macro-f1; with queries ndcg-10, mrr, map; pearson, spearman; rouge-1, -2, -l,"
                    + " -lsum or bleu.");

    /** The variant of AdamW. */
    public static final Setting<AdamW.Formula> ADAMW =
            new Setting<>("adamw", choice(AdamW.Formula.class), AdamW.Formula.TORCH, "Which AdamW.");

    /** The length that batches are padded to. */
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

    /** How the head is initialised. */
    public static final Setting<TrainingConfig.HeadStart> HEAD_START = new Setting<>(
            "head-start",
            choice(TrainingConfig.HeadStart.class),
            TrainingConfig.HeadStart.RANDOM,
            "by the recipe; best begins with auto",
            "Initial head: random, as in the papers; a linear probe of the frozen model; or the probe if it explains at"
                    + " least a tenth of the loss.");

    /** Which state to keep. */
    public static final Setting<TrainingConfig.Keep> KEEP = new Setting<>(
            "keep",
            choice(TrainingConfig.Keep.class),
            TrainingConfig.Keep.BEST,
            "last with --recipe best, best with --recipe paper",
            "State to keep: the one with the best metric on the development rows, or the last. Without --dev, best sets"
                    + " aside a tenth of the training rows; last trains on all of them.");

    /** Tokens of a target. */
    public static final Setting<Integer> TARGET_LENGTH = new Setting<>(
            "target-length", whole(2), USUAL.targetLength(), "Tokens of a target to learn from; the rest is cut.");

    /** How much of the right class's probability the loss spreads over all classes; of a token's, over the vocabulary. */
    public static final Setting<Double> LABEL_SMOOTHING = new Setting<>(
            "label-smoothing",
            number(0, Math.nextDown(1.0), "at least 0 and below 1"),
            0.0,
            "0, and " + USUAL.labelSmoothing() + " for models that generate text",
            "Share of the right class's probability that the loss spreads over all classes; of a token's, over all"
                    + " tokens.");

    /** The token of the language to generate. */
    public static final Setting<String> TARGET_LANGUAGE = new Setting<>(
            "target-language",
            new Values<>(String.class, "TOKEN", text -> text, value -> true, "a token of the model"),
            null,
            "none",
            "Language to generate, for mBART, e.g. ro_RO.");

    /** Hypotheses that the search follows. */
    public static final Setting<Integer> BEAMS = new Setting<>(
            "beams",
            whole(1, 256, "from 1 to 256"),
            USUAL.generation().beams(),
            "Hypotheses that beam search follows; 1 is greedy search.");

    /** Most tokens of a generated text. */
    public static final Setting<Integer> GENERATION_MAX_LENGTH = new Setting<>(
            "generation-max-length",
            whole(2),
            USUAL.generation().maxLength(),
            "Most tokens of a generated text, with the two that start and end it.");

    /** Fewest tokens of a generated text. */
    public static final Setting<Integer> GENERATION_MIN_LENGTH = new Setting<>(
            "generation-min-length",
            whole(0),
            USUAL.generation().minLength(),
            "Fewest tokens of a generated text, counted the same way.");

    /** Exponent of the length by which scores are divided. */
    public static final Setting<Double> LENGTH_PENALTY = new Setting<>(
            "length-penalty",
            number(-Double.MAX_VALUE, Double.MAX_VALUE, "a finite number"),
            USUAL.generation().lengthPenalty(),
            "With beams: above 0 favours long texts.");

    /** Whether the search ends early. */
    public static final Setting<Boolean> EARLY_STOPPING = new Setting<>(
            "early-stopping",
            new Values<>(Boolean.class, "true|false", Setting::truth, value -> true, "true|false"),
            USUAL.generation().earlyStopping(),
            "With beams: ends the search when as many texts are complete as there are beams.");

    /** Tokens of a sequence that may occur once only. */
    public static final Setting<Integer> NO_REPEAT_NGRAM = new Setting<>(
            "no-repeat-ngram",
            whole(0),
            USUAL.generation().noRepeatNgram(),
            "Generates no sequence of this many tokens twice; 0 allows all.");

    /** Settings of models that generate text, in the order of the help. */
    public static final List<Setting<?>> GENERATION = List.of(
            TARGET_LENGTH,
            TARGET_LANGUAGE,
            BEAMS,
            GENERATION_MAX_LENGTH,
            GENERATION_MIN_LENGTH,
            LENGTH_PENALTY,
            EARLY_STOPPING,
            NO_REPEAT_NGRAM);

    /** How much each class counts in the loss. */
    public static final Setting<ClassWeights> CLASS_WEIGHTS = new Setting<>(
            "class-weights",
            new Values<>(
                    ClassWeights.class, "balanced|FILE", ClassWeights::of, value -> true, "none, balanced or a table"),
            ClassWeights.NONE,
            "none",
            "Weights of the classes in the loss: balanced gives rare ones more, by 1 / rows; or a table with the columns"
                    + " label and weight.");

    /** Settings of every training, in the order of the help. */
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
            CLASS_WEIGHTS,
            LABEL_SMOOTHING);

    private final String name;
    private final Values<T> values;
    private final @Nullable T usual;
    private final String usually;
    private final String help;

    /** The values of a setting: type, name in the help, parser, bounds. */
    private record Values<T>(
            Class<T> type, String label, Function<String, T> read, Predicate<T> allowed, String bounds) {}

    private Setting(String name, Values<T> values, T usual, String help) {
        this(name, values, usual, plain(usual), help);
    }

    private Setting(String name, Values<T> values, @Nullable T usual, String usually, String help) {
        this.name = name;
        this.values = values;
        this.usual = usual;
        this.usually = usually;
        this.help = help;
    }

    /**
     * A value that the user gave.
     *
     * @param text the value as the user wrote it
     */
    public record Given<T>(Setting<T> setting, T value, String text) {
        /** Sets the value. */
        public void into(TrainingConfig.Builder builder) {
            builder.set(setting, value);
        }
    }

    /** All names. */
    public static List<String> names() {
        return ALL.stream().map(Setting::name).toList();
    }

    /**
     * The setting by name.
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

    /** The value's name in the help, e.g. {@code N} or {@code longest|max}. */
    public String label() {
        return values.label();
    }

    /** The allowed values in words, e.g. {@code at least 1}. */
    public String bounds() {
        return values.bounds();
    }

    /** The paper's value; none if it depends on method or data. */
    public Optional<T> usual() {
        return Optional.ofNullable(usual);
    }

    /** The default in words. */
    public String usually() {
        return usually;
    }

    /** The help. */
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

    /** Casts a value to the setting's type. */
    T cast(Object value) {
        return values.type().cast(value);
    }

    private String outOfBounds(T value) {
        return "must be " + values.bounds() + ", got " + value;
    }

    private static Values<Integer> whole(int least) {
        return whole(least, Integer.MAX_VALUE, "at least " + least);
    }

    private static Values<Integer> whole(int least, int most, String bounds) {
        return new Values<>(
                Integer.class,
                "N",
                text -> whole(text, Integer::valueOf),
                value -> value >= least && value <= most,
                bounds);
    }

    private static boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new InputException("must be true or false, got '" + text + "'");
        };
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
