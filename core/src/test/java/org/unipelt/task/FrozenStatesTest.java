package org.unipelt.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.Checkpoints;
import org.unipelt.RandomBert;
import org.unipelt.backbone.Encoder;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Observer;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Pooling;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Init;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.method.Parameter;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Dropout;
import org.unipelt.tensor.Rng;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;
import org.unipelt.text.WordEncoding;
import org.unipelt.training.Trainer;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;

/** What no step changes is computed once, trains the same, and leaves nothing behind. */
class FrozenStatesTest {
    /** The states of a text depend on the other texts of its batch by rounding; steps of AdamW enlarge it. */
    private static final float SAME = 2e-5f;

    private static final SequenceClassifier.BatchObserver NONE = SequenceClassifier.BatchObserver.NONE;
    private static final String TOP =
            "unipelt(adapter(bottleneck=3,layers=top-1),prefix(length=2,network=4,layers=top-1),lora(layers=top-1))";

    private static RandomBert bert;

    @TempDir
    private Path folder;

    @BeforeAll
    static void randomBert() {
        bert = new RandomBert(1);
    }

    @AfterAll
    static void close() {
        bert.close();
    }

    private static List<Encoding> texts(int count, long seed) {
        Rng rng = new Rng(seed);
        List<Encoding> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] ids = new int[3 + rng.nextInt(9)];
            Arrays.setAll(ids, at -> 5 + rng.nextInt(10));
            texts.add(new Encoding(ids, new int[ids.length]));
        }
        return texts;
    }

    private static LabelledTexts labelled(int count, long seed) {
        int[] labels = IntStream.range(0, count).map(i -> i % 2).toArray();
        return new LabelledTexts(texts(count, seed), new Classification.Indices(labels));
    }

    private static HeadObjective objective(SequenceClassifier network) {
        return new HeadObjective(
                network, Classes.of(2), labelled(14, 1), Optional.of(labelled(9, 2)), Method.HeadTraining.ALL);
    }

    /** The same objective, which computes everything in each epoch. */
    private static Objective anew(Objective objective) {
        return (Objective) Proxy.newProxyInstance(
                Objective.class.getClassLoader(),
                new Class<?>[] {Objective.class},
                (proxy, method, args) ->
                        method.getName().equals("computedOnce") ? proxy : method.invoke(objective, args));
    }

    private static TrainingConfig config(Method method) {
        return TrainingConfig.builder(method, Metric.ACCURACY)
                .learningRate(0.01)
                .batchSize(4)
                .epochs(3)
                .patience(9)
                .keep(TrainingConfig.Keep.LAST)
                .headStart(TrainingConfig.HeadStart.PROBE)
                .build();
    }

    private List<TrainingEvent.Evaluated> train(Objective objective, Method method) {
        List<TrainingEvent.Evaluated> judged = new ArrayList<>();
        try (Trainer trainer = new Trainer(objective, config(method), event -> {
            assertThat(event).isNotInstanceOf(TrainingEvent.Remarked.class);
            if (event instanceof TrainingEvent.Evaluated each) {
                judged.add(each);
            }
        })) {
            assertThat(trainer.run(folder.resolve("state"), () -> false)).isTrue();
        }
        return judged;
    }

    private static Map<String, float[]> values(Map<String, Tensor> tensors) {
        Map<String, float[]> values = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope()) {
            tensors.forEach((name, tensor) -> {
                float[] numbers = new float[(int) tensor.numel()];
                tensor.detach().contiguous().data_ptr_float().get(numbers);
                values.put(name, numbers);
            });
        }
        return values;
    }

    private static void assertSame(Map<String, float[]> got, Map<String, float[]> right, float offset) {
        assertThat(got.keySet()).isEqualTo(right.keySet());
        right.forEach((name, numbers) -> assertThat(got.get(name)).as(name).containsExactly(numbers, within(offset)));
    }

    static Stream<Arguments> families() {
        return Stream.of("bert-classifier", "deberta-v2-content", "modernbert-classifier", "nomic-bert-classifier")
                .flatMap(
                        name -> Stream.of("head", "lora(layers=top-1)", TOP).map(method -> Arguments.of(name, method)));
    }

    @ParameterizedTest
    @MethodSource("families")
    void trainsWhatEachEpochAnewTrains(String name, String text) {
        Method method = Methods.parse(text);
        HeadInput input = HeadInput.by(Pooling.MEAN, text.equals("head") ? Head.DENSE : Head.LINEAR);
        try (BaseModel base = BaseModel.open(Checkpoints.folder(name).toString())) {
            List<Map<String, float[]>> trained = new ArrayList<>();
            List<List<TrainingEvent.Evaluated>> judged = new ArrayList<>();
            for (boolean once : new boolean[] {true, false}) {
                try (SequenceClassifier network = SequenceClassifier.create(base.backbone(), method, input, 2, 3)) {
                    Objective objective = objective(network);
                    judged.add(train(once ? objective : anew(objective), method));
                    trained.add(values(objective.trained()));
                }
            }
            assertSame(trained.get(0), trained.get(1), SAME);
            for (int epoch = 0; epoch < judged.get(0).size(); epoch++) {
                assertThat(judged.get(0).get(epoch).devLoss())
                        .isCloseTo(judged.get(1).get(epoch).devLoss(), within(1e-4));
            }
        }
    }

    @Test
    void aTextPassesTheFrozenPartOnce() {
        for (String text : List.of("head", "lora(layers=top-1)", "lora")) {
            AtomicInteger whole = new AtomicInteger();
            AtomicInteger below = new AtomicInteger();
            Encoder counted = (Encoder) Proxy.newProxyInstance(
                    Encoder.class.getClassLoader(), new Class<?>[] {Encoder.class}, (proxy, called, args) -> {
                        if (called.getName().equals("forward")) {
                            whole.addAndGet(((TokenBatch) args[0]).size());
                        } else if (called.getName().equals("below")) {
                            below.addAndGet(((TokenBatch) args[1]).size());
                        }
                        try {
                            return called.invoke(bert.backbone(), args);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
            Method method = Methods.parse(text);
            try (SequenceClassifier network =
                    SequenceClassifier.create(counted, method, HeadInput.by(Pooling.POOLER), 2, 3)) {
                train(objective(network), method);
            }
            int all = (int) Stream.concat(texts(14, 1).stream(), texts(9, 2).stream())
                    .distinct()
                    .count();
            switch (text) {
                case "head" -> assertThat(List.of(whole.get(), below.get())).containsExactly(all, 0);
                case "lora" -> assertThat(whole.get()).isGreaterThan(3 * all);
                default -> assertThat(List.of(whole.get(), below.get())).containsExactly(0, all);
            }
        }
    }

    @Test
    void whatLiesBelowDropsNothing() {
        Map<Integer, Boolean> asInPrediction = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                SequenceClassifier network = SequenceClassifier.create(
                        bert.backbone(), Methods.parse("lora(layers=top-1)"), HeadInput.by(Pooling.FIRST), 2, 3)) {
            TokenBatch batch = bert.backbone().batch(texts(3, 1));
            Map<Integer, Tensor> predicted = new LinkedHashMap<>();
            network.logits(
                    batch, new Pass(Dropout.NONE, layers((layer, state) -> predicted.put(layer, state.clone()))));
            network.logits(
                    batch,
                    new Pass(
                            new Dropout(0.5, new Rng(1)),
                            layers((layer, state) -> asInPrediction.put(layer, state.equal(predicted.get(layer))))));
        }
        assertThat(asInPrediction).isEqualTo(Map.of(0, true, 1, false));
    }

    private static Observer layers(BiConsumer<Integer, Tensor> look) {
        return (site, state) -> {
            if (site.place() == Place.FFN) {
                look.accept(site.layer(), state);
            }
        };
    }

    @Test
    void aResumedTrainingGivesTheSameBytes() {
        Method method = Methods.parse("lora(layers=top-1)");
        Path state = folder.resolve("stopped");
        List<Map<String, float[]>> trained = new ArrayList<>();
        for (int stop : new int[] {Integer.MAX_VALUE, 6}) {
            try (SequenceClassifier network =
                    SequenceClassifier.create(bert.backbone(), method, HeadInput.by(Pooling.MEAN), 2, 3)) {
                AtomicInteger asked = new AtomicInteger();
                boolean ended;
                try (Trainer trainer = new Trainer(objective(network), config(method), event -> {})) {
                    ended = trainer.run(state, () -> asked.incrementAndGet() > stop);
                }
                if (!ended) {
                    try (Trainer trainer = new Trainer(objective(network), config(method), event -> {})) {
                        trainer.resume(state);
                        assertThat(trainer.run(state, () -> false)).isTrue();
                    }
                }
                trained.add(values(objective(network).trained()));
            }
        }
        assertSame(trained.get(1), trained.get(0), 0);
    }

    /** Losses of lists and of several tasks, and words. */
    @Test
    void everyTaskReadsThem() throws IOException {
        Method method = Methods.parse(TOP);
        Pass pass = new Pass(Dropout.NONE, Observer.NONE);
        try (SequenceClassifier network =
                SequenceClassifier.create(bert.backbone(), method, HeadInput.by(Pooling.FIRST), 1, 3)) {
            int[] queries = IntStream.range(0, 14).map(i -> i / 3).toArray();
            double[] grades = IntStream.range(0, 14).mapToDouble(i -> i % 3).toArray();
            HeadObjective rows = new HeadObjective(
                    network,
                    new Ranking(2),
                    new LabelledTexts(texts(14, 1), new Ranking.Grades(queries, grades, 2)),
                    Optional.empty(),
                    Method.HeadTraining.ALL);
            Objective scores = new HeadObjective(
                    network,
                    new Regression(),
                    new LabelledTexts(texts(6, 3), new Regression.Scores(new double[] {1, 2, 3, 4, 5, 6})),
                    Optional.empty(),
                    Method.HeadTraining.ALL);
            Objective ranking = new RankingObjective(rows);
            Objective joint = new JointObjective(
                    List.of(
                            new JointObjective.Member("rank", ranking, Metric.NDCG_10),
                            new JointObjective.Member("score", scores, Metric.PEARSON)),
                    Set.of(),
                    0.1);
            for (Objective objective : List.of(ranking, joint)) {
                int[] batch = IntStream.range(0, objective.lengths().length).toArray();
                try (Objective once = objective.computedOnce(NONE, remark -> {});
                        PointerScope scope = new PointerScope()) {
                    assertThat(once).isNotSameAs(objective);
                    assertThat(once.loss(batch, batch, pass).item_double())
                            .isCloseTo(objective.loss(batch, batch, pass).item_double(), within(1e-6));
                }
            }
        }
        List<Parameter> parameters = new ArrayList<>(method.parameters(bert.backbone()));
        parameters.add(Parameter.of("head.weight", Init.BERT, 3, RandomBert.HIDDEN));
        parameters.add(Parameter.of("head.bias", Init.ZEROS, 3));
        List<WordEncoding.Window> windows = texts(5, 4).stream()
                .map(text -> new WordEncoding.Window(text, new int[] {0, 1}, new int[] {1, 2}))
                .toList();
        for (Method each : List.of(method, Methods.parse("head"))) {
            try (TokenClassifier network = new TokenClassifier(
                    bert.backbone(), each, OptionalInt.empty(), Init.draw(parameters, 3, bert.backbone()))) {
                TokenClassifier once = network.remembering(texts(5, 4), NONE, remark -> {});
                float[][][] read = once.predict(windows, NONE);
                float[][][] computed = network.predict(windows, NONE);
                once.forget();
                assertThat(once).isNotSameAs(network);
                for (int i = 0; i < read.length; i++) {
                    for (int word = 0; word < read[i].length; word++) {
                        assertThat(read[i][word]).containsExactly(computed[i][word], within(1e-6f));
                    }
                }
                // It reads the file.
                assertThatThrownBy(() -> once.predict(windows, NONE)).hasMessageContaining("cannot be read");
            }
        }
    }

    @Test
    void whereEveryLayerIsChangedOrPaddingIsReadNothingIsComputedInAdvance() {
        for (String text : List.of("lora", "full", "bitfit", "prompt", "unipelt(lora(layers=top-1),average=all)")) {
            try (SequenceClassifier network = SequenceClassifier.create(
                    bert.backbone(), Methods.parse(text), HeadInput.by(Pooling.FIRST), 2, 3)) {
                assertThat(network.remembering(texts(3, 1), NONE, remark -> {}))
                        .as(text)
                        .isSameAs(network);
            }
        }
    }

    @Test
    void withoutRoomEachEpochComputesThemAnewAndSaysSo() throws IOException {
        List<String> remarks = new ArrayList<>();
        FrozenStates.Part part = FrozenStates.Part.below(1, bert.backbone());
        List<Encoding> texts = texts(4, 1);
        long bytes = texts.stream().mapToLong(Encoding::length).sum() * RandomBert.HIDDEN * Float.BYTES;
        assertThat(FrozenStates.of(part, bert.backbone(), texts, 2 * bytes - 1, NONE, remarks::add))
                .isEmpty();
        assertThat(remarks).singleElement().asString().contains("each epoch", "-Djava.io.tmpdir=FOLDER");
        try (FrozenStates states = FrozenStates.of(part, bert.backbone(), texts, 2 * bytes, NONE, remarks::add)
                .orElseThrow()) {
            assertThat(states.have(texts)).isTrue();
            assertThat(states.have(texts(1, 9))).isFalse();
        }
        assertThat(remarks).hasSize(1);
    }

    /** Linux shows which files a process holds open. */
    @Test
    void theFileIsGoneHoweverTheTrainingEnds() throws IOException {
        Method method = Methods.parse("head");
        try (SequenceClassifier network =
                SequenceClassifier.create(bert.backbone(), method, HeadInput.by(Pooling.FIRST), 2, 3)) {
            List<Long> open = new ArrayList<>();
            try (Trainer trainer = new Trainer(objective(network), config(method), event -> {
                if (event instanceof TrainingEvent.Stepped) {
                    open.add(scratchFiles());
                }
            })) {
                trainer.run(folder.resolve("state"), () -> false);
            }
            if (Files.isDirectory(Path.of("/proc/self/fd"))) {
                assertThat(open).containsOnly(1L);
            }
            assertThat(scratchFiles()).isZero();
            assertThatThrownBy(() -> objective(network)
                            .computedOnce(
                                    rows -> {
                                        throw new CancellationException("stopped");
                                    },
                                    remark -> {}))
                    .isInstanceOf(CancellationException.class);
            assertThat(scratchFiles()).isZero();
        }
    }

    private static long scratchFiles() {
        Path held = Path.of("/proc/self/fd");
        if (!Files.isDirectory(held)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(held)) {
            return files.filter(file -> {
                        try {
                            return Files.readSymbolicLink(file).toString().contains(".scratch");
                        } catch (IOException e) {
                            // Closed since.
                            return false;
                        }
                    })
                    .count();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
