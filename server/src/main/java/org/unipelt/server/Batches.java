package org.unipelt.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;
import org.unipelt.runtime.Engine;
import org.unipelt.task.Answer;

/**
 * Puts texts of many requests into batches. A text waits for others until the oldest has waited long enough, or there are
 * tokens enough. A batch has texts of one base model. There is one worker per core.
 *
 * <pre>
 *   requests ─▶ texts ─▶ queue, with an end ─▶ a batch of one base model ─▶ a worker: Answering ─▶ answers
 * </pre>
 *
 * <p>A request that is cancelled, or whose deadline passes, leaves the queue at once. Thread safe.
 */
final class Batches implements AutoCloseable {
    private final ServerSettings.Batching settings;
    private final Answering answering;
    private final Measures measures;
    private final Consumer<Throwable> failures;
    private final List<Thread> workers;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Under the lock. */
    private final Deque<Text> queue = new ArrayDeque<>();

    private boolean ending;

    /**
     * Starts the workers.
     *
     * @param failures is told of errors of the program
     */
    Batches(ServerSettings.Batching settings, Answering answering, Measures measures, Consumer<Throwable> failures) {
        this.settings = settings;
        this.answering = answering;
        this.measures = measures;
        this.failures = failures;
        this.workers = IntStream.range(0, Engine.workers().count())
                .mapToObj(i -> Engine.thread(this::work, "unipelt-batches-" + i))
                .toList();
        measures.queue(this::waiting);
        workers.forEach(Thread::start);
    }

    /** A request: its answers, as they come. */
    private static final class Asked {
        private final Answer[] answers;
        private final AtomicInteger left;
        private final CompletableFuture<List<Answer>> done = new CompletableFuture<>();

        Asked(int texts) {
            this.answers = new Answer[texts];
            this.left = new AtomicInteger(texts);
        }

        void take(int place, Answer answer) {
            answers[place] = answer;
            if (left.decrementAndGet() == 0) {
                done.complete(Arrays.asList(answers));
            }
        }
    }

    /** A text of a request that waits. */
    private record Text(Asked asked, int place, ServedModel model, Example example, int tokens, long arrived) {
        boolean isGone() {
            return asked.done.isDone();
        }
    }

    /**
     * A text to answer.
     *
     * @param tokens its tokens
     */
    record Row(ServedModel model, Example example, int tokens) {}

    /**
     * Takes a request.
     *
     * @param deadline in milliseconds from now
     * @return the answers in the order of the rows; it fails with a {@link Problem}. Cancel it to take the request back
     * @throws Problem if the queue is full, the server is ending, or a model is being unloaded
     */
    CompletableFuture<List<Answer>> ask(List<Row> rows, long deadline) {
        Asked asked = new Asked(rows.size());
        long now = System.nanoTime();
        List<Text> texts = IntStream.range(0, rows.size())
                .mapToObj(i -> new Text(
                        asked,
                        i,
                        rows.get(i).model(),
                        rows.get(i).example(),
                        rows.get(i).tokens(),
                        now))
                .toList();
        lock.lock();
        try {
            if (ending) {
                throw Problem.ending();
            }
            if (queue.size() + texts.size() > settings.queue()) {
                measures.refused();
                throw Problem.full("the queue is full: " + queue.size() + " texts wait, and " + settings.queue()
                        + " may; ask again in a moment");
            }
            begin(texts);
            queue.addAll(texts);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        CompletableFuture<?> unusedWithdrawal = asked.done.orTimeout(deadline, TimeUnit.MILLISECONDS).whenComplete((answers, failure) -> {
            if (failure != null) {
                withdraw(asked);
            }
        });
        CompletableFuture<List<Answer>> result = asked.done.handle((answers, failure) -> {
            if (failure instanceof TimeoutException) {
                throw Problem.late(deadline);
            }
            if (failure instanceof RuntimeException known) {
                throw known;
            }
            return answers;
        });
        // Whoever cancels the result cancels the request.
        CompletableFuture<?> unusedCancel = result.whenComplete((answers, failure) -> {
            if (result.isCancelled()) {
                asked.done.cancel(false);
            }
        });
        return result;
    }

    private static void begin(List<Text> texts) {
        int begun = 0;
        try {
            for (Text text : texts) {
                text.model().begin();
                begun++;
            }
        } finally {
            if (begun < texts.size()) {
                texts.subList(0, begun).forEach(text -> text.model().end());
            }
        }
    }

    private void withdraw(Asked asked) {
        lock.lock();
        try {
            drop(text -> text.asked() == asked);
        } finally {
            lock.unlock();
        }
    }

    private void drop(java.util.function.Predicate<Text> which) {
        for (Iterator<Text> each = queue.iterator(); each.hasNext(); ) {
            Text text = each.next();
            if (which.test(text)) {
                each.remove();
                text.model().end();
            }
        }
    }

    /** Returns how many texts wait. */
    int waiting() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        for (List<Text> batch = next(); !batch.isEmpty(); batch = next()) {
            try {
                compute(batch);
            } finally {
                batch.forEach(text -> text.model().end());
            }
        }
    }

    /** Waits for a batch; empty at the end. */
    private List<Text> next() {
        lock.lock();
        try {
            while (true) {
                Text oldest = queue.peek();
                if (oldest == null) {
                    if (ending) {
                        return List.of();
                    }
                    changed.awaitUninterruptibly();
                    continue;
                }
                long left = oldest.arrived() + settings.delay().toNanos() - System.nanoTime();
                if (ending
                        || left <= 0
                        || ofBase(oldest.model().base()).mapToLong(Text::tokens).sum() >= settings.tokens()) {
                    return take(oldest.model().base());
                }
                try {
                    changed.awaitNanos(left);
                } catch (InterruptedException e) {
                    // Nobody interrupts a worker to end it; close() does that.
                    continue;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private Stream<Text> ofBase(BaseModel base) {
        return queue.stream().filter(text -> text.model().base() == base);
    }

    private List<Text> take(BaseModel base) {
        List<Text> batch = new ArrayList<>();
        long tokens = 0;
        for (Iterator<Text> each = queue.iterator(); each.hasNext() && tokens < settings.tokens(); ) {
            Text text = each.next();
            if (text.model().base() == base && (batch.isEmpty() || tokens + text.tokens() <= settings.tokens())) {
                each.remove();
                batch.add(text);
                tokens += text.tokens();
            }
        }
        return batch;
    }

    private void compute(List<Text> batch) {
        List<Text> wanted = batch.stream().filter(text -> !text.isGone()).toList();
        if (wanted.isEmpty()) {
            return;
        }
        long start = System.nanoTime();
        try {
            answer(wanted);
            measures.batch(wanted.size(), wanted.stream().mapToInt(Text::tokens).sum(), System.nanoTime() - start);
        } catch (RuntimeException | Error e) {
            List<Asked> asked = wanted.stream().map(Text::asked).distinct().toList();
            if (asked.size() == 1) {
                asked.get(0).done.completeExceptionally(problem(e));
            } else {
                // One request's failure is no other's.
                asked.forEach(one -> compute(
                        wanted.stream().filter(text -> text.asked() == one).toList()));
            }
        }
    }

    private void answer(List<Text> texts) {
        List<Answer> answers = answering.answer(texts.stream()
                .map(text -> new Answering.Request(text.model().model(), text.example()))
                .toList());
        for (int i = 0; i < answers.size(); i++) {
            texts.get(i).asked().take(texts.get(i).place(), answers.get(i));
        }
        texts.stream().map(Text::model).forEach(measures::answered);
    }

    private Problem problem(Throwable failure) {
        if (failure instanceof InputException wrong) {
            return Problem.failed(wrong.getMessage());
        }
        failures.accept(failure);
        return Problem.internal();
    }

    /** Refuses further requests, computes what it has taken, and ends. */
    @Override
    public void close() {
        lock.lock();
        try {
            ending = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        for (Thread worker : workers) {
            boolean ended = false;
            while (!ended) {
                try {
                    worker.join();
                    ended = true;
                } catch (InterruptedException e) {
                    // What was taken is answered first.
                    continue;
                }
            }
        }
    }
}
