package org.unipelt.tuned;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.Labels;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.task.ConfusionMatrix;
import org.unipelt.task.Gold;
import org.unipelt.task.Network;
import org.unipelt.tensor.Lifetime;
import org.unipelt.tensor.Weights;
import org.unipelt.training.Classification;
import org.unipelt.training.LabelledTexts;
import org.unipelt.training.Objective;
import org.unipelt.training.TrainingConfig;

/** A tuned model with a head: predicts one of several classes, or a score. */
final class TunedClassifier extends TunedModel {
    private final Network network;

    private TunedClassifier(BaseModel base, Network network, AdapterCard card) {
        super(base, card);
        this.network = network;
    }

    static TunedClassifier of(BaseModel base, Method method, Weights own, AdapterCard card) {
        Network.Reading reading = new Network.Reading(
                card.pooling().orElseThrow(), card.head().orElseThrow(), paddedLength(card.training()));
        return new TunedClassifier(base, new Network(base.backbone(), method, reading, own), card);
    }

    static OptionalInt paddedLength(TrainingConfig config) {
        return config.padding() == TrainingConfig.Padding.MAX
                ? OptionalInt.of(config.maxLength())
                : OptionalInt.empty();
    }

    @Override
    List<Prediction> predictions(List<Example> examples) {
        return Arrays.stream(logits(examples, Network.BatchObserver.NONE))
                .map(this::prediction)
                .toList();
    }

    private float[][] logits(List<Example> examples, Network.BatchObserver observer) {
        return network.predict(encode(examples), observer);
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

    @Override
    Evaluation evaluation(Dataset data) {
        card().requireFits(data);
        Gold gold = Gold.of(labels(), data);
        float[][] logits = logits(data.examples(), Network.BatchObserver.NONE);
        Optional<ConfusionMatrix> confusion = gold instanceof Gold.ClassIndices right
                ? Optional.of(ConfusionMatrix.of(
                        (Labels.Classes) labels(), Gold.ClassIndices.predictions(logits), right.indices()))
                : Optional.empty();
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics().forEach(metric -> metrics.put(metric.text(), gold.score(metric, logits)));
        return new Evaluation(data.size(), metrics, confusion);
    }

    @Override
    void observe(List<Example> examples, Network.BatchObserver observer) {
        logits(examples, observer);
    }

    @Override
    Objective objective(DataSpec.Loaded data, boolean judged) {
        return new Classification(
                network,
                labelled(data.split().train()),
                judged ? Optional.of(labelled(data.split().dev())) : Optional.empty(),
                card().training().headTraining(network.method()));
    }

    private LabelledTexts labelled(Dataset part) {
        return new LabelledTexts(encode(part.examples()), Gold.of(labels(), part));
    }

    @Override
    Map<String, Tensor> saved() {
        return network.save();
    }

    @Override
    Lifetime.Use use() {
        return network.use();
    }

    @Override
    Map<String, Tensor> folded() {
        return network.fold();
    }

    @Override
    TunedModel with(AdapterCard other) {
        return new TunedClassifier(base(), network, other);
    }

    @Override
    public void close() {
        network.close();
    }
}
