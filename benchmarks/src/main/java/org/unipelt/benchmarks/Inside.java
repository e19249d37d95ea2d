package org.unipelt.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.metric.Metric;
import org.unipelt.task.Classification;
import org.unipelt.task.HeadInput;
import org.unipelt.task.HeadObjective;
import org.unipelt.task.LabelledTexts;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;
import org.unipelt.training.Trainer;
import org.unipelt.training.TrainingConfig;

/** JMH benchmarks of the library's parts, with all-MiniLM-L6 and short sentences. {@code benchmarks/jmh} runs them. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 4, time = 2)
@SuppressWarnings("NullAway.Init") // JMH has it opened before it measures.
public class Inside {
    private static final int BATCH = 16;
    private static final int STEPS = 8;
    private static final List<String> SENTENCES = List.of(
            "a moving and often funny film",
            "where is my parcel? it should have been here on monday, and nobody answers the telephone",
            "charged twice again",
            "the plot wears thin long before the end, and so does the patience of whoever sits through it");

    /** The tuning method, for the benchmarks that use one. */
    @Param({"lora", "unipelt-apl"})
    public String method;

    private BaseModel base;
    private SequenceClassifier network;
    private List<Encoding> texts;
    private Path folder;
    private Path weights;

    /** Opens the model and writes the files that the benchmarks read. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        base = BaseModel.open("minilm-l6");
        network = SequenceClassifier.create(base.backbone(), Methods.parse(method), HeadInput.by(base.pooling()), 2, 1);
        texts = base.tokenizer().encodeAll(segments(BATCH * STEPS), 128);
        folder = Files.createTempDirectory("inside");
        weights = folder.resolve("model.safetensors");
        Safetensors.write(weights, base.backbone().weights().asMap(), Map.of());
    }

    /** Closes the model and deletes the files. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        network.close();
        base.close();
        Files.deleteIfExists(folder.resolve("state"));
        Files.delete(weights);
        Files.delete(folder);
    }

    private static List<Segments> segments(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Segments.of(SENTENCES.get(i % SENTENCES.size())))
                .toList();
    }

    /** A training step of 16 sentences, including its share of an evaluation of 16 sentences per epoch. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public boolean step() {
        LabelledTexts train = labelled(texts);
        HeadObjective task = new HeadObjective(
                network,
                new Classification(List.of("0", "1")),
                train,
                Optional.of(labelled(texts.subList(0, BATCH))),
                Method.HeadTraining.ALL);
        TrainingConfig config = TrainingConfig.builder(network.method(), Metric.ACCURACY)
                .epochs(1)
                .build();
        try (Trainer trainer = new Trainer(task, config, event -> {})) {
            return trainer.run(folder.resolve("state"), () -> false);
        }
    }

    private static LabelledTexts labelled(List<Encoding> texts) {
        return new LabelledTexts(
                texts,
                new Classification.Indices(
                        IntStream.range(0, texts.size()).map(i -> i % 2).toArray()));
    }

    /** Predicting 128 sentences. */
    @Benchmark
    public float[][] forward() {
        return network.predict(texts, SequenceClassifier.BatchObserver.NONE);
    }

    /** Tokenising 1,000 sentences. */
    @Benchmark
    public List<Encoding> tokenise() {
        return base.tokenizer().encodeAll(segments(1000), 128);
    }

    /** Reading 90 MB of weights from a safetensors file. */
    @Benchmark
    public int load() {
        try (Weights read = Safetensors.read(weights)) {
            return read.names().size();
        }
    }
}
