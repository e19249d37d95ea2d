package org.unipelt.tuned;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.OptBoolean;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.unipelt.InputException;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;
import org.unipelt.files.WholeFile;
import org.unipelt.format.JsonFiles;
import org.unipelt.hub.Reading;
import org.unipelt.method.Method;
import org.unipelt.task.Classification;
import org.unipelt.task.Inference;
import org.unipelt.task.MultiLabel;
import org.unipelt.task.Ranking;
import org.unipelt.task.Regression;
import org.unipelt.task.Seq2Seq;
import org.unipelt.task.Task;
import org.unipelt.task.TokenClassification;
import org.unipelt.training.TrainingConfig;

/** Reads every version of {@code adapter.json} and writes the newest. */
final class AdapterFile {
    private static final String VERSION_1 = "unipelt-adapter-1";
    private static final String VERSION_2 = "unipelt-adapter-2";
    private static final String KIND = "kind";

    /** The values of {@value #KIND} and their tasks. A new kind of task is one line here. */
    private static final Map<String, Class<? extends Task>> KINDS = Map.of(
            "classification", Classification.class,
            "multi-label", MultiLabel.class,
            "ranking", Ranking.class,
            "regression", Regression.class,
            "seq2seq", Seq2Seq.class,
            "token-classification", TokenClassification.class);

    private AdapterFile() {}

    /** The base model, in either version. */
    private record Base(
            String name,
            String fingerprint,

            @JacksonInject(value = "reading", useInput = OptBoolean.TRUE)
            Optional<Reading> reading) {
        AdapterCard.Base card() {
            return new AdapterCard.Base(name, fingerprint, reading);
        }
    }

    @JsonPropertyOrder({"format", "method", "base", "task", "inference"})
    private record Version2(
            String format,
            Method method,
            Base base,
            ObjectNode task,
            Inference inference,
            Optional<AdapterCard.Provenance> provenance,
            String checksum) {
        AdapterCard card(Task parsed) {
            return new AdapterCard(method, parsed, inference, base.card(), provenance, checksum);
        }
    }

    /** The first version; the task follows from the keys that are not null. */
    private record Version1(
            String format,
            Method method,
            Base base,
            Optional<Pooling> pooling,
            Optional<Head> head,
            boolean pairs,
            Optional<List<String>> classes,
            Optional<Seq2Seq> writing,
            TrainingConfig training,
            AdapterCard.Data data,
            Map<String, Map<String, Double>> metrics,
            Map<String, String> versions,
            String checksum) {
        AdapterCard card() {
            if (writing.isPresent() && classes.isPresent()) {
                throw new InputException("a model that generates text has no classes");
            }
            Task task = classes.<Task>map(Classification::new).or(() -> writing).orElseGet(Regression::new);
            return new AdapterCard(
                    method,
                    task,
                    new Inference(training.maxLength(), training.paddedLength(), pooling, head, pairs),
                    base.card(),
                    Optional.of(new AdapterCard.Provenance(training, data, metrics, versions)),
                    checksum);
        }
    }

    /**
     * Reads a file of any version.
     *
     * @throws InputException if it is damaged, or its version is unknown
     */
    static AdapterCard read(Path file) {
        ObjectNode content = JsonFiles.read(file, WholeFile.SETTINGS);
        String format = content.path("format").asText();
        return switch (format) {
            case VERSION_1 -> checked(file, JsonFiles.value(file, content, Version1.class)::card);
            case VERSION_2 -> {
                Version2 read = JsonFiles.value(file, content, Version2.class);
                String kind = read.task().path(KIND).asText();
                Class<? extends Task> type = checked(file, () -> type(kind));
                Task task = JsonFiles.value(file, read.task().without(List.of(KIND)), type);
                yield checked(file, () -> read.card(task));
            }
            default ->
                throw new InputException(file + ": unknown format '" + format + "'; this version reads '" + VERSION_1
                        + "' and '" + VERSION_2 + "'");
        };
    }

    private static Class<? extends Task> type(String kind) {
        if (!KINDS.containsKey(kind)) {
            throw InputException.unknown("kind of task", kind, KINDS.keySet());
        }
        return KINDS.get(kind);
    }

    /** Returns the result; adds the file to the message of a mistake. */
    private static <T> T checked(Path file, Supplier<T> values) {
        try {
            return values.get();
        } catch (InputException e) {
            throw new InputException(file + ": " + e.getMessage(), e);
        }
    }

    /** Writes the newest version. */
    static void write(Path file, AdapterCard card) {
        String kind = KINDS.entrySet().stream()
                .filter(entry -> entry.getValue() == card.task().getClass())
                .findFirst()
                .orElseThrow()
                .getKey();
        ObjectNode task = JsonFiles.tree(Map.of(KIND, kind));
        task.setAll(JsonFiles.tree(card.task()));
        AdapterCard.Base base = card.base();
        JsonFiles.write(
                file,
                new Version2(
                        VERSION_2,
                        card.method(),
                        new Base(base.name(), base.fingerprint(), base.reading()),
                        task,
                        card.inference(),
                        card.provenance(),
                        card.checksum()));
    }
}
