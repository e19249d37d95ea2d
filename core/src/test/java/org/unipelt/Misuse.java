package org.unipelt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.unipelt.backbone.Pooling;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.LabelKind;
import org.unipelt.generation.Generation;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.MethodObserver;
import org.unipelt.method.Methods;
import org.unipelt.run.Run;
import org.unipelt.run.Tuning;
import org.unipelt.runtime.Engine;
import org.unipelt.runtime.Workers;
import org.unipelt.task.Answer;
import org.unipelt.task.HeadInput;
import org.unipelt.task.Seq2Seq;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.testkit.Numbers;
import org.unipelt.testkit.TensorFile;
import org.unipelt.testkit.TinyBart;
import org.unipelt.testkit.TinyBert;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;
import org.unipelt.text.Tokenizer;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * Uses the library as it must not be used: closed, interrupted, from several threads, from inside its own listeners, with
 * listeners that throw. {@code MisuseTest} runs it in a process of its own and reads what it prints, since what may go wrong
 * here ends the process.
 */
final class Misuse {
    private static final String METHOD = "unipelt(adapter(bottleneck=4),lora(rank=2))";
    private static final List<Example> TEXTS = IntStream.range(0, 24)
            .mapToObj(i -> Example.of("w" + i + " good w" + i % 7))
            .toList();

    private final Path work;
    private final Path bert;
    private final Path bart;
    private final Path rows;
    private final Path pairs;
    private final Path tuned;
    private final Path writer;
    private final byte[] whole;
    /** How often a case of chance is repeated. */
    private final int times;

    private Misuse(Path work, int times) throws IOException {
        this.work = work;
        this.times = times;
        bert = TinyBert.write(work.resolve("bert"));
        bart = TinyBart.bart(work.resolve("bart"));
        rows = TinyTable.rows(work.resolve("rows.tsv"), 32, "text", "label");
        pairs = TinyTable.rows(work.resolve("pairs.tsv"), 8, "source", "target");
        tuned = work.resolve("tuned");
        writer = work.resolve("writer");
        try (BaseModel base = open()) {
            tuning(base).train(tuned).close();
            whole = Files.readAllBytes(tuned.resolve("adapter.safetensors"));
        }
        try (BaseModel base = BaseModel.open(bart.toString())) {
            writing(base).train(writer).close();
        }
    }

    private interface Case {
        void run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        Misuse misuse = new Misuse(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        for (Map.Entry<String, Case> each : misuse.cases().entrySet()) {
            if (arguments.length > 2 && !each.getKey().contains(arguments[2])) {
                continue;
            }
            long start = System.nanoTime();
            System.out.println("begin\t" + each.getKey());
            String said;
            try {
                each.getValue().run();
                said = (System.nanoTime() - start) / 1_000_000 + " ms\tas it must";
            } catch (Throwable e) {
                said = "wrong: " + e.toString().replaceAll("\\s+", " ");
                e.printStackTrace();
            }
            // A case that leaves its thread interrupted is not to be the next one's trouble.
            Thread.interrupted();
            System.out.println("end\t" + each.getKey() + "\t" + said);
        }
        System.out.println("all done");
    }

    private Map<String, Case> cases() {
        Map<String, Case> cases = new LinkedHashMap<>();
        cases.put("eight threads predict at once, with two models on one base", this::together);
        cases.put("a tuned model closes while threads predict", this::closeTuned);
        cases.put("a base closes while threads predict", this::closeBase);
        cases.put("a model that writes closes while threads write", this::closeWriter);
        cases.put("a base closes while a model trains on it", this::closeUnderTraining);
        cases.put("a base closes while models load on it", this::closeUnderLoading);
        cases.put("a tokenizer closes while threads encode", this::closeTokenizer);
        cases.put("a network closes while threads predict", this::closeNetwork);
        cases.put("everything of a closed model is refused", this::closed);
        cases.put("closing twice, and from several threads", this::closeTwice);
        cases.put("training is interrupted from another thread", this::interruptTraining);
        cases.put("training is interrupted at each event", this::interruptAtEvents);
        cases.put("predicting is interrupted", this::interruptPredicting);
        cases.put("loading and saving are interrupted", this::interruptFiles);
        cases.put("workers are interrupted while pieces compute", this::interruptWorkers);
        cases.put("a listener closes its own base", this::closeFromListener);
        cases.put("an observer closes what it looks at", this::closeFromObserver);
        cases.put("a listener trains and predicts on the same base", this::useFromListener);
        cases.put("an observer predicts", this::useFromObserver);
        cases.put("a listener throws", this::listenerThrows);
        cases.put("a piece runs out of memory", this::outOfMemory);
        cases.put("what is asked for when to stop, and settings, throw", this::callbacksThrow);
        cases.put("weights that are not finite are refused", this::notFiniteWeights);
        cases.put("weights that give NaN give no prediction", this::notFiniteAnswers);
        return cases;
    }

    private BaseModel open() {
        return BaseModel.open(bert.toString());
    }

    private Tuning tuning(BaseModel base) {
        return Tuning.of(base, METHOD)
                .on(DataSpec.of(rows))
                .with(settings -> settings.epochs(2).batchSize(8).maxLength(16).keep(TrainingConfig.Keep.BEST));
    }

    private Tuning writing(BaseModel base) {
        Generation generation = new Generation(12, 0, 1, 1, false, 0);
        return Tuning.of(base, "lora(rank=2)")
                .on(DataSpec.of(pairs).withDev(pairs).withTargets(LabelKind.SUMMARY, "source", "target"))
                .writing(new Seq2Seq(LabelKind.SUMMARY, 12, 0.1, Optional.empty(), generation))
                .with(settings -> settings.epochs(1).batchSize(4).maxLength(16));
    }

    private static void check(boolean right, String what) {
        if (!right) {
            throw new AssertionError(what);
        }
    }

    /** What an action throws, which must be of a type and say some words. */
    private static <E extends Throwable> E thrown(Class<E> type, String words, Callable<?> action) {
        try {
            action.call();
        } catch (Throwable e) {
            check(type.isInstance(e) && String.valueOf(e.getMessage()).contains(words), "other than expected: " + e);
            return type.cast(e);
        }
        throw new AssertionError("nothing was thrown, and not " + type.getSimpleName() + " with '" + words + "'");
    }

    private static Callable<Void> action(Case action) {
        return () -> {
            action.run();
            return null;
        };
    }

    /** Threads repeat an action until it is refused as closed; something closes meanwhile. */
    private static void refusedOnceClosed(int threads, String what, Callable<?> action, Case close) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch begun = new CountDownLatch(threads);
            List<Future<Void>> ends = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                ends.add(pool.submit(() -> {
                    begun.countDown();
                    thrown(IllegalStateException.class, what, action(() -> {
                        while (true) {
                            action.call();
                        }
                    }));
                    return null;
                }));
            }
            begun.await();
            TimeUnit.MILLISECONDS.sleep(5);
            close.run();
            thrown(IllegalStateException.class, what, action);
            for (Future<Void> end : ends) {
                end.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private void together() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try (BaseModel base = open();
                TunedModel one = TunedModel.load(tuned, base);
                TunedModel other = Tuning.of(base, "lora(rank=2)")
                        .on(DataSpec.of(rows))
                        .with(settings -> settings.epochs(1).batchSize(8).maxLength(16))
                        .train(work.resolve("other"))) {
            List<List<Answer>> right = List.of(one.predict(TEXTS), other.predict(TEXTS));
            check(!right.get(0).equals(right.get(1)), "both models say the same");
            List<Callable<Void>> all = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                int model = thread % 2;
                all.add(() -> {
                    for (int i = 0; i < times; i++) {
                        List<Answer> said = (model == 0 ? one : other).predict(TEXTS);
                        check(said.equals(right.get(model)), "another answer: " + said);
                    }
                    return null;
                });
            }
            for (Future<Void> each : pool.invokeAll(all)) {
                each.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private void closeTuned() throws Exception {
        try (BaseModel base = open()) {
            for (int i = 0; i < times; i++) {
                TunedModel model = TunedModel.load(tuned, base);
                refusedOnceClosed(8, "the tuned model is closed", () -> model.predict(TEXTS), model::close);
            }
        }
    }

    private void closeBase() throws Exception {
        for (int i = 0; i < times; i++) {
            BaseModel base = open();
            try (TunedModel one = TunedModel.load(tuned, base);
                    TunedModel other = TunedModel.load(tuned, base)) {
                AtomicInteger turn = new AtomicInteger();
                refusedOnceClosed(
                        8,
                        "the base model " + bert + " is closed",
                        () -> (turn.getAndIncrement() % 2 == 0 ? one : other).predict(TEXTS),
                        base::close);
            }
        }
    }

    private void closeWriter() throws Exception {
        try (BaseModel base = BaseModel.open(bart.toString())) {
            for (int i = 0; i < Math.max(1, times / 5); i++) {
                TunedModel model = TunedModel.load(writer, base);
                refusedOnceClosed(
                        4, "the tuned model is closed", () -> model.predict(TEXTS.subList(0, 6)), model::close);
            }
        }
    }

    private void closeUnderTraining() throws Exception {
        BaseModel base = open();
        CountDownLatch stepped = new CountDownLatch(3);
        Path folder = work.resolve("closed-under-training");
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try {
            Future<?> training = pool.submit(() -> tuning(base)
                    .tell(event -> stepped.countDown())
                    .train(folder)
                    .close());
            stepped.await();
            base.close();
            check(
                    training.isDone() || Files.exists(folder.resolve("adapter.json")),
                    "closed before the training's end");
            training.get();
            check(Arrays.equals(whole, Files.readAllBytes(folder.resolve("adapter.safetensors"))), "another model");
        } finally {
            pool.shutdownNow();
        }
        Path later = work.resolve("later");
        thrown(IllegalStateException.class, "is closed", () -> tuning(base).train(later));
        check(!Files.exists(later), "a refused training leaves a folder");
    }

    private void closeUnderLoading() throws Exception {
        for (int i = 0; i < times; i++) {
            BaseModel base = open();
            refusedOnceClosed(
                    4,
                    "the base model " + bert + " is closed",
                    action(() -> TunedModel.load(tuned, base).close()),
                    base::close);
        }
    }

    private void closeTokenizer() throws Exception {
        List<Segments> texts = Collections.nCopies(300, Segments.of("w1 good w2 bad w3"));
        for (int i = 0; i < times; i++) {
            Tokenizer tokenizer = Tokenizer.load(bert);
            refusedOnceClosed(8, "is closed", () -> tokenizer.encodeAll(texts, 16), tokenizer::close);
        }
        Tokenizer tokenizer = Tokenizer.load(bert);
        refusedOnceClosed(8, "is closed", () -> tokenizer.decode(new int[] {5, 6, 7}), tokenizer::close);
    }

    private SequenceClassifier network(BaseModel base) {
        return SequenceClassifier.create(base.backbone(), Methods.parse(METHOD), HeadInput.by(Pooling.MEAN), 2, 1);
    }

    private static List<Encoding> encodings(BaseModel base) {
        return base.tokenizer()
                .encodeAll(TEXTS.stream().map(text -> Segments.of(text.text())).toList(), 16);
    }

    private void closeNetwork() throws Exception {
        for (int i = 0; i < times; i++) {
            BaseModel base = open();
            SequenceClassifier network = network(base);
            List<Encoding> texts = encodings(base);
            boolean closesNetwork = i % 2 == 0;
            refusedOnceClosed(
                    8,
                    closesNetwork ? "the tuned model is closed" : "the base model is closed",
                    () -> network.predict(texts, SequenceClassifier.BatchObserver.NONE),
                    closesNetwork ? network::close : base::close);
            network.close();
            base.close();
        }
    }

    private void closed() {
        BaseModel base = open();
        TunedModel model = TunedModel.load(tuned, base);
        TunedModel other = TunedModel.load(tuned, base);
        model.close();
        refusesAll(model, "the tuned model is closed");
        base.close();
        String words = "the base model " + bert + " is closed";
        refusesAll(other, words);
        thrown(IllegalStateException.class, words, () -> TunedModel.load(tuned, base));
        thrown(IllegalStateException.class, words, () -> tuning(base).train(work.resolve("none")));
        thrown(IllegalStateException.class, words, base::use);
        thrown(IllegalStateException.class, "closed", () -> base.tokenizer().encode("w1", Optional.empty(), 8));
        thrown(IllegalStateException.class, "closed", () -> base.tokenizer().decode(new int[] {5}));
        thrown(IllegalStateException.class, "closed", () -> base.backbone()
                .weights()
                .asMap());
        check(!Files.exists(work.resolve("none")), "a refused training leaves a folder");
        other.close();
    }

    private void refusesAll(TunedModel model, String words) {
        Dataset data = new Dataset("rows", List.of(Example.of("w1").labelled("good")));
        Path saved = work.resolve("saved");
        List<Callable<?>> calls = List.of(
                () -> model.predict("w1"),
                () -> model.predict(TEXTS),
                () -> model.evaluate(data),
                () -> model.gates(TEXTS),
                model::merge,
                action(() -> model.save(saved)));
        calls.forEach(call -> thrown(IllegalStateException.class, words, call));
        check(!Files.exists(saved.resolve("adapter.json")), "a closed model was saved");
        check(model.labels().outputs() == 2 && model.card().method().toString().contains("lora"), "its card is gone");
    }

    private void closeTwice() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            BaseModel base = open();
            TunedModel model = TunedModel.load(tuned, base);
            for (AutoCloseable each : List.of(model, base)) {
                Callable<Void> close = action(each::close);
                for (Future<Void> end : pool.invokeAll(Collections.nCopies(4, close))) {
                    end.get();
                }
                each.close();
            }
            model.close();
        } finally {
            pool.shutdownNow();
        }
    }

    private boolean resumes(Path folder) throws IOException {
        if (!Files.exists(folder.resolve("adapter.json"))) {
            try (BaseModel base = open()) {
                Run run = Run.reopen(folder);
                run.train(base, run.load(), event -> {}, () -> false)
                        .orElseThrow()
                        .close();
            }
        }
        return Arrays.equals(whole, Files.readAllBytes(folder.resolve("adapter.safetensors")));
    }

    private void interruptTraining() throws Exception {
        for (int i = 0; i < Math.max(4, times / 2); i++) {
            Path folder = work.resolve("interrupted-" + i);
            CountDownLatch begun = new CountDownLatch(1 + i * 5 % 12);
            ExecutorService pool = Executors.newSingleThreadExecutor();
            BaseModel base = open();
            Future<Boolean> training = pool.submit(() -> {
                try {
                    tuning(base).tell(event -> begun.countDown()).train(folder).close();
                } catch (CancellationException e) {
                    check(e.getMessage().contains("the run can be resumed"), "not said: " + e.getMessage());
                }
                return Thread.currentThread().isInterrupted();
            });
            begun.await();
            // Somewhere within a step.
            TimeUnit.MICROSECONDS.sleep(i * 137L % 3000);
            pool.shutdownNow();
            // What a service does then: at once.
            base.close();
            check(training.get() || Files.exists(folder.resolve("adapter.json")), "the interrupt was swallowed");
            check(resumes(folder), "another model after an interrupt");
        }
    }

    private void interruptAtEvents() throws Exception {
        for (int at = 1; at <= 14; at += times > 20 ? 1 : 4) {
            Path folder = work.resolve("event-" + at);
            AtomicInteger left = new AtomicInteger(at);
            TrainingEvent.Listener interrupting = event -> {
                if (left.decrementAndGet() == 0) {
                    Thread.currentThread().interrupt();
                }
            };
            try (BaseModel base = open()) {
                tuning(base).tell(interrupting).train(folder).close();
                // The very last event: nothing was left to interrupt.
                check(Thread.currentThread().isInterrupted(), "the interrupt was swallowed");
            } catch (CancellationException e) {
                check(e.getMessage().contains("the run can be resumed"), "not said: " + e.getMessage());
                check(Thread.currentThread().isInterrupted(), "the interrupt was swallowed");
            }
            Thread.interrupted();
            check(resumes(folder), "another model after an interrupt at event " + at);
        }
    }

    private void interruptPredicting() throws Exception {
        List<Example> many = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            many.addAll(TEXTS);
        }
        for (int i = 0; i < times; i++) {
            ExecutorService pool = Executors.newSingleThreadExecutor();
            BaseModel base = open();
            TunedModel model = TunedModel.load(tuned, base);
            CountDownLatch begun = new CountDownLatch(1);
            Future<Boolean> end = pool.submit(() -> {
                begun.countDown();
                thrown(CancellationException.class, "interrupted", action(() -> {
                    while (true) {
                        model.predict(many);
                    }
                }));
                return Thread.currentThread().isInterrupted();
            });
            begun.await();
            TimeUnit.MICROSECONDS.sleep(i * 731L % 9000);
            pool.shutdownNow();
            model.close();
            base.close();
            try {
                check(end.get(), "the interrupt was swallowed");
            } catch (ExecutionException e) {
                // Closed before the call came as far as to see the interrupt.
                check(e.getCause().getMessage().contains("is closed"), "other than expected: " + e.getCause());
            }
        }
    }

    private void interruptFiles() throws IOException {
        try (BaseModel base = open();
                TunedModel model = TunedModel.load(tuned, base)) {
            Path folder = work.resolve("saved-interrupted");
            Thread.currentThread().interrupt();
            model.save(folder);
            check(Thread.currentThread().isInterrupted(), "the interrupt was swallowed");
            check(Files.exists(folder.resolve("adapter.json")), "not saved");
            thrown(CancellationException.class, "interrupted while reading", () -> TunedModel.load(folder, base));
            thrown(CancellationException.class, "interrupted while reading", this::open);
            check(Thread.interrupted(), "the interrupt was swallowed");
            try (TunedModel again = TunedModel.load(folder, base)) {
                check(again.predict(TEXTS).equals(model.predict(TEXTS)), "another model");
            }
        }
    }

    private void interruptWorkers() throws Exception {
        Workers workers = Engine.workers();
        AtomicInteger computing = new AtomicInteger();
        Callable<Void> slow = () -> {
            computing.incrementAndGet();
            TimeUnit.MILLISECONDS.sleep(30);
            computing.decrementAndGet();
            return null;
        };
        Thread caller = Thread.currentThread();
        for (boolean early : List.of(true, false)) {
            AtomicInteger begun = new AtomicInteger();
            List<Callable<Void>> pieces = new ArrayList<>(Collections.nCopies(20, () -> {
                if (begun.incrementAndGet() == 2) {
                    caller.interrupt();
                }
                return slow.call();
            }));
            if (early) {
                thrown(CancellationException.class, "interrupted", () -> workers.all(pieces));
                check(begun.get() < 20, "all pieces were begun");
            } else {
                workers.allUninterruptibly(pieces);
                check(begun.get() == 20, "pieces were left out");
            }
            check(computing.get() == 0, "pieces still compute");
            check(Thread.interrupted(), "the interrupt was swallowed");
        }
    }

    private static final String INSIDE = "from inside a call that uses it";

    private void closeFromListener() throws IOException {
        try (BaseModel base = open()) {
            Path folder = work.resolve("closing");
            TrainingEvent.Listener closing = event -> thrown(IllegalStateException.class, INSIDE, action(base::close));
            BooleanSupplier stop = () -> {
                closing.on(null);
                return false;
            };
            try (TunedModel model =
                    tuning(base).tell(closing).train(folder, stop).orElseThrow()) {
                check(model.predict(TEXTS).size() == TEXTS.size(), "no predictions");
            }
            check(resumes(folder), "another model");
            thrown(IllegalStateException.class, INSIDE, () -> tuning(base)
                    .tell(event -> base.close())
                    .train(work.resolve("closing-2")));
        }
    }

    private void closeFromObserver() {
        try (BaseModel base = open();
                SequenceClassifier network = network(base)) {
            List<Encoding> texts = encodings(base);
            for (AutoCloseable each : List.of(network, base)) {
                thrown(
                        IllegalStateException.class,
                        INSIDE,
                        () -> network.predict(texts, rows -> {
                            try {
                                each.close();
                            } catch (RuntimeException e) {
                                throw e;
                            } catch (Exception e) {
                                throw new AssertionError(e);
                            }
                            return MethodObserver.NONE;
                        }));
            }
            check(
                    network.predict(texts, SequenceClassifier.BatchObserver.NONE).length == texts.size(),
                    "no predictions");
        }
    }

    private void useFromListener() throws IOException {
        try (BaseModel base = open();
                TunedModel model = TunedModel.load(tuned, base)) {
            List<Answer> right = model.predict(TEXTS);
            AtomicInteger nested = new AtomicInteger();
            Path folder = work.resolve("using");
            tuning(base)
                    .tell(event -> {
                        check(model.predict(TEXTS).equals(right), "another answer from a listener");
                        if (event instanceof TrainingEvent.Evaluated) {
                            tuning(base)
                                    .train(work.resolve("nested-" + nested.incrementAndGet()))
                                    .close();
                        }
                    })
                    .train(folder)
                    .close();
            check(resumes(folder) && resumes(work.resolve("nested-1")), "another model");
        }
    }

    private void useFromObserver() {
        try (BaseModel base = open();
                SequenceClassifier network = network(base)) {
            List<Encoding> texts = encodings(base);
            float[][] right = network.predict(texts, SequenceClassifier.BatchObserver.NONE);
            float[][] outer = network.predict(texts, rows -> {
                float[][] inner = network.predict(texts, SequenceClassifier.BatchObserver.NONE);
                check(Arrays.deepEquals(inner, right), "another answer from an observer");
                return MethodObserver.NONE;
            });
            check(Arrays.deepEquals(outer, right), "another answer");
        }
    }

    private void listenerThrows() throws IOException {
        int number = 0;
        try (BaseModel base = open()) {
            for (Throwable thrown : List.of(
                    new IllegalArgumentException("mine"),
                    new OutOfMemoryError("mine"),
                    new CancellationException("mine"))) {
                for (int at : new int[] {2, 8}) {
                    Path folder = work.resolve("thrown-" + number++);
                    AtomicInteger left = new AtomicInteger(at);
                    TrainingEvent.Listener listener = event -> {
                        if (left.decrementAndGet() == 0) {
                            throwIt(thrown);
                        }
                    };
                    thrown(thrown.getClass(), "", () -> tuning(base)
                            .tell(listener)
                            .train(folder));
                    if (Files.exists(folder.resolve("run.json"))) {
                        check(resumes(folder), "another model after a listener threw");
                    } else {
                        tuning(base).train(folder).close();
                    }
                }
            }
        }
    }

    private static void throwIt(Throwable thrown) {
        if (thrown instanceof Error e) {
            throw e;
        }
        throw (RuntimeException) thrown;
    }

    private void outOfMemory() {
        AtomicInteger computing = new AtomicInteger();
        List<Callable<Void>> pieces = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            boolean fails = i == 3;
            pieces.add(() -> {
                if (fails) {
                    throw new OutOfMemoryError("mine");
                }
                computing.incrementAndGet();
                TimeUnit.MILLISECONDS.sleep(5);
                computing.decrementAndGet();
                return null;
            });
        }
        thrown(OutOfMemoryError.class, "mine", () -> Engine.workers().all(pieces));
        check(computing.get() == 0, "pieces still compute");
        try (BaseModel base = open();
                SequenceClassifier network = network(base)) {
            List<Encoding> texts = encodings(base);
            thrown(
                    OutOfMemoryError.class,
                    "mine",
                    () -> network.predict(texts, rows -> {
                        throw new OutOfMemoryError("mine");
                    }));
            check(
                    network.predict(texts, SequenceClassifier.BatchObserver.NONE).length == texts.size(),
                    "no predictions");
        }
    }

    private void callbacksThrow() {
        try (BaseModel base = open()) {
            Path folder = work.resolve("callbacks");
            thrown(OutOfMemoryError.class, "mine", () -> tuning(base).train(folder, () -> {
                throw new OutOfMemoryError("mine");
            }));
            thrown(IllegalArgumentException.class, "mine", () -> tuning(base)
                    .with(settings -> {
                        throw new IllegalArgumentException("mine");
                    })
                    .train(folder));
            check(!Files.exists(folder), "a training that never began leaves a folder");
            thrown(IllegalStateException.class, "on(DataSpec)", () -> Tuning.of(base, METHOD)
                    .train(folder));
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (String name :
                new String[] {"config.json", "vocab.txt", TinyBert.WEIGHTS, "adapter.json", "adapter.safetensors"}) {
            if (Files.exists(from.resolve(name))) {
                Files.copy(from.resolve(name), to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private void notFiniteWeights() throws IOException {
        String layer = "encoder.layer.1.output.dense.weight";
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            Path broken = work.resolve("broken");
            copy(bert, broken);
            TensorFile.change(broken.resolve(TinyBert.WEIGHTS), last(layer, bad));
            InputException e = thrown(InputException.class, layer, () -> BaseModel.open(broken.toString()));
            check(e.getMessage().contains(broken.resolve(TinyBert.WEIGHTS).toString()), "no file: " + e.getMessage());
            check(e.getMessage().contains("NaN or infinite"), "no reason: " + e.getMessage());
            copy(tuned, broken);
            Path weights = broken.resolve("adapter.safetensors");
            TensorFile.change(weights, last("head.weight", bad));
            sign(broken);
            try (BaseModel base = open()) {
                e = thrown(InputException.class, "'head.weight'", () -> TunedModel.load(broken, base));
                check(e.getMessage().contains(weights.toString()), "no file: " + e.getMessage());
            }
        }
    }

    private static Consumer<Map<String, Numbers>> last(String name, float value) {
        return tensors -> {
            float[] values = tensors.get(name).values();
            values[values.length - 1] = value;
        };
    }

    /** Makes every number of a tensor as large as numbers are, with its own sign. */
    private static Consumer<Map<String, Numbers>> huge(String name) {
        return tensors -> {
            float[] values = tensors.get(name).values();
            for (int i = 0; i < values.length; i++) {
                values[i] = Math.copySign(3e38f, values[i]);
            }
        };
    }

    /** Puts the right checksum of changed weights into the card. */
    private static void sign(Path folder) throws IOException {
        CRC32C crc = new CRC32C();
        crc.update(Files.readAllBytes(folder.resolve("adapter.safetensors")));
        Path card = folder.resolve("adapter.json");
        Files.writeString(
                card,
                Files.readString(card)
                        .replaceFirst(
                                "(\"checksum\"\\s*:\\s*\")[0-9a-f]+",
                                "$1" + HexFormat.of().toHexDigits((int) crc.getValue()))
                        // The card's own; without it, it is read as that of an earlier version.
                        .replaceFirst(",\\s*\"contentChecksum\"\\s*:\\s*\"\\w+\"", ""));
    }

    private void notFiniteAnswers() throws IOException {
        Path huge = work.resolve("huge");
        copy(tuned, huge);
        // Finite themselves; their product with the vector is not.
        TensorFile.change(huge.resolve("adapter.safetensors"), huge("head.weight"));
        sign(huge);
        try (BaseModel base = open();
                TunedModel model = TunedModel.load(huge, base)) {
            Dataset data = new Dataset("rows", List.of(Example.of("w1").labelled("good")));
            thrown(InputException.class, "instead of a finite number", () -> model.predict("w1 good w2"));
            thrown(InputException.class, "instead of a finite number", () -> model.evaluate(data));
        }
        Path base = work.resolve("huge-base");
        copy(bert, base);
        TensorFile.change(base.resolve(TinyBert.WEIGHTS), huge("encoder.layer.0.attention.self.value.weight"));
        try (BaseModel opened = BaseModel.open(base.toString())) {
            Path folder = work.resolve("from-huge");
            InputException e =
                    thrown(InputException.class, "", () -> tuning(opened).train(folder));
            check(e.getMessage().contains("download the model again"), "no cause: " + e.getMessage());
            check(!Files.exists(folder), "a training that never began leaves a folder");
        }
    }
}
