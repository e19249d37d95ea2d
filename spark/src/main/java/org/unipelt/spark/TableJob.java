package org.unipelt.spark;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.experiment.TablePrediction;
import org.unipelt.experiment.TablePrediction.Done;
import org.unipelt.experiment.TablePrediction.Format;

/** Reads a table, adds a model's answers, and writes it, on a cluster. */
final class TableJob {
    private static final long LOOK = 100;
    private static final Pattern REFUSAL = Pattern.compile(InputException.class.getName() + ": ([^\n]+)");

    private final SparkSession session;
    private final TablePrediction work;
    private final TablePrediction.Listener listener;

    TableJob(SparkSession session, TablePrediction work, TablePrediction.Listener listener) {
        this.session = session;
        this.work = work;
        this.listener = listener;
    }

    /** Does it, as {@link org.unipelt.experiment.Cluster#predict}. */
    Optional<Done> run(BooleanSupplier stop) {
        FileSystem files = demandFree();
        Dataset<Row> table = read();
        Predictor predictor = Predictor.of(work.model().toString()).setGates(work.gates());
        work.text().ifPresent(predictor::setTextCol);
        work.pair().ifPresent(predictor::setPairCol);
        List<String> texts = predictor.texts(table.schema());
        listener.columns(texts.get(0), texts.stream().skip(1).findFirst());
        String error = Predictor.error(work.model());
        Observation counted = new Observation("answers");
        Dataset<Row> answered = predictor
                .transform(table)
                .observe(
                        counted,
                        functions.count(functions.lit(1)).as("rows"),
                        functions.count(functions.col("`" + error + "`")).as("unanswered"));
        SparkListener parts = parts();
        session.sparkContext().addSparkListener(parts);
        Optional<Done> done = Optional.empty();
        try {
            done = waited(CompletableFuture.supplyAsync(() -> written(answered, counted)), stop);
        } finally {
            session.sparkContext().removeSparkListener(parts);
            if (done.isEmpty()) {
                remove(files);
            }
        }
        return done;
    }

    private FileSystem demandFree() {
        try {
            FileSystem files =
                    new Path(work.out()).getFileSystem(session.sparkContext().hadoopConfiguration());
            if (files.exists(new Path(work.out()))) {
                throw InputException.about(
                        "out", work.out() + " exists; name a folder that does not exist yet, or remove that one");
            }
            return files;
        } catch (IOException | IllegalArgumentException e) {
            throw InputException.about("out", work.out() + ": cannot be written: " + firstLine(e));
        }
    }

    private Dataset<Row> read() {
        DataFrameReader reader = session.read();
        Dataset<Row> table;
        try {
            table = switch (work.format()) {
                // As RFC 4180 has it: a quote in quotes is doubled, and a line may end in quotes.
                case CSV, TSV ->
                    reader.option("header", true)
                            .option("escape", "\"")
                            .option("multiLine", true)
                            .option("sep", separator())
                            .csv(work.table());
                case PARQUET, JSON, ORC ->
                    reader.format(Words.of(work.format())).load(work.table());
            };
        } catch (Exception e) {
            throw InputException.about("data", work.table() + ": cannot be read: " + firstLine(e));
        }
        if (table.schema().isEmpty()) {
            throw InputException.about(
                    "data", work.table() + ": has no columns; is it " + Words.of(work.format()) + "?");
        }
        return table;
    }

    private String separator() {
        return work.format() == Format.TSV ? "\t" : ",";
    }

    private Done written(Dataset<Row> answered, Observation counted) {
        write(answered);
        try {
            Map<String, Object> counts = counted.getAsJava();
            return new Done((Long) Objects.requireNonNull(counts.get("rows")), (Long)
                    Objects.requireNonNull(counts.get("unanswered")));
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    private void write(Dataset<Row> answered) {
        DataFrameWriter<Row> writer = answered.write();
        switch (work.format()) {
            case CSV, TSV ->
                writer.option("header", true)
                        .option("escape", "\"")
                        .option("sep", separator())
                        .csv(work.out());
            case PARQUET, JSON, ORC -> writer.format(Words.of(work.format())).save(work.out());
        }
    }

    /** Tells of the parts of the last stage, which predicts and writes. */
    private SparkListener parts() {
        AtomicInteger all = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        return new SparkListener() {
            @Override
            public void onStageSubmitted(SparkListenerStageSubmitted stage) {
                all.set(stage.stageInfo().numTasks());
                done.set(0);
            }

            @Override
            public void onTaskEnd(SparkListenerTaskEnd task) {
                if (task.taskInfo().successful()) {
                    listener.part(done.incrementAndGet(), all.get());
                }
            }
        };
    }

    /** Waits; ends the work if somebody asks to stop. */
    private Optional<Done> waited(CompletableFuture<Done> writing, BooleanSupplier stop) {
        while (true) {
            try {
                return Optional.of(writing.get(LOOK, TimeUnit.MILLISECONDS));
            } catch (TimeoutException e) {
                if (stop.getAsBoolean()) {
                    cancel(writing);
                    return Optional.empty();
                }
            } catch (InterruptedException e) {
                cancel(writing);
                Thread.currentThread().interrupt();
                return Optional.empty();
            } catch (ExecutionException e) {
                throw refused(Objects.requireNonNull(e.getCause()));
            }
        }
    }

    private void cancel(CompletableFuture<Done> writing) {
        session.sparkContext().cancelAllJobs();
        // It removes its draft before it ends.
        writing.exceptionally(ended -> null).join();
    }

    private void remove(FileSystem files) {
        try {
            files.delete(new Path(work.out()), true);
        } catch (IOException e) {
            // The reason why there is no output is told already.
        }
    }

    /** What a node refused, in its own words; otherwise what Spark says first. */
    static InputException refused(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InputException own) {
                return own;
            }
            Matcher refusal = REFUSAL.matcher(String.valueOf(cause.getMessage()));
            if (refusal.find()) {
                return new InputException(refusal.group(1), failure);
            }
        }
        return new InputException("Spark ended the work: " + firstLine(failure), failure);
    }

    static String firstLine(Throwable failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    }
}
