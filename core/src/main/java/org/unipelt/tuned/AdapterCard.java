package org.unipelt.tuned;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.Labels;
import org.unipelt.hub.Reading;
import org.unipelt.method.Method;
import org.unipelt.task.Inference;
import org.unipelt.task.Task;
import org.unipelt.training.TrainingConfig;

/**
 * What is known of a tuned model besides its numbers. {@code adapter.json} holds it.
 *
 * @param method as it was trained
 * @param task what the model does
 * @param inference how it reads a text
 * @param base the base model it stands on
 * @param provenance how it was trained; none if another program trained it
 * @param checksum CRC32C of {@code adapter.safetensors}, in hexadecimal; empty before it is saved
 */
public record AdapterCard(
        Method method, Task task, Inference inference, Base base, Optional<Provenance> provenance, String checksum) {
    /** Checks that what predicting needs is there. */
    public AdapterCard {
        Objects.requireNonNull(method, "method is null");
        Objects.requireNonNull(base, "base is null");
        Objects.requireNonNull(provenance, "provenance is null");
        Objects.requireNonNull(checksum, "checksum is null");
        task.requireFits(inference);
    }

    /**
     * A base model.
     *
     * @param name as it was given, a name or a folder
     * @param fingerprint of its weights
     * @param reading what else answers depend on; none in a file of an earlier version
     */
    public record Base(String name, String fingerprint, Optional<Reading> reading) {}

    /**
     * How a model was trained.
     *
     * @param training every setting
     * @param data what it was trained on
     * @param metrics by part of the data ({@code dev}, {@code test}), then by name
     * @param versions of the programs that trained it, and {@code precision}, that of their products
     */
    public record Provenance(
            TrainingConfig training,
            Data data,
            Map<String, Map<String, Double>> metrics,
            Map<String, String> versions) {}

    /**
     * What a model was trained on.
     *
     * @param spec where it came from; none if the program that trained had it from elsewhere
     * @param split how it was split, in words
     * @param parts by name: train, dev and test
     */
    public record Data(Optional<DataSpec> spec, String split, Map<String, DataPart> parts) {}

    /** The size of a part of the data and a fingerprint of its examples. */
    public record DataPart(int examples, String fingerprint) {
        /** Checks the size. */
        public DataPart {
            if (examples < 0) {
                throw new InputException("examples must be 0 or more, got " + examples);
            }
        }

        /** The size and the fingerprint of some rows. */
        public static DataPart of(Dataset rows) {
            return new DataPart(rows.size(), rows.fingerprint());
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
        return task.labels();
    }

    /** Whether it reads pairs of texts. */
    public boolean pairs() {
        return inference.pairs();
    }

    /** Its scores by part of the data, then by name; none if they are not known. */
    public Map<String, Map<String, Double>> metrics() {
        return provenance.map(Provenance::metrics).orElse(Map.of());
    }

    /** Where its training data came from, if that is known. */
    public Optional<DataSpec> source() {
        return provenance.flatMap(how -> how.data().spec());
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
        if (examples.stream().anyMatch(example -> example.pair().isPresent() != pairs())) {
            throw new InputException(
                    pairs()
                            ? "this model was trained on pairs of texts, and one comes without its second"
                            : "this model was trained on single texts, and one comes with a second");
        }
    }

    /** The same card with these scores, by part of the data. */
    public AdapterCard withMetrics(Map<String, Map<String, Double>> all) {
        return new AdapterCard(
                method,
                task,
                inference,
                base,
                provenance.map(how -> new Provenance(how.training(), how.data(), all, how.versions())),
                checksum);
    }

    AdapterCard withChecksum(String sum) {
        return new AdapterCard(method, task, inference, base, provenance, sum);
    }
}
