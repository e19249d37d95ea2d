package org.unipelt.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.RandomBert;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.metric.Metric;
import org.unipelt.task.Classes;
import org.unipelt.task.Classification;
import org.unipelt.task.Gold;
import org.unipelt.task.HeadInput;
import org.unipelt.task.HeadObjective;
import org.unipelt.task.LabelledTexts;
import org.unipelt.task.Objective;
import org.unipelt.task.Regression;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Rng;
import org.unipelt.text.Encoding;

/** The training loop on a tiny BERT and two classes that one word tells apart. */
class TrainerTest {
    private static final int WORD_OF_CLASS_1 = 7;

    private final RandomBert bert = new RandomBert(1);
    private final SequenceClassifier network =
            SequenceClassifier.create(bert.backbone(), Methods.parse("lora"), HeadInput.by(Pooling.POOLER), 2, 3);
    private final List<TrainingEvent> events = new ArrayList<>();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        network.close();
        bert.close();
    }

    private static LabelledTexts texts(int count, long seed) {
        Rng rng = new Rng(seed);
        List<Encoding> texts = new ArrayList<>();
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            int[] ids = new int[4 + rng.nextInt(8)];
            Arrays.setAll(ids, at -> 10 + rng.nextInt(40));
            labels[i] = i % 2;
            if (labels[i] == 1) {
                ids[1 + rng.nextInt(ids.length - 1)] = WORD_OF_CLASS_1;
            }
            texts.add(new Encoding(ids, new int[ids.length]));
        }
        return new LabelledTexts(texts, new Classification.Indices(labels));
    }

    private Objective objective() {
        return new HeadObjective(
                network,
                Classes.of(network.outputs()),
                texts(48, 1),
                Optional.of(texts(32, 2)),
                Method.HeadTraining.ALL);
    }

    private boolean train(UnaryOperator<TrainingConfig.Builder> settings, TrainingEvent.Listener also) {
        TrainingConfig config = settings.apply(TrainingConfig.builder(network.method(), Metric.ACCURACY)
                        .learningRate(0.01)
                        .batchSize(8)
                        .epochs(6))
                .build();
        TrainingEvent.Listener listener = event -> {
            events.add(event);
            also.on(event);
        };
        try (Trainer trainer = new Trainer(objective(), config, listener)) {
            return trainer.run(folder.resolve("state"), () -> false);
        }
    }

    private <E extends TrainingEvent> List<E> of(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    @Test
    void theLossFallsAndTheLearningRateToo() {
        assertThat(train(settings -> settings, event -> {})).isTrue();
        List<TrainingEvent.Evaluated> epochs = of(TrainingEvent.Evaluated.class);
        assertThat(epochs.get(5).meanLoss()).isLessThan(0.9 * epochs.get(0).meanLoss());
        List<TrainingEvent.Stepped> steps = of(TrainingEvent.Stepped.class);
        assertThat(steps).hasSize(36);
        assertThat(steps.get(0).learningRate()).isEqualTo(0.01);
        assertThat(steps.get(18).learningRate()).isCloseTo(0.005, within(1e-12));
        assertThat(steps.get(35).learningRate()).isCloseTo(0.01 / 36, within(1e-12));
    }

    @Test
    void warmUpRisesFromZero() {
        train(settings -> settings.warmUp(0.5), event -> {});
        List<TrainingEvent.Stepped> steps = of(TrainingEvent.Stepped.class);
        assertThat(steps.get(0).learningRate()).isZero();
        assertThat(steps.get(18).learningRate()).isCloseTo(0.01, within(1e-12));
        assertThat(steps.get(27).learningRate()).isCloseTo(0.005, within(1e-12));
    }

    @Test
    void theBestStateIsPutBack() {
        train(settings -> settings.learningRate(0.3).epochs(8), event -> {});
        TrainingEvent.Finished finished = of(TrainingEvent.Finished.class).get(0);
        LabelledTexts dev = texts(32, 2);
        float[][] logits = network.predict(dev.texts(), SequenceClassifier.BatchObserver.NONE);
        assertThat(dev.gold().score(Metric.ACCURACY, logits)).isEqualTo(finished.best());
        assertThat(finished.best())
                .isEqualTo(of(TrainingEvent.Evaluated.class).stream()
                        .mapToDouble(TrainingEvent.Evaluated::value)
                        .max()
                        .orElseThrow());
    }

    /** Ends a training after some steps, and notes what it is told. */
    private static final class Ender implements TrainingListener {
        private final long steps;
        private final List<String> told = new ArrayList<>();
        private long step;

        Ender(long steps) {
            this.steps = steps;
        }

        @Override
        public void begin(TrainingEvent.Started event) {
            told.add("begin");
        }

        @Override
        public void step(TrainingEvent.Stepped event) {
            step = event.step();
        }

        @Override
        public void evaluate(TrainingEvent.Evaluated event) {
            told.add("evaluate " + event.step());
        }

        @Override
        public void best(TrainingEvent.Evaluated event) {
            told.add("best " + event.step());
        }

        @Override
        public void end(TrainingEvent.Finished event) {
            told.add(event.reason() + " " + event.step());
        }

        @Override
        public boolean endsTraining() {
            return step >= steps;
        }
    }

    @Test
    void aListenerEndsTheTrainingAndTheBestStateIsKept() {
        TrainingConfig config = TrainingConfig.builder(network.method(), Metric.ACCURACY)
                .learningRate(0.01)
                .batchSize(8)
                .epochs(6)
                .build();
        Ender ender = new Ender(8);
        try (Trainer trainer = new Trainer(objective(), config, ender)) {
            // Asked to stop at the same time: the saved state knows that the listener has ended the training.
            assertThat(trainer.run(folder.resolve("state"), () -> ender.step == 8))
                    .isFalse();
        }
        Ender never = new Ender(Long.MAX_VALUE);
        try (Trainer trainer = new Trainer(objective(), config, never)) {
            trainer.resume(folder.resolve("state"));
            assertThat(trainer.run(folder.resolve("state"), () -> false)).isTrue();
            assertThat(trainer.ending()).isEqualTo(Ending.BY_LISTENER);
        }
        assertThat(ender.told)
                .startsWith("begin", "evaluate 6")
                .contains("best 6")
                .doesNotContain("evaluate 8");
        assertThat(never.told.get(1)).isEqualTo("evaluate 8");
        assertThat(never.told).endsWith("listener 8");
        Ender last = new Ender(36);
        try (Trainer trainer = new Trainer(objective(), config, last)) {
            assertThat(trainer.run(folder.resolve("other"), () -> false)).isTrue();
            assertThat(trainer.ending()).as("nothing was left to end").isEqualTo(Ending.BY_ITSELF);
        }
        Ender atOnce = new Ender(1);
        try (Trainer trainer = new Trainer(objective(), config, atOnce)) {
            assertThat(trainer.run(folder.resolve("third"), () -> false)).isTrue();
        }
        assertThat(atOnce.told).containsExactly("begin", "evaluate 1", "best 1", "listener 1");
    }

    @Test
    void patienceCountsEvaluationsWithoutAGain() {
        // So small a rate that no prediction changes: only the first evaluation is a gain.
        train(settings -> settings.learningRate(1e-12).epochs(50).patience(3), event -> {});
        assertThat(of(TrainingEvent.Evaluated.class)).hasSize(4);
        assertThat(of(TrainingEvent.Finished.class).get(0).reason()).isEqualTo("patience");
        assertThat(of(TrainingEvent.Finished.class).get(0).bestEpoch()).isEqualTo(1);
    }

    @Test
    void afterALossThatIsNoNumberTheLastGoodStateIsThere() {
        TrainingEvent.Listener saboteur = event -> {
            if (event instanceof TrainingEvent.Evaluated evaluated && evaluated.epoch() == 2) {
                try (NoGradGuard frozen = new NoGradGuard()) {
                    network.adapterWeights().get("head.bias").fill_(new Scalar(Float.NaN));
                }
            }
        };
        assertThatThrownBy(() -> train(settings -> settings, saboteur))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the loss became NaN at step 13")
                .hasMessageContaining("the last good state is kept in " + folder.resolve("state"));
        TrainingConfig config = TrainingConfig.builder(network.method(), Metric.ACCURACY)
                .learningRate(0.01)
                .batchSize(8)
                .epochs(6)
                .build();
        try (Trainer trainer = new Trainer(objective(), config, event -> {})) {
            trainer.resume(folder.resolve("state"));
            assertThat(trainer.run(folder.resolve("state"), () -> false)).isTrue();
        }
    }

    @Test
    void aGradientThatIsNoNumberStopsBeforeTheStep() {
        // The loss is about 1e26 and finite; the squares in its gradient's norm are not.
        try (NoGradGuard frozen = new NoGradGuard()) {
            network.adapterWeights().get("head.weight").get(0).fill_(new Scalar(1e25f));
            network.adapterWeights().get("head.weight").get(1).fill_(new Scalar(-1e25f));
        }
        assertThatThrownBy(() -> train(settings -> settings, event -> {}))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "the gradient's norm became Infinity at step 1, before anything was learned; check the base");
        assertThat(folder.resolve("state")).doesNotExist();
    }

    @Test
    void aStopIsAskedForDuringAnEvaluationAndLosesNothing() {
        TrainingConfig config = TrainingConfig.builder(network.method(), Metric.ACCURACY)
                .learningRate(0.01)
                .batchSize(8)
                .epochs(2)
                .build();
        Path state = folder.resolve("state");
        Map<String, Tensor> first = new LinkedHashMap<>();
        objective()
                .trained()
                .forEach((name, tensor) -> first.put(name, tensor.detach().clone()));
        try (Trainer trainer = new Trainer(objective(), config, events::add)) {
            assertThat(trainer.run(state, () -> false)).isTrue();
        }
        List<TrainingEvent.Evaluated> whole = of(TrainingEvent.Evaluated.class);
        float[] bias = values(objective().trained().get("head.bias"));
        try (NoGradGuard frozen = new NoGradGuard()) {
            objective().trained().forEach((name, tensor) -> tensor.copy_(first.get(name)));
        }
        events.clear();
        // The sixth step ends the first epoch; what asks after it is the evaluation.
        AtomicInteger asked = new AtomicInteger();
        try (Trainer trainer = new Trainer(objective(), config, events::add)) {
            assertThat(trainer.run(state, () -> asked.incrementAndGet() > 6)).isFalse();
        }
        assertThat(of(TrainingEvent.Stepped.class)).hasSize(6);
        assertThat(of(TrainingEvent.Evaluated.class)).isEmpty();
        try (Trainer trainer = new Trainer(objective(), config, events::add)) {
            trainer.resume(state);
            assertThat(trainer.run(state, () -> false)).isTrue();
        }
        assertThat(of(TrainingEvent.Evaluated.class)).isEqualTo(whole);
        assertThat(values(objective().trained().get("head.bias"))).isEqualTo(bias);
    }

    @Test
    void trainingLastsManyTimesAsLongAsASave() {
        assertThat(Trainer.pause(Duration.ofMillis(3))).isEqualTo(Duration.ofSeconds(20));
        assertThat(Trainer.pause(Duration.ofSeconds(3))).isEqualTo(Duration.ofSeconds(150));
    }

    @Test
    @Timeout(60)
    void aLossMayAskAnotherModelOnTheSameWorkers() {
        try (Bert backbone = bert.on(Compute.cpu().with(1));
                SequenceClassifier teacher =
                        SequenceClassifier.create(backbone, Methods.parse("lora"), HeadInput.by(Pooling.POOLER), 2, 3);
                SequenceClassifier pupil = SequenceClassifier.create(
                        backbone, Methods.parse("lora"), HeadInput.by(Pooling.POOLER), 2, 4)) {
            Objective alone =
                    new HeadObjective(pupil, Classes.of(2), texts(16, 1), Optional.empty(), Method.HeadTraining.ALL);
            AtomicInteger taught = new AtomicInteger();
            Objective taughtBy = (Objective) Proxy.newProxyInstance(
                    Objective.class.getClassLoader(), new Class<?>[] {Objective.class}, (proxy, method, args) -> {
                        if (method.getName().equals("loss")) {
                            taught.addAndGet(
                                    teacher.predict(texts(5, 3).texts(), SequenceClassifier.BatchObserver.NONE).length);
                        }
                        return method.getName().equals("computedOnce") ? proxy : method.invoke(alone, args);
                    });
            TrainingConfig config = TrainingConfig.builder(pupil.method(), Metric.ACCURACY)
                    .batchSize(8)
                    .epochs(1)
                    .build();
            try (Trainer trainer = new Trainer(taughtBy, config, event -> {})) {
                assertThat(trainer.run(folder.resolve("state"), () -> false)).isTrue();
            }
            assertThat(taught.get()).isEqualTo(2 * 2 * 5);
        }
    }

    @Test
    void trainingKeepsNoNativeMemory() {
        train(settings -> settings.epochs(2), event -> {});
        long before = Pointer.totalCount();
        train(settings -> settings.epochs(20).patience(20), event -> {});
        // A tensor a step would be 120 more.
        assertThat(Pointer.totalCount() - before).isLessThan(60);
    }

    @Test
    void aHeadThatBeginsAtAProbeKnowsItsTaskBeforeTheFirstStep() {
        train(settings -> settings.headStart(TrainingConfig.HeadStart.PROBE).epochs(1), event -> {});
        TrainingEvent.Evaluated start = of(TrainingEvent.Evaluated.class).get(0);
        assertThat(start.epoch()).isZero();
        // A random network tells little of its input; a head drawn at random would be at one half.
        assertThat(start.value()).isGreaterThan(0.55);
    }

    @Test
    void aHeadBeginsAtRandomWhereAProbeExplainsNothing() {
        LabelledTexts train = texts(48, 1);
        Rng rng = new Rng(3);
        Gold chance = new Classification.Indices(
                IntStream.range(0, 48).map(i -> rng.nextInt(2)).toArray());
        List<Double> losses = new ArrayList<>();
        for (TrainingConfig.HeadStart start : List.of(TrainingConfig.HeadStart.RANDOM, TrainingConfig.HeadStart.AUTO)) {
            TrainingConfig config = TrainingConfig.builder(network.method(), Metric.ACCURACY)
                    .headStart(start)
                    .epochs(1)
                    .build();
            Objective objective = new HeadObjective(
                    network,
                    Classes.of(network.outputs()),
                    new LabelledTexts(train.texts(), chance),
                    Optional.empty(),
                    Method.HeadTraining.ALL);
            Map<String, Tensor> first = new LinkedHashMap<>();
            objective
                    .trained()
                    .forEach((name, tensor) -> first.put(name, tensor.detach().clone()));
            try (Trainer trainer = new Trainer(objective, config, event -> {
                events.add(event);
                if (event instanceof TrainingEvent.Stepped step && step.step() == 1) {
                    losses.add(step.loss());
                }
            })) {
                trainer.run(folder.resolve("state"), () -> false);
            }
            try (NoGradGuard frozen = new NoGradGuard()) {
                objective.trained().forEach((name, tensor) -> tensor.copy_(first.get(name)));
            }
        }
        assertThat(of(TrainingEvent.Begun.class)).hasSize(1);
        assertThat(of(TrainingEvent.Begun.class).get(0).atProbe()).isFalse();
        assertThat(losses.get(1)).isEqualTo(losses.get(0));
    }

    @Test
    void aStartThatIsInterruptedBeginsAnewWithTheFirstValues() {
        Objective whole = objective();
        Objective interrupted = (Objective) Proxy.newProxyInstance(
                Objective.class.getClassLoader(), new Class<?>[] {Objective.class}, (proxy, method, args) -> {
                    if (method.getName().equals("judge")) {
                        throw new CancellationException("interrupted");
                    }
                    return method.getName().equals("computedOnce") ? proxy : method.invoke(whole, args);
                });
        Tensor bias = whole.trained().get("head.bias");
        float[] first = values(bias);
        TrainingConfig config = TrainingConfig.builder(network.method(), Metric.ACCURACY)
                .headStart(TrainingConfig.HeadStart.PROBE)
                .build();
        Path state = folder.resolve("state");
        try (Trainer trainer = new Trainer(interrupted, config, event -> {})) {
            assertThatThrownBy(() -> trainer.run(state, () -> false)).isInstanceOf(CancellationException.class);
        }
        assertThat(values(bias)).isEqualTo(first);
        assertThat(state).exists();
    }

    private static float[] values(Tensor tensor) {
        float[] values = new float[(int) tensor.numel()];
        tensor.detach().data_ptr_float().get(values);
        return values;
    }

    @Test
    void aStartThatTrainingMakesWorseComesBack() {
        for (TrainingConfig.Keep keep : TrainingConfig.Keep.values()) {
            events.clear();
            train(
                    settings -> settings.headStart(TrainingConfig.HeadStart.PROBE)
                            .keep(keep)
                            .learningRate(0.9)
                            .epochs(2),
                    event -> {});
            double start = of(TrainingEvent.Evaluated.class).get(0).value();
            assertThat(of(TrainingEvent.Evaluated.class).get(2).value()).isLessThan(start);
            assertThat(of(TrainingEvent.Finished.class).get(0).best()).isEqualTo(start);
            assertThat(of(TrainingEvent.Finished.class).get(0).bestEpoch()).isZero();
            assertThat(objective()
                            .judge(Metric.ACCURACY, SequenceClassifier.BatchObserver.NONE)
                            .score())
                    .isEqualTo(start);
        }
    }

    @Test
    void theLastStateIsKeptIfThatIsWanted() {
        train(
                settings -> settings.keep(TrainingConfig.Keep.LAST)
                        .learningRate(0.3)
                        .epochs(8),
                event -> {});
        List<TrainingEvent.Evaluated> epochs = of(TrainingEvent.Evaluated.class);
        TrainingEvent.Finished finished = of(TrainingEvent.Finished.class).get(0);
        assertThat(finished.bestEpoch()).isEqualTo(8);
        assertThat(finished.best()).isEqualTo(epochs.get(7).value());
        assertThat(objective()
                        .judge(Metric.ACCURACY, SequenceClassifier.BatchObserver.NONE)
                        .score())
                .isEqualTo(finished.best());
    }

    @Test
    void theDevelopmentLossIsTheMeanCrossEntropyWithoutDropout() {
        train(settings -> settings.dropout(0.5).keep(TrainingConfig.Keep.LAST).epochs(2), event -> {});
        LabelledTexts dev = texts(32, 2);
        float[][] logits = network.predict(dev.texts(), SequenceClassifier.BatchObserver.NONE);
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            double right = logits[i][i % 2];
            double other = logits[i][1 - i % 2];
            sum += Math.log1p(Math.exp(other - right));
        }
        assertThat(of(TrainingEvent.Evaluated.class).get(1).devLoss()).isCloseTo(sum / 32, within(1e-9));
    }

    @Test
    void theDevelopmentLossOfScoresIsTheMeanSquaredError() {
        LabelledTexts rows = texts(32, 2);
        double[] scores = IntStream.range(0, 32).mapToDouble(i -> i / 8.0).toArray();
        LabelledTexts scored = new LabelledTexts(rows.texts(), new Regression.Scores(scores));
        try (SequenceClassifier one =
                SequenceClassifier.create(network.backbone(), network.method(), network.input(), 1, 5)) {
            Objective objective =
                    new HeadObjective(one, new Regression(), scored, Optional.of(scored), Method.HeadTraining.ALL);
            float[][] logits = one.predict(rows.texts(), SequenceClassifier.BatchObserver.NONE);
            double mean = IntStream.range(0, 32)
                    .mapToDouble(i -> Math.pow(logits[i][0] - scores[i], 2))
                    .average()
                    .orElseThrow();
            assertThat(objective
                            .judge(Metric.SPEARMAN, SequenceClassifier.BatchObserver.NONE)
                            .loss())
                    .isCloseTo(mean, within(1e-9));
        }
    }
}
