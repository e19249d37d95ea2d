package org.unipelt.experiment;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.unipelt.InputException;
import org.unipelt.method.Methods;
import org.unipelt.task.Metric;
import org.unipelt.training.AdamW;
import org.unipelt.training.TrainingConfig;

/** A setting of training as specs name it; the names are those of the options of {@code unipelt train}. */
public enum Setting {
    EPOCHS("epochs", Setting::whole, TrainingConfig.Builder::epochs),
    PATIENCE("patience", Setting::whole, TrainingConfig.Builder::patience),
    BATCH_SIZE("batch-size", Setting::whole, TrainingConfig.Builder::batchSize),
    MAX_LENGTH("max-length", Setting::whole, TrainingConfig.Builder::maxLength),
    LEARNING_RATE("learning-rate", Setting::number, TrainingConfig.Builder::learningRate),
    WARM_UP("warm-up", Setting::number, TrainingConfig.Builder::warmUp),
    WEIGHT_DECAY("weight-decay", Setting::number, TrainingConfig.Builder::weightDecay),
    CLIP("clip", Setting::number, TrainingConfig.Builder::clip),
    DROPOUT("dropout", Setting::number, TrainingConfig.Builder::dropout),
    METRIC("metric", Metric::named, TrainingConfig.Builder::metric),
    ADAMW("adamw", choice(AdamW.Variant.class), TrainingConfig.Builder::adamw),
    PADDING("padding", choice(TrainingConfig.Padding.class), TrainingConfig.Builder::padding),
    HEAD("head", choice(TrainingConfig.Head.class), TrainingConfig.Builder::head),
    HEAD_START("head-start", choice(TrainingConfig.HeadStart.class), TrainingConfig.Builder::headStart),
    KEEP("keep", choice(TrainingConfig.Keep.class), TrainingConfig.Builder::keep);

    private final String text;
    private final BiConsumer<TrainingConfig.Builder, String> apply;

    <T> Setting(String text, Function<String, T> read, BiConsumer<TrainingConfig.Builder, T> set) {
        this.text = text;
        this.apply = (builder, value) -> set.accept(builder, read.apply(value));
    }

    /** Every name. */
    public static List<String> names() {
        return Arrays.stream(values()).map(Setting::text).toList();
    }

    /**
     * The setting of a name.
     *
     * @throws InputException if there is none; suggests the nearest
     */
    public static Setting named(String name) {
        return Arrays.stream(values())
                .filter(setting -> setting.text.equals(name))
                .findFirst()
                .orElseThrow(() -> InputException.unknown("setting", name, names()));
    }

    /** Its name in specs, e.g. {@code batch-size}. */
    public String text() {
        return text;
    }

    /**
     * Sets it.
     *
     * @throws InputException if the value cannot be read
     */
    public void apply(TrainingConfig.Builder builder, String value) {
        apply.accept(builder, value);
    }

    /**
     * Checks a value by itself.
     *
     * @throws InputException if it cannot be read or is out of bounds
     */
    public void check(String value) {
        TrainingConfig.Builder builder = TrainingConfig.builder(Methods.parse("head"), Metric.ACCURACY);
        apply(builder, value);
        builder.build();
    }

    private static Integer whole(String value) {
        try {
            return Integer.valueOf(value);
        } catch (NumberFormatException e) {
            throw new InputException("must be a whole number, got '" + value + "'", e);
        }
    }

    private static Double number(String value) {
        try {
            return Double.valueOf(value);
        } catch (NumberFormatException e) {
            throw new InputException("must be a number, got '" + value + "'", e);
        }
    }

    private static <E extends Enum<E>> Function<String, E> choice(Class<E> type) {
        List<E> constants = List.of(type.getEnumConstants());
        return value -> constants.stream()
                .filter(constant -> constant.name().toLowerCase(Locale.ROOT).equals(value))
                .findFirst()
                .orElseThrow(() -> InputException.unknown(
                        "value",
                        value,
                        constants.stream()
                                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                                .toList()));
    }
}
