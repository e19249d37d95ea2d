package org.unipelt.tuned;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.unipelt.InputException;
import org.unipelt.data.ColumnNames;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Labels;
import org.unipelt.hub.Reading;
import org.unipelt.method.Method;
import org.unipelt.metric.GateMeans;
import org.unipelt.metric.HeldOut;
import org.unipelt.metric.Temperature;
import org.unipelt.task.Inference;
import org.unipelt.task.Task;
import org.unipelt.training.Ending;
import org.unipelt.training.Together;
import org.unipelt.training.TrainingConfig;

/**
 * Everything about a tuned model except its tensors. {@code adapter.json} stores it. Immutable, so any number of threads may
 * share it.
 *
 * @param method the method it was trained with
 * @param task what the model does
 * @param inference how it reads a text
 * @param base its base model
 * @param provenance how it was trained; empty if another program trained it
 * @param checksum the CRC-32C of {@code adapter.safetensors}, in hexadecimal; empty before it is saved
 */
public record AdapterCard(
        Method method, Task task, Inference inference, Base base, Optional<Provenance> provenance, String checksum) {
    /** Checks that everything needed for prediction is present. */
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
     * @param name the given name or folder
     * @param fingerprint the fingerprint of its weights
     * @param reading how its files are read; empty in a file of an earlier version
     */
    public record Base(String name, String fingerprint, Optional<Reading> reading) {}

    /**
     * How a model was trained.
     *
     * @param training every setting
     * @param data the data it was trained on
     * @param metrics values by part of the data ({@code dev}, {@code test}), then by name
     * @param versions the versions of the programs that trained it, and {@code precision}, that of their products
     * @param ending who ended the training
     * @param heldOut what rows that it did not learn from say about it, besides the metrics
     * @param together the other tasks that trained at once
     * @param gates how far its gates open on rows of its data
     */
    public record Provenance(
            TrainingConfig training,
            Data data,
            Map<String, Map<String, Double>> metrics,
            Map<String, String> versions,
            Ending ending,
            HeldOut heldOut,
            Together together,
            GateMeans gates) {
        /** How a model was trained whose training ended by itself. */
        public Provenance(
                TrainingConfig training,
                Data data,
                Map<String, Map<String, Double>> metrics,
                Map<String, String> versions) {
            this(training, data, metrics, versions, Ending.BY_ITSELF, HeldOut.NONE, Together.ALONE, GateMeans.NONE);
        }
    }

    /**
     * The data that a model was trained on.
     *
     * @param spec its source; empty if the training program had it from elsewhere
     * @param split a description of its split
     * @param parts the parts by name: train, dev and test
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

        /** Returns the size and the fingerprint of some rows. */
        public static DataPart of(Dataset rows) {
            return new DataPart(rows.size(), rows.fingerprint());
        }
    }

    /**
     * Reads the card of a saved model, without its tensors and its base model.
     *
     * @throws InputException if the folder holds no tuned model, or one in an unknown format
     */
    public static AdapterCard read(Path folder) {
        return AdapterDirectory.card(folder);
    }

    /** Says in a sentence which properties of the base model could not be checked; empty if all were. */
    public Optional<String> unchecked() {
        return base.reading().isPresent()
                ? Optional.empty()
                : Optional.of(
                        "was tuned by an earlier version, which stored only the fingerprint of the base model's weights;"
                                + " its config.json and its tokenizer cannot be checked");
    }

    /** Returns the labels that the model predicts. */
    public Labels labels() {
        return task.labels();
    }

    /** Returns whether it reads pairs of texts. */
    public boolean pairs() {
        return inference.pairs();
    }

    /** Returns its scores by part of the data, then by name; empty if they are unknown. */
    public Map<String, Map<String, Double>> metrics() {
        return provenance.map(Provenance::metrics).orElse(Map.of());
    }

    /**
     * Checks that the model has gates.
     *
     * @throws InputException if not
     */
    public void requireGates() {
        if (!method.isGated()) {
            throw new InputException("this model has no gates: its method is " + method);
        }
    }

    /** Returns the source of its training data, if known. */
    public Optional<DataSpec> source() {
        return provenance.flatMap(how -> how.data().spec());
    }

    /** Returns the columns of its texts: those that its training named, and the usual ones for the others. */
    public ColumnNames columns() {
        ColumnNames names = new ColumnNames(
                source().flatMap(DataSpec::text),
                source().flatMap(DataSpec::pair),
                source().flatMap(DataSpec::label),
                false);
        return labels().kind() == LabelKind.RELEVANCE ? names.withQueries() : names;
    }

    /**
     * Checks that the rows of a file are pairs, or single texts, like the training data.
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
                            ? "this model was trained on pairs of texts, but one text has no second"
                            : "this model was trained on single texts, but one text has a second");
        }
    }

    /**
     * Returns this card with the results of its training.
     *
     * @param metrics the scores by part of the data, then by name
     * @param ending who ended the training
     * @param heldOut what rows that the model did not learn from say besides
     * @param gates how far its gates open on rows of its data
     */
    public AdapterCard withResults(
            Map<String, Map<String, Double>> metrics, Ending ending, HeldOut heldOut, GateMeans gates) {
        Objects.requireNonNull(metrics, "metrics is null");
        Objects.requireNonNull(ending, "ending is null");
        Objects.requireNonNull(heldOut, "heldOut is null");
        Objects.requireNonNull(gates, "gates is null");
        return with(how -> new Provenance(
                how.training(), how.data(), metrics, how.versions(), ending, heldOut, how.together(), gates));
    }

    /** Returns this card of a training of several tasks. */
    public AdapterCard withTogether(Together others) {
        Objects.requireNonNull(others, "others is null");
        return with(how -> new Provenance(
                how.training(),
                how.data(),
                how.metrics(),
                how.versions(),
                how.ending(),
                how.heldOut(),
                others,
                how.gates()));
    }

    private AdapterCard with(UnaryOperator<Provenance> change) {
        return new AdapterCard(method, task, inference, base, provenance.map(change), checksum);
    }

    /** Returns what rows that the model did not learn from say about it, besides its scores. */
    public HeldOut heldOut() {
        return provenance.map(Provenance::heldOut).orElse(HeldOut.NONE);
    }

    /** Returns how far its gates open on rows of its data; {@link GateMeans#NONE} if it has none, or it is unknown. */
    public GateMeans gates() {
        return provenance.map(Provenance::gates).orElse(GateMeans.NONE);
    }

    /** Returns this card of a model whose logits are divided by a temperature. */
    AdapterCard withTemperature(Temperature temperature) {
        return with(how -> new Provenance(
                how.training(),
                how.data(),
                how.metrics(),
                how.versions(),
                how.ending(),
                new HeldOut(how.heldOut().folds(), Optional.of(temperature)),
                how.together(),
                how.gates()));
    }

    AdapterCard with(Task other) {
        return new AdapterCard(method, other, inference, base, provenance, checksum);
    }

    AdapterCard withChecksum(String sum) {
        return new AdapterCard(method, task, inference, base, provenance, sum);
    }
}
