package org.unipelt.server;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.unipelt.InputException;
import org.unipelt.data.Example;
import org.unipelt.runtime.Engine;
import org.unipelt.tuned.MixedBatch;

/**
 * Computes the texts of many requests in batches. There is one worker per core, which computes a batch alone; {@link TextQueue}
 * says which texts it takes.
 *
 * <pre>
 *   requests ─▶ texts ─▶ TextQueue ─▶ a batch of one base model ─▶ a worker: MixedBatch ─▶ results
 * </pre>
 *
 * <p>Thread safe.
 */
final class Batches implements AutoCloseable {
    private final ServerSettings.Batching settings;
    private final Function<List<MixedBatch.Request>, List<MixedBatch.Result>> compute;
    private final Measures measures;
    private final Consumer<Throwable> failures;
    private final TextQueue queue;
    private final List<Thread> workers;

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
        int count = Engine.workers().count();
        this.queue = new TextQueue(settings, count);
        this.workers = IntStream.range(0, count)
                .mapToObj(i -> Engine.thread(this::work, "unipelt-batches-" + i))
                .toList();
        measures.queue(queue::size);
        workers.forEach(Thread::start);
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
     * @param gone whether the client went away. It is asked while the request is not over, by one thread at a time
     * @return the results in the order of the rows; it fails with a {@link Problem}
     * @throws Problem if the queue is full, the server is ending, or a model is being unloaded
     */
    CompletableFuture<List<MixedBatch.Result>> ask(List<Row> rows, long deadline, BooleanSupplier gone) {
        Asked asked = new Asked(rows.size(), gone);
        long now = System.nanoTime();
        List<TextQueue.Text> texts = IntStream.range(0, rows.size())
                .mapToObj(i -> new TextQueue.Text(
                        asked,
                        i,
                        rows.get(i).model(),
                        rows.get(i).example(),
                        rows.get(i).tokens(),
                        now))
                .toList();
        requireRoom(texts.size());
        if (!queue.takes(texts)) {
            throw full();
        }
        CompletableFuture<Void> timer =
                new CompletableFuture<Void>().completeOnTimeout(null, deadline, TimeUnit.MILLISECONDS);
        CompletableFuture<?> unusedDeadline = timer.thenRun(() -> asked.fail(Problem.late(deadline)));
        CompletableFuture<?> unusedEnd = asked.done().whenComplete((results, failure) -> {
            timer.cancel(false);
            queue.end(asked, failure != null);
        });
        return asked.done();
    }

    /**
     * Checks that texts would be taken now.
     *
     * @throws Problem if the queue is full, or the server is ending
     */
    void requireRoom(int texts) {
        if (!queue.hasRoom(texts)) {
            queue.dropGone();
            if (!queue.hasRoom(texts)) {
                throw full();
            }
        }
    }

    private Problem full() {
        measures.refused();
        return Problem.full("the queue is full: " + settings.queue() + " texts may wait; ask again in a moment");
    }

    private void work() {
        for (List<TextQueue.Text> batch = queue.next(); !batch.isEmpty(); batch = queue.next()) {
            try {
                compute(batch);
            } finally {
                queue.done(batch);
            }
        }
    }

    private void compute(List<TextQueue.Text> batch) {
        Set<Asked> over = batch.stream()
                .map(TextQueue.Text::asked)
                .distinct()
                .filter(Asked::isOver)
                .collect(Collectors.toSet());
        List<TextQueue.Text> wanted =
                batch.stream().filter(text -> !over.contains(text.asked())).toList();
        if (wanted.isEmpty()) {
            return;
        }
        long start = System.nanoTime();
        try {
            answer(wanted);
            measures.batch(
                    wanted.size(),
                    wanted.stream().mapToInt(TextQueue.Text::tokens).sum(),
                    System.nanoTime() - start);
        } catch (RuntimeException | Error e) {
            List<Asked> asked =
                    wanted.stream().map(TextQueue.Text::asked).distinct().toList();
            if (asked.size() == 1) {
                asked.get(0).fail(problem(e));
            } else {
                // One request's failure is no other's.
                asked.forEach(one -> compute(
                        wanted.stream().filter(text -> text.asked() == one).toList()));
            }
        }
    }

    private void answer(List<TextQueue.Text> texts) {
        List<MixedBatch.Result> results = compute.apply(texts.stream()
                .map(text -> new MixedBatch.Request(text.model().model(), text.example()))
                .toList());
        for (int i = 0; i < results.size(); i++) {
            texts.get(i).asked().take(texts.get(i).place(), results.get(i));
        }
        texts.stream().map(TextQueue.Text::model).forEach(measures::answered);
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
    @SuppressWarnings("ThreadJoinLoop") // This is the loop that it asks for.
    public void close() {
        queue.end();
        for (Thread worker : workers) {
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    // What was taken is answered first.
                }
            }
        }
    }
}
