package org.unipelt.tuned;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.Checkpoints;
import org.unipelt.InputException;
import org.unipelt.backbone.EncoderDecoder;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;
import org.unipelt.data.Example;
import org.unipelt.data.LabelKind;
import org.unipelt.hub.BaseModel;
import org.unipelt.interop.RandomModel;
import org.unipelt.method.Methods;
import org.unipelt.method.Preset;
import org.unipelt.task.Answer;
import org.unipelt.task.HeadModel;
import org.unipelt.task.HeadOutput;
import org.unipelt.task.MixedPasses;
import org.unipelt.task.MultiLabel;
import org.unipelt.task.Regression;
import org.unipelt.task.Seq2Seq;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.task.Task;
import org.unipelt.testkit.TinyBart;
import org.unipelt.testkit.TinyBert;
import org.unipelt.text.Encoding;

/** Rows of different tuned models in one pass: each row's answer is that of its model by itself. */
class MixedBatchTest {
    private static final float TOLERANCE = 1e-5f;
    /** Two texts of each length, so that several models always share a batch. */
    private static final List<Example> TEXTS = List.of(
            Example.of("the big red parcel came late"),
            Example.of("the small letter went early yesterday"),
            Example.of("a box"),
            Example.of("red parcel"));

    /** Models with random tensors on one base, and what each computes by itself. */
    private record Models(List<TunedModel> models, List<Encoding> texts, List<float[][]> alone)
            implements AutoCloseable {
        static Models on(BaseModel base, List<String> methods) {
            List<TunedModel> models = new ArrayList<>();
            for (String method : methods) {
                models.add(model(method, base, models.size()));
            }
            List<Encoding> texts = TEXTS.stream().map(models.get(0)::encode).toList();
            return new Models(
                    models,
                    texts,
                    models.stream()
                            .map(model -> network(model).predict(texts, SequenceClassifier.BatchObserver.NONE))
                            .toList());
        }

        /** Tasks, poolings and heads take turns. */
        private static TunedModel model(String method, BaseModel base, int number) {
            List<Task> tasks = List.of(RandomModel.CLASSES, new Regression(), MultiLabel.usual(List.of("a", "b")));
            List<Pooling> poolings = base.backbone() instanceof EncoderDecoder
                    ? List.of(Pooling.END, Pooling.MEAN)
                    : base.pooling() == Pooling.POOLER
                            ? List.of(Pooling.POOLER, Pooling.MEAN, Pooling.FIRST)
                            : List.of(Pooling.FIRST, Pooling.MEAN);
            return RandomModel.of(
                    method,
                    base,
                    tasks.get(number % tasks.size()),
                    Optional.of(number % 4 < 2 ? Head.LINEAR : Head.DENSE),
                    Optional.of(poolings.get(number % poolings.size())));
        }

        private static SequenceClassifier network(TunedModel model) {
            return model.model().withHead().orElseThrow().network();
        }

        /**
         * Computes mixes.
         *
         * @param mixes rows of each: pairs of a model and a text, by their numbers
         */
        void check(List<List<int[]>> mixes) {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard frozen = new NoGradGuard()) {
                MixedPasses passes =
                        MixedPasses.of(models.stream().map(TunedModel::model).toList());
                mixes.forEach(rows -> check(passes, rows));
            }
        }

        private void check(MixedPasses passes, List<int[]> rows) {
            List<HeadOutput> mixed = passes.outputs(
                    rows.stream().map(row -> texts.get(row[1])).toList(),
                    models.get(0).base().backbone().compute(),
                    rows.stream().mapToInt(row -> row[0]).toArray());
            for (int i = 0; i < mixed.size(); i++) {
                int[] row = rows.get(i);
                assertThat(mixed.get(i).logits())
                        .as(() -> methodOf(row[0]) + ", text " + row[1] + ", beside "
                                + rows.stream()
                                        .map(each -> methodOf(each[0]))
                                        .distinct()
                                        .toList())
                        .containsExactly(alone.get(row[0])[row[1]], offset(TOLERANCE));
            }
        }

        private String methodOf(int model) {
            return models.get(model).card().method().toString();
        }

        @Override
        public void close() {
            models.forEach(TunedModel::close);
        }
    }

    /** Every preset that may be mixed, and what no preset has. */
    private static List<String> methods() {
        List<String> methods = new ArrayList<>(Methods.presets().stream()
                .map(Preset::name)
                .filter(name -> !name.equals("full"))
                .toList());
        methods.add("prompt(length=3)");
        methods.add("unipelt(houlsby,prefix(length=3),lora(gate=layer),bitfit,average=none,temperature=0.5)");
        methods.add("unipelt(adapter,prefix,lora,gate=central)");
        methods.add("unipelt(compacter,prompt(length=2),lora(on=query+key+attention-out+ffn-up+ffn-down),ia3,bitfit)");
        methods.add("modification(form=prefix(length=5,query=normed),at=attention,compose=scale(2))");
        return methods;
    }

    private static BaseModel open(String name) {
        return BaseModel.open(Checkpoints.folder(name).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert-classifier",
                "bert-relative-key-query",
                "roberta-classifier",
                "mpnet-classifier",
                "albert-classifier",
                "deberta-v3-classifier",
                "deberta-v2-position",
                "modernbert-classifier",
                "nomic-bert-classifier",
                "bart-classifier",
                "mbart-writer",
                "t5-classifier"
            })
    void everyMethodAnswersBesideAllOthersAsAlone(String folder) {
        try (BaseModel base = open(folder);
                Models all = Models.on(base, methods())) {
            List<int[]> everything = new ArrayList<>();
            for (int model = 0; model < all.models.size(); model++) {
                for (int text = 0; text < TEXTS.size(); text++) {
                    everything.add(new int[] {model, text});
                }
            }
            long seed = System.nanoTime();
            System.out.println("mixes on " + folder + ", seed " + seed);
            Random random = new Random(seed);
            Collections.shuffle(everything, random);
            List<int[]> some = IntStream.range(0, 16)
                    .mapToObj(i -> new int[] {random.nextInt(all.models.size()), random.nextInt(TEXTS.size())})
                    .toList();
            all.check(List.of(everything, some));
        }
    }

    /** A third model could hide what two do to each other. */
    @Test
    void everyPairAnswersAsAlone() {
        try (BaseModel base = open("bert-classifier");
                Models all = Models.on(base, methods())) {
            List<List<int[]>> pairs = new ArrayList<>();
            for (int one = 0; one < all.models.size(); one++) {
                for (int other = 0; other < one; other++) {
                    // Two texts of one length and two of another: both models are in both batches.
                    pairs.add(List.of(
                            new int[] {one, 0}, new int[] {other, 1}, new int[] {other, 2}, new int[] {one, 3}));
                }
            }
            all.check(pairs);
        }
    }

    @Test
    void whatNeedsABatchOfItsOwnGetsItAndSaysWhy(@TempDir Path work) throws IOException {
        try (BaseModel base = BaseModel.open(TinyBart.bart(work.resolve("bart")).toString());
                TunedModel classes = ofBart("lora", base, RandomModel.CLASSES);
                TunedModel scores = ofBart("prefix", base, new Regression());
                TunedModel full = ofBart("full", base, RandomModel.CLASSES);
                TunedModel padding = ofBart("unipelt(lora,adapter,average=all)", base, RandomModel.CLASSES);
                TunedModel writer = RandomModel.of(
                        "lora", base, Seq2Seq.usual(LabelKind.SUMMARY), Optional.empty(), Optional.empty())) {
            assertThat(MixedBatch.whyAlone(classes)).isEmpty();
            assertThat(MixedBatch.whyAlone(scores)).isEmpty();
            assertThat(MixedBatch.whyAlone(full)).hasValueSatisfying(why -> assertThat(why)
                    .startsWith("its method replaces whole weights of the base model, such as decoder."));
            assertThat(MixedBatch.whyAlone(padding))
                    .hasValue("its method averages over padding, so its answers depend on the rest of a batch");
            assertThat(MixedBatch.whyAlone(writer)).hasValue("its task has no head that reads one vector of a text");

            List<TunedModel> order = List.of(writer, scores, full, classes, padding, full, scores, classes, writer);
            List<MixedBatch.Request> requests = IntStream.range(0, order.size())
                    .mapToObj(i -> new MixedBatch.Request(order.get(i), Example.of("w" + i + " w2 w3")))
                    .toList();
            for (List<MixedBatch.Result> results :
                    List.of(MixedBatch.compute(requests), MixedBatch.computeInCaller(requests))) {
                for (int i = 0; i < order.size(); i++) {
                    String text = "w" + i + " w2 w3";
                    same(results.get(i).answer(), order.get(i).predict(text));
                    outputs(results.get(i), order.get(i), text);
                }
            }
        }
    }

    /** Vectors and logits beside others are those of the network alone. */
    private static void outputs(MixedBatch.Result result, TunedModel model, String text) {
        Optional<SequenceClassifier> network = model.model().withHead().map(HeadModel::network);
        assertThat(result.head().isPresent()).isEqualTo(network.isPresent());
        network.ifPresent(alone -> {
            List<Encoding> texts = List.of(model.encode(Example.of(text)));
            HeadOutput output = result.head().orElseThrow();
            assertThat(output.vector()).containsExactly(alone.vectors(texts)[0], offset(TOLERANCE));
            assertThat(output.logits())
                    .containsExactly(alone.predict(texts, SequenceClassifier.BatchObserver.NONE)[0], offset(TOLERANCE));
        });
    }

    private static TunedModel ofBart(String method, BaseModel base, Task task) {
        return RandomModel.of(method, base, task, Optional.of(Head.DENSE), Optional.of(Pooling.END));
    }

    private static void same(Answer actual, Answer expected) {
        if (expected instanceof Answer.Label label) {
            Map<String, Double> probabilities = ((Answer.Label) actual).probabilities();
            label.probabilities().forEach((name, value) -> assertThat(probabilities.get(name))
                    .isCloseTo(value, offset(1e-5)));
        } else if (expected instanceof Answer.Score score) {
            assertThat(((Answer.Score) actual).value()).isCloseTo(score.value(), offset(1e-5));
        } else {
            assertThat(actual).isEqualTo(expected);
        }
    }

    @Test
    void aRequestThatDoesNotFitIsNamedByItsNumber(@TempDir Path work) throws IOException {
        String folder = TinyBert.write(work.resolve("one")).toString();
        String otherFolder = TinyBert.write(work.resolve("other")).toString();
        try (BaseModel base = BaseModel.open(folder);
                BaseModel again = BaseModel.open(folder);
                BaseModel other = BaseModel.open(otherFolder);
                TunedModel here = ofBert("lora", base);
                TunedModel twin = ofBert("lora", again);
                TunedModel there = ofBert("lora", other)) {
            MixedBatch.Request first = new MixedBatch.Request(here, Example.of("w1"));
            refused(
                    List.of(first, first, new MixedBatch.Request(there, Example.of("w1"))),
                    "request 3: its model is on the base model " + otherFolder + ", that of request 1 on " + folder
                            + "; a mixed batch needs one open base model: load all its models on it");
            refused(
                    List.of(first, new MixedBatch.Request(twin, Example.of("w1"))),
                    "request 2: its model is on another opening of " + folder
                            + "; a mixed batch needs one open base model: load all its models on it");
            refused(
                    List.of(first, new MixedBatch.Request(here, Example.ofPair("w1", "w2"))),
                    "request 2: this model was trained on single texts, but one text has a second");
            assertThat(MixedBatch.predict(List.of())).isEmpty();
        }
    }

    private static void refused(List<MixedBatch.Request> requests, String message) {
        assertThatThrownBy(() -> MixedBatch.predict(requests))
                .isInstanceOf(InputException.class)
                .hasMessage(message);
    }

    private static TunedModel ofBert(String method, BaseModel base) {
        return RandomModel.of(method, base, RandomModel.CLASSES, Optional.of(Head.LINEAR), Optional.of(Pooling.FIRST));
    }

    @Test
    void closingWaitsAndAnInterruptEndsACall(@TempDir Path work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (BaseModel base =
                        BaseModel.open(TinyBert.write(work.resolve("bert")).toString());
                TunedModel stays = ofBert("unipelt-apl", base);
                TunedModel closes = ofBert("prefix", base)) {
            List<MixedBatch.Request> requests = IntStream.range(0, 16)
                    .mapToObj(i -> new MixedBatch.Request(i % 2 == 0 ? stays : closes, Example.of("w" + i + " good")))
                    .toList();
            List<Answer> expected = MixedBatch.predict(requests);
            AtomicInteger calls = new AtomicInteger();
            List<Future<?>> running = IntStream.range(0, 2)
                    .<Future<?>>mapToObj(i -> threads.submit(() -> {
                        while (true) {
                            assertThat(MixedBatch.predict(requests)).isEqualTo(expected);
                            calls.incrementAndGet();
                        }
                    }))
                    .toList();
            while (calls.get() < 4 && running.stream().noneMatch(Future::isDone)) {
                Thread.onSpinWait();
            }
            closes.close();
            for (Future<?> each : running) {
                assertThatThrownBy(each::get)
                        .isInstanceOf(ExecutionException.class)
                        .cause()
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("the tuned model is closed; open it again to use it");
            }
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> MixedBatch.predict(List.of(requests.get(0))))
                    .isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).as("the thread stays interrupted").isTrue();
        } finally {
            threads.shutdownNow();
        }
    }
}
