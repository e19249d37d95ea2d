package org.unipelt.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.unipelt.Words;
import org.unipelt.backbone.Pooling;
import org.unipelt.format.JsonFiles;
import org.unipelt.method.Method;
import org.unipelt.task.Seq2Seq;
import org.unipelt.training.Setting;
import org.unipelt.training.TrainingConfig;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.DataSpec;

/**
 * The settings of a training as names and texts, to show and to compare them: those of the options of {@code unipelt train}.
 * A file is a path, and no row of it appears.
 */
public final class RunSettings {
    private static final String GENERATION = "generation-";
    private static final Pattern HUMP = Pattern.compile("([a-z])([A-Z])");
    private static final Pattern DASH = Pattern.compile("-([a-z])");

    private RunSettings() {}

    /** Returns the settings of a training that is to begin or continue. */
    public static Map<String, String> of(RunSpec spec) {
        Objects.requireNonNull(spec, "spec is null");
        Map<String, String> settings = new LinkedHashMap<>();
        whole(settings, spec.model(), spec.method(), spec.pooling());
        settings.put("precision", spec.precision().text());
        spec.data().ifPresent(data -> data(settings, data));
        training(settings, spec.training());
        spec.writing().ifPresent(writing -> generation(settings, writing));
        return settings;
    }

    /** Returns the settings of a finished training; of another program's model, those that are known. */
    public static Map<String, String> of(AdapterCard card) {
        Objects.requireNonNull(card, "card is null");
        Map<String, String> settings = new LinkedHashMap<>();
        whole(settings, card.base().name(), card.method(), card.inference().pooling());
        card.provenance().ifPresent(how -> {
            Optional.ofNullable(how.versions().get("precision"))
                    .ifPresent(precision -> settings.put("precision", precision));
            how.data().spec().ifPresent(data -> data(settings, data));
            training(settings, how.training());
        });
        if (card.task() instanceof Seq2Seq writing) {
            generation(settings, writing);
        }
        return settings;
    }

    private static void whole(Map<String, String> settings, String model, Method method, Optional<Pooling> pooling) {
        settings.put("model", model);
        settings.put("method", method.toString());
        pooling.ifPresent(one -> settings.put("pooling", Words.of(one)));
    }

    private static void data(Map<String, String> settings, DataSpec data) {
        leaves(settings, JsonFiles.tree(data));
    }

    /** Adds what a record holds, down to its records' values, by the names of the options. */
    private static void leaves(Map<String, String> settings, ObjectNode node) {
        node.properties().forEach(field -> {
            if (field.getValue() instanceof ObjectNode inner) {
                leaves(settings, inner);
            } else if (!field.getValue().isNull()) {
                settings.put(
                        HUMP.matcher(field.getKey()).replaceAll("$1-$2").toLowerCase(Locale.ROOT),
                        text(field.getValue()));
            }
        });
    }

    private static void training(Map<String, String> settings, TrainingConfig config) {
        ObjectNode values = JsonFiles.tree(config);
        for (Setting<?> setting : Setting.ALL) {
            JsonNode value = values.get(key(setting.name()));
            settings.put(setting.name(), value == null ? usual(setting) : text(value));
        }
    }

    /** A file leaves out some values, but only usual ones. */
    private static String usual(Setting<?> setting) {
        return setting.usual()
                .filter(Enum.class::isInstance)
                .map(value -> Words.of((Enum<?>) value))
                .orElseGet(setting::usually);
    }

    private static void generation(Map<String, String> settings, Seq2Seq writing) {
        ObjectNode values = JsonFiles.tree(writing);
        for (Setting<?> setting : Setting.GENERATION) {
            JsonNode value = values.path(key(setting.name()));
            if (value.isMissingNode()) {
                value = values.path("generation").path(key(setting.name().replaceFirst(GENERATION, "")));
            }
            if (!value.isMissingNode() && !value.isNull()) {
                settings.put(setting.name(), text(value));
            }
        }
    }

    /** The key in a file of an option's name: learningRate of learning-rate. */
    private static String key(String name) {
        return DASH.matcher(name).replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
    }

    private static String text(JsonNode value) {
        return value.isValueNode() ? value.asText() : value.toString();
    }
}
