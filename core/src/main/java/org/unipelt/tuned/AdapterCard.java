package org.unipelt.tuned;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.Labels;
import org.unipelt.hub.Reading;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.WritingConfig;

/**
 * What {@code adapter.json} holds: all that is to be known of a tuned model besides its numbers, so that it can be loaded,
 * judged, and trained again.
 *
 * @param format {@value #FORMAT}; readers of other formats are found by it
 * @param method the method's text, as it was trained
 * @param base the base model it stands on
 * @param pooling which vector of a text the head reads; none for a model that writes, which has no head
 * @param head the head's form; none for a model that writes
 * @param pairs whether it was trained on pairs of texts
 * @param classes the classes' names in the order of the head's outputs; none for a score or a text
 * @param writing how it writes, if that is what it does
 * @param training every setting of the training
 * @param data what it was trained on
 * @param metrics by part of the data ({@code dev}, {@code test}), then by name
 * @param versions of the programs that trained it, and {@code precision}, that of their products
 * @param checksum CRC32C of {@code adapter.safetensors}, in hexadecimal
 */
@JsonPropertyOrder({"format", "method", "base"})
public record AdapterCard(
        String format,
        String method,
        Base base,
        Optional<Pooling> pooling,
        Optional<Head> head,
        boolean pairs,
        Optional<List<String>> classes,
        Optional<WritingConfig> writing,
        TrainingConfig training,
        Data data,
        Map<String, Map<String, Double>> metrics,
        Map<String, String> versions,
        String checksum) {
    /** Checks that what belongs together is there. */
    public AdapterCard {
        if (writing.isPresent() && (head.isPresent() || pooling.isPresent() || classes.isPresent())) {
            throw new InputException("a model that writes has no head, no pooling and no classes");
        }
        if (writing.isEmpty() && (head.isEmpty() || pooling.isEmpty())) {
            throw new InputException((head.isEmpty() ? "head" : "pooling") + " is missing");
        }
    }

    /** The only format there is yet. */
    public static final String FORMAT = "unipelt-adapter-1";

    /**
     * A base model.
     *
     * @param name as it was given, a name or a folder
     * @param fingerprint of its weights
     * @param reading what else answers depend on; none in a file of an earlier version
     */
    public record Base(
            String name,
            String fingerprint,
            @JacksonInject("reading") Optional<Reading> reading) {}

    /**
     * What a model was trained on.
     *
     * @param spec where it came from; none if the program that trained had it from elsewhere
     * @param split how it was split, in words
     * @param parts by name: train, dev and test
     */
    public record Data(Optional<DataSpec> spec, String split, Map<String, Part> parts) {}

    /** The size of a part of the data and a fingerprint of its examples. */
    public record Part(int examples, String fingerprint) {
        /** Checks the size. */
        public Part {
            if (examples < 0) {
                throw new InputException("examples must be 0 or more, got " + examples);
            }
        }
    }

    /**
     * Reads what is known of a saved model, without its numbers and without its base.
     *
     * @throws InputException if the folder holds no tuned model, or one in a format that is not known
     */
    public static AdapterCard read(Path folder) {
        return AdapterDirectory.card(folder);
    }

    /** What could not be checked of the base model that is given, in a sentence; nothing if all was. */
    public Optional<String> unchecked() {
        return base.reading().isPresent()
                ? Optional.empty()
                : Optional.of(
                        "was tuned by an earlier version, which kept the fingerprint of the base model's weights alone;"
                                + " whether its config.json and its tokenizer are the same cannot be checked");
    }

    /** What the model predicts. */
    public Labels labels() {
        return classes.<Labels>map(Labels.Classes::new)
                .or(() -> writing.map(WritingConfig::labels))
                .orElseGet(Labels.Score::new);
    }

    /**
     * Checks that rows of a file are pairs or single texts as the model was trained on.
     *
     * @throws InputException if not; names the file
     */
    public void requireFits(Dataset rows) {
        try {
            requireFits(rows.examples());
        } catch (InputException e) {
            throw new InputException(rows.name() + ": " + e.getMessage() + "; check the file and its columns", e);
        }
    }

    void requireFits(List<Example> examples) {
        if (examples.stream().anyMatch(example -> example.pair().isPresent() != pairs)) {
            throw new InputException(
                    pairs
                            ? "this model was trained on pairs of texts, and one comes without its second"
                            : "this model was trained on single texts, and one comes with a second");
        }
    }

    AdapterCard withMetrics(Map<String, Map<String, Double>> all) {
        return new AdapterCard(
                format, method, base, pooling, head, pairs, classes, writing, training, data, all, versions, checksum);
    }

    AdapterCard withChecksum(String sum) {
        return new AdapterCard(
                format, method, base, pooling, head, pairs, classes, writing, training, data, metrics, versions, sum);
    }
}
