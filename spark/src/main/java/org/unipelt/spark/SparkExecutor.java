package org.unipelt.spark;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.spark.SimpleFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.unipelt.InputException;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.Executor;
import org.unipelt.experiment.Outcome;
import org.unipelt.experiment.Store;
import org.unipelt.experiment.Study;
import org.unipelt.experiment.SweepEvent;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Runs the cells of a sweep as tasks of a Spark cluster. Each executor opens the base model and the data once. A cell's result
 * travels to the driver when it is there, and the driver writes it into the store; so an executor that is lost takes only the
 * runs with it that it was computing, which Spark gives to another.
 *
 * <pre>
 *   driver: cells that have no result ─▶ a task each ─▶ executor: base model, open once; trains, predicts
 *       ▲                                                     │
 *       └──── result.json, timing.json, the model if kept ◀───┘
 * </pre>
 */
public final class SparkExecutor implements Executor {
    private static final long LOOK = 100;

    private final JavaSparkContext spark;
    private final Study study;
    private final Predicate<Cell> kept;
    private final Consumer<Cell> finished;

    /**
     * Prepares runs.
     *
     * @param spark the caller stops it
     * @param study the sweep, as executors open it
     * @param kept whose tuned models travel back, as {@link org.unipelt.experiment.Sweep#run} has it
     * @param finished receives each cell once its result is stored, one at a time
     */
    public SparkExecutor(JavaSparkContext spark, Study study, Predicate<Cell> kept, Consumer<Cell> finished) {
        this.spark = Objects.requireNonNull(spark, "spark is null");
        this.study = Objects.requireNonNull(study, "study is null");
        this.kept = Objects.requireNonNull(kept, "kept is null");
        this.finished = Objects.requireNonNull(finished, "finished is null");
    }

    /** A run as it travels. */
    private record Sent(String hash, CellTask task) implements Serializable {}

    @Override
    public boolean execute(
            List<Cell> left,
            Function<Cell, Path> work,
            Consumer<Outcome> done,
            SweepEvent.Listener listener,
            BooleanSupplier stop) {
        if (left.isEmpty()) {
            return true;
        }
        SentStudy sent = SentStudy.of(study);
        List<Sent> runs = left.stream()
                .map(cell -> new Sent(cell.hash(), new CellTask(sent, kept.test(cell))))
                .toList();
        JavaRDD<Sent> tasks = spark.parallelize(runs, runs.size());
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Object turn = new Object();
        SparkListener begins = new SparkListener() {
            @Override
            public void onTaskStart(SparkListenerTaskStart start) {
                synchronized (turn) {
                    listener.on(new SweepEvent.Began(left.get(start.taskInfo().index())));
                }
            }
        };
        spark.sc().addSparkListener(begins);
        try {
            SimpleFutureAction<Object> job = spark.sc()
                    .submitJob(
                            tasks.rdd(),
                            (scala.Function1<Iterator<Sent>, CellTask.Answer> & Serializable) SparkExecutor::compute,
                            CollectionConverters.<Object>asScala(IntStream.range(0, runs.size())
                                            .<Object>mapToObj(i -> i)
                                            .toList())
                                    .toSeq(),
                            (place, answer) -> {
                                try {
                                    Outcome outcome = outcome(left.get((Integer) place), answer, work);
                                    done.accept(outcome);
                                    finished.accept(left.get((Integer) place));
                                    synchronized (turn) {
                                        listener.on(new SweepEvent.Ended(outcome.result(), outcome.timing()));
                                    }
                                } catch (RuntimeException | Error e) {
                                    failure.compareAndSet(null, e);
                                }
                                return scala.runtime.BoxedUnit.UNIT;
                            },
                            () -> null);
            return finished(job, failure, stop);
        } finally {
            spark.sc().removeSparkListener(begins);
        }
    }

    private static CellTask.Answer compute(Iterator<Sent> one) {
        Sent run = one.next();
        return run.task().run(run.hash());
    }

    private static Outcome outcome(Cell cell, CellTask.Answer answer, Function<Cell, Path> work) {
        if (!answer.refusal().isEmpty()) {
            throw new InputException(answer.refusal());
        }
        try {
            Path folder = Files.createTempDirectory("unipelt-result");
            try {
                ZippedFolder.unpack(answer.files(), folder);
                Store there = new Store(folder);
                Path model = there.model(cell.hash());
                if (Files.exists(model)) {
                    // Where the store looks for it.
                    Path to = work.apply(cell);
                    Files.createDirectories(to);
                    copy(model, to);
                }
                return new Outcome(
                        there.result(cell.hash()), there.timing(cell.hash()).orElseThrow());
            } finally {
                CellTask.remove(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.list(from)) {
            for (Path file : files.toList()) {
                // A driver that was killed here may have left some.
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** Waits for all tasks; ends them if a run fails or somebody asks to stop. */
    private static boolean finished(
            SimpleFutureAction<Object> job, AtomicReference<Throwable> failure, BooleanSupplier stop) {
        boolean interrupted = false;
        while (!job.isCompleted() && failure.get() == null && !stop.getAsBoolean() && !interrupted) {
            try {
                Thread.sleep(LOOK);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        boolean all = job.isCompleted();
        if (!all) {
            job.cancel();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure.get() instanceof RuntimeException e) {
            throw e;
        }
        if (failure.get() instanceof Error e) {
            throw e;
        }
        if (all && job.value().get().isFailure()) {
            throw TableJob.refused(job.value().get().failed().get());
        }
        return all;
    }
}
