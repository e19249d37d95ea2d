package org.unipelt.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.unipelt.InputException;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;
import org.unipelt.runtime.Engine;
import org.unipelt.tuned.MixedBatch;

/**
 * Puts texts of many requests into batches. A batch has texts of one base model, for any of the models on it. There is one
 * worker per core, which computes a batch alone; workers that are free share what waits.
 *
 * <p>A text waits for others until the oldest has waited long enough, or there are tokens enough. It does not wait if there are
 * no more requests than workers, those counted whose clients had an answer just now and may ask again: then nobody would share
 * its batch.
 *
 * <pre>
 *   requests ─▶ texts ─▶ queue, with an end ─▶ a batch of one base model ─▶ a worker: MixedBatch ─▶ results
 * </pre>
 *
 * <p>A request whose deadline passes leaves the queue at once. One whose client went away leaves it when its place is needed, or
 * its turn comes, and is not computed. Thread safe.
 */
final class Batches implements AutoCloseable {
    private final ServerSettings.Batching settings;
    private final Function<List<MixedBatch.Request>, List<MixedBatch.Result>> compute;
    private final Measures measures;
    private final Consumer<Throwable> failures;
    private final List<Thread> workers;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Under the lock, as what follows. */
    private final Deque<Text> queue = new ArrayDeque<>();

    /** When the latest requests ended, as {@link System#nanoTime}. */
    private final Deque<Long> ended = new ArrayDeque<>();

    private int open;
    private int busy;

    private boolean ending;

    /**
     * Starts the workers.
     *
     * @param failures is told of errors of the program
     */
    Batches(
            ServerSettings.Batching settings,
            Function<List<MixedBatch.Request>, List<MixedBatch.Result>> compute,
            Measures measures,
            Consumer<Throwable> failures) {
        this.settings = settings;
        this.compute = compute;
        this.measures = measures;
        this.failures = failures;
        this.workers = IntStream.range(0, Engine.workers().count())
                .mapToObj(i -> Engine.thread(this::work, "unipelt-batches-" + i))
                .toList();
        measures.queue(this::waiting);
        workers.forEach(Thread::start);
    }

    /** A request: its results, as they come, until it is over: all are there, it failed, or its client went away. */
    private static final class Asked {
        private final MixedBatch.Result[] results;
        private final BooleanSupplier gone;
        private final CompletableFuture<List<MixedBatch.Result>> done = new CompletableFuture<>();
        private int left;

        Asked(int texts, BooleanSupplier gone) {
            this.results = new MixedBatch.Result[texts];
            this.left = texts;
            this.gone = gone;
        }

        synchronized void take(int place, MixedBatch.Result result) {
            results[place] = result;
            left--;
            if (left == 0) {
                done.complete(Arrays.asList(results));
            }
        }

        synchronized void fail(Problem problem) {
            done.completeExceptionally(problem);
        }

        /** Looks whether the client is still there, which only a request that is not over may ask. */
        synchronized boolean isOver() {
            if (!done.isDone() && gone.getAsBoolean()) {
                fail(Problem.gone());
            }
            return done.isDone();
        }
    }

    /** A text of a request that waits. */
    private record Text(Asked asked, int place, ServedModel model, Example example, int tokens, long arrived) {}

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
     * @param gone whether the client went away. It is asked while the request is not over, by one thread at a time
     * @return the results in the order of the rows; it fails with a {@link Problem}
     * @throws Problem if the queue is full, the server is ending, or a model is being unloaded
     */
    CompletableFuture<List<MixedBatch.Result>> ask(List<Row> rows, long deadline, BooleanSupplier gone) {
        Asked asked = new Asked(rows.size(), gone);
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
        requireRoom(texts.size());
        if (!isQueued(texts)) {
            throw full();
        }
        CompletableFuture<Void> timer =
                new CompletableFuture<Void>().completeOnTimeout(null, deadline, TimeUnit.MILLISECONDS);
        CompletableFuture<?> unusedDeadline = timer.thenRun(() -> asked.fail(Problem.late(deadline)));
        CompletableFuture<?> unusedWithdrawal = asked.done.whenComplete((results, failure) -> {
            timer.cancel(false);
            end(asked, failure != null);
        });
        return asked.done;
    }

    /**
     * Checks that texts would be taken now.
     *
     * @throws Problem if the queue is full, or the server is ending
     */
    void requireRoom(int texts) {
        if (!hasRoom(texts)) {
            dropGone();
            if (!hasRoom(texts)) {
                throw full();
            }
        }
    }

    private boolean hasRoom(int texts) {
        lock.lock();
        try {
            if (ending) {
                throw Problem.ending();
            }
            return queue.size() + texts <= settings.queue();
        } finally {
            lock.unlock();
        }
    }

    private Problem full() {
        measures.refused();
        return Problem.full("the queue is full: " + settings.queue() + " texts may wait; ask again in a moment");
    }

    private boolean isQueued(List<Text> texts) {
        lock.lock();
        try {
            if (!hasRoom(texts.size())) {
                return false;
            }
            begin(texts);
            open++;
            queue.addAll(texts);
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Frees the places of clients that went away. Not under the lock: the end of a request takes it. */
    private void dropGone() {
        List<Asked> waiting;
        lock.lock();
        try {
            waiting = queue.stream().map(Text::asked).distinct().toList();
        } finally {
            lock.unlock();
        }
        // Each that is over withdraws its texts.
        waiting.forEach(Asked::isOver);
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

    /** Ends a request. What waits of one that failed leaves the queue. */
    private void end(Asked asked, boolean failed) {
        lock.lock();
        try {
            open--;
            ended.add(System.nanoTime());
            for (Iterator<Text> each = queue.iterator(); failed && each.hasNext(); ) {
                Text text = each.next();
                if (text.asked() == asked) {
                    each.remove();
                    text.model().end();
                }
            }
        } finally {
            lock.unlock();
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
                done(batch);
            }
        }
    }

    private void done(List<Text> batch) {
        batch.forEach(text -> text.model().end());
        lock.lock();
        try {
            busy--;
        } finally {
            lock.unlock();
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
                long now = System.nanoTime();
                long left = isCrowded(now) ? oldest.arrived() + settings.delay().toNanos() - now : 0;
                BaseModel base = oldest.model().base();
                long tokens = queue.stream()
                        .filter(text -> text.model().base() == base)
                        .mapToLong(Text::tokens)
                        .sum();
                if (ending || left <= 0 || tokens >= settings.tokens()) {
                    List<Text> batch =
                            take(base, Math.min(settings.tokens(), -Math.floorDiv(-tokens, workers.size() - busy)));
                    busy++;
                    // Others share what is left.
                    changed.signal();
                    return batch;
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

    /** Whether there are more requests than workers, those counted that ended just now. */
    private boolean isCrowded(long now) {
        while (!ended.isEmpty() && now - ended.peek() > settings.delay().toNanos()) {
            ended.remove();
        }
        return open + ended.size() > workers.size();
    }

    /**
     * Takes the oldest texts of a base model, in their order: no shorter text overtakes one that does not fit, or that would wait
     * for another round.
     *
     * @param most the most tokens; a longer text is taken alone
     */
    private List<Text> take(BaseModel base, long most) {
        List<Text> batch = new ArrayList<>();
        long tokens = 0;
        for (Iterator<Text> each = queue.iterator(); each.hasNext() && tokens < most; ) {
            Text text = each.next();
            if (text.model().base() == base) {
                tokens += text.tokens();
                if (!batch.isEmpty() && tokens > most) {
                    break;
                }
                each.remove();
                batch.add(text);
            }
        }
        return batch;
    }

    private void compute(List<Text> batch) {
        Set<Asked> over =
                batch.stream().map(Text::asked).distinct().filter(Asked::isOver).collect(Collectors.toSet());
        List<Text> wanted =
                batch.stream().filter(text -> !over.contains(text.asked())).toList();
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
                asked.get(0).fail(problem(e));
            } else {
                // One request's failure is no other's.
                asked.forEach(one -> compute(
                        wanted.stream().filter(text -> text.asked() == one).toList()));
            }
        }
    }

    private void answer(List<Text> texts) {
        List<MixedBatch.Result> results = compute.apply(texts.stream()
                .map(text -> new MixedBatch.Request(text.model().model(), text.example()))
                .toList());
        for (int i = 0; i < results.size(); i++) {
            texts.get(i).asked().take(texts.get(i).place(), results.get(i));
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
