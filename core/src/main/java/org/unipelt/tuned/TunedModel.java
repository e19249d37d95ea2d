package org.unipelt.tuned;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Observer;
import org.unipelt.backbone.Site;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.Labels;
import org.unipelt.hub.BaseModel;
import org.unipelt.task.ConfusionMatrix;
import org.unipelt.task.Gold;
import org.unipelt.task.Metric;
import org.unipelt.task.Network;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;
import org.unipelt.training.TrainingConfig;

/**
 * A tuned model: a base model with a trained method and head. It owns what was trained; the base model is its opener's and
 * must outlive it. Predictions do not depend on what else is predicted at the same time.
 */
public final class TunedModel implements AutoCloseable {
    private final BaseModel base;
    private final Network network;
    private final AdapterCard card;

    TunedModel(BaseModel base, Network network, AdapterCard card) {
        this.base = base;
        this.network = network;
        this.card = card;
    }

    /**
     * Reads an adapter directory.
     *
     * @throws InputException if it is none, is damaged, or was trained on another base model
     */
    public static TunedModel load(Path folder, BaseModel base) {
        return AdapterDirectory.load(folder, base);
    }

    /**
     * Writes an adapter directory: {@code adapter.json} and {@code adapter.safetensors}.
     *
     * @throws InputException if there is one already, or the folder cannot be written
     */
    public void save(Path folder) {
        AdapterDirectory.save(folder, network, card);
    }

    /** What is known of this model besides its numbers. */
    public AdapterCard card() {
        return card;
    }

    /** What it predicts. */
    public Labels labels() {
        return card.labels();
    }

    /** Predicts one text. */
    public Prediction predict(String text) {
        return predict(List.of(Example.of(text))).get(0);
    }

    /** Predicts one pair of texts. */
    public Prediction predict(String text, String pair) {
        return predict(List.of(Example.ofPair(text, pair))).get(0);
    }

    /**
     * Predicts many examples; their labels, if any, are not looked at.
     *
     * @throws InputException if the model was trained on pairs and these are single texts, or the other way round
     */
    public List<Prediction> predict(List<Example> examples) {
        return Arrays.stream(logits(examples, Network.BatchObserver.NONE))
                .map(this::prediction)
                .toList();
    }

    private float[][] logits(List<Example> examples, Network.BatchObserver observer) {
        return network.predict(encode(base, examples, card.training(), card.pairs()), observer);
    }

    /** The same for rows of a file, which is named then. */
    static void checkPairs(Dataset data, boolean pairs) {
        try {
            checkPairs(data.examples(), pairs);
        } catch (InputException e) {
            throw new InputException(data.name() + ": " + e.getMessage() + "; check the file and its columns", e);
        }
    }

    private static void checkPairs(List<Example> examples, boolean pairs) {
        for (Example example : examples) {
            if (example.pair().isPresent() != pairs) {
                throw new InputException(
                        pairs
                                ? "this model was trained on pairs of texts, and one comes without its second"
                                : "this model was trained on single texts, and one comes with a second");
            }
        }
    }

    static List<Encoding> encode(BaseModel base, List<Example> examples, TrainingConfig config, boolean pairs) {
        checkPairs(examples, pairs);
        return base.tokenizer()
                .encodeAll(
                        examples.stream()
                                .map(example -> new Segments(example.text(), example.pair()))
                                .toList(),
                        config.maxLength());
    }

    private Prediction prediction(float[] logits) {
        if (labels() instanceof Labels.Classes classes) {
            double[] probabilities = softmax(logits);
            int best = Gold.ClassIndices.predictions(new float[][] {logits})[0];
            Map<String, Double> all = new LinkedHashMap<>();
            IntStream.range(0, probabilities.length)
                    .forEach(i -> all.put(classes.names().get(i), probabilities[i]));
            return new Prediction(classes.names().get(best), probabilities[best], all);
        }
        return new Prediction(Float.toString(logits[0]), logits[0], Map.of());
    }

    private static double[] softmax(float[] logits) {
        double largest = IntStream.range(0, logits.length)
                .mapToDouble(i -> logits[i])
                .max()
                .orElseThrow();
        double[] exponentials = IntStream.range(0, logits.length)
                .mapToDouble(i -> Math.exp(logits[i] - largest))
                .toArray();
        double sum = Arrays.stream(exponentials).sum();
        return Arrays.stream(exponentials).map(e -> e / sum).toArray();
    }

    /**
     * Compares predictions with labels.
     *
     * @throws InputException if a label is missing or unknown to this model
     */
    public Evaluation evaluate(Dataset data) {
        checkPairs(data, card.pairs());
        Gold gold = Gold.of(labels(), data);
        float[][] logits = logits(data.examples(), Network.BatchObserver.NONE);
        Optional<ConfusionMatrix> confusion = gold instanceof Gold.ClassIndices right
                ? Optional.of(ConfusionMatrix.of(
                        (Labels.Classes) labels(), Gold.ClassIndices.predictions(logits), right.indices()))
                : Optional.empty();
        return new Evaluation(data.size(), metrics(logits, gold), confusion);
    }

    private Map<String, Double> metrics(float[][] logits, Gold gold) {
        List<Metric> metrics = new ArrayList<>(Metric.fitting(labels()));
        // The metric that steered the training comes first.
        metrics.remove(card.training().metric());
        metrics.add(0, card.training().metric());
        return metrics.stream()
                .collect(Collectors.toMap(
                        Metric::text, metric -> gold.score(metric, logits), (a, b) -> a, LinkedHashMap::new));
    }

    /**
     * The value of every gate for every example, by layer, then by place.
     *
     * @throws InputException if this model has no gates
     */
    public List<GateValues> gates(List<Example> examples) {
        record Gate(String submodule, Site site) {}
        // Batches are computed on several threads; the order is put right below.
        Map<Gate, double[]> values = new ConcurrentHashMap<>();
        Network.BatchObserver perBatch = rows -> new Observer() {
            @Override
            public void gate(String submodule, Site site, Tensor batch) {
                float[] read = new float[rows.length];
                batch.contiguous().data_ptr_float().get(read);
                double[] all = values.computeIfAbsent(new Gate(submodule, site), g -> new double[examples.size()]);
                for (int i = 0; i < rows.length; i++) {
                    all[rows[i]] = read[i];
                }
            }
        };
        logits(examples, perBatch);
        if (values.isEmpty()) {
            throw new InputException("this model has no gates: its method is " + card.method());
        }
        return values.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<Gate, double[]> gate) ->
                                gate.getKey().site().layer())
                        .thenComparing(gate -> gate.getKey().site().place())
                        .thenComparing(gate -> gate.getKey().submodule()))
                .map(gate ->
                        new GateValues(gate.getKey().submodule(), gate.getKey().site(), gate.getValue()))
                .toList();
    }

    /**
     * Backbone weights that contain this model's change, by their Hugging Face names without the architecture's prefix.
     * Tensors of the surrounding scope.
     *
     * @throws InputException if its method cannot be folded, with the reason
     */
    public Map<String, Tensor> fold() {
        return network.fold();
    }

    static OptionalInt paddedLength(TrainingConfig config) {
        return config.padding() == TrainingConfig.Padding.MAX
                ? OptionalInt.of(config.maxLength())
                : OptionalInt.empty();
    }

    @Override
    public void close() {
        network.close();
    }
}
