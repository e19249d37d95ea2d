package org.unipelt.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.data.Example;
import org.unipelt.experiment.TablePrediction;
import org.unipelt.experiment.TablePrediction.Format;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.task.Answer;
import org.unipelt.testkit.TinyBert;
import org.unipelt.tuned.DataRows;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.GateValues;
import org.unipelt.tuned.TunedModel;

/** Answers in a cluster of two executors are those of the models here. */
@Timeout(300)
class PredictorTest {
    private static final StructType SCHEMA =
            new StructType().add("id", DataTypes.IntegerType).add("message", DataTypes.StringType);

    @TempDir
    static Path home;

    private static SparkSession session;
    private static BaseModel base;

    @BeforeAll
    static void start() throws IOException {
        base = BaseModel.open(TinyBert.write(home.resolve("tiny-bert")).toString());
        train(base, "moods", "lora(rank=2)");
        train(base, "gated", "unipelt(adapter(bottleneck=4),lora(rank=2))");
        session = LocalCluster.start();
    }

    private static void train(BaseModel base, String name, String method) {
        List<Example> rows = List.of(
                Example.of("so good").labelled("up"),
                Example.of("so bad").labelled("down"),
                Example.of("a good film").labelled("up"),
                Example.of("a bad film").labelled("down"));
        Tuning.of(base, method)
                .with(settings -> settings.epochs(2).maxLength(12))
                .on(DataRows.of(new org.unipelt.data.Dataset("moods", rows)))
                .train(home.resolve(name))
                .close();
    }

    @AfterAll
    static void stop() {
        session.stop();
        base.close();
    }

    private static Dataset<Row> table() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            rows.add(RowFactory.create(i, i == 7 ? null : i == 8 ? " " : "good film ".repeat(1 + i % 5) + i));
        }
        return session.createDataFrame(rows, SCHEMA).repartition(4);
    }

    private static void same(Row row, String name) {
        try (TunedModel model = TunedModel.load(home.resolve(name), base)) {
            Answer.Label expected = (Answer.Label) model.predict(row.<String>getAs("message"));
            assertThat(row.<String>getAs(name + "_label")).isEqualTo(expected.text());
            assertThat(row.<Double>getAs(name + "_probability")).isCloseTo(expected.probability(), within(1e-5));
            assertThat(row.<String>getAs(name + "_error")).isNull();
        }
    }

    @Test
    void severalModelsAnswerAndABadRowSaysWhy() throws IOException {
        Predictor predictor = Predictor.of(
                        home.resolve("moods").toString(), home.resolve("gated").toString())
                .setTextCol("message");
        // As a pipeline that was saved and loaded.
        Path saved = home.resolve("pipeline");
        new Pipeline()
                .setStages(new PipelineStage[] {predictor})
                .fit(table())
                .save(saved.toUri().toString());
        Dataset<Row> answered = PipelineModel.load(saved.toUri().toString()).transform(table());
        assertThat(answered.columns())
                .containsExactly(
                        "id",
                        "message",
                        "moods_label",
                        "moods_probability",
                        "moods_error",
                        "gated_label",
                        "gated_probability",
                        "gated_error");
        List<Row> rows = answered.orderBy("id").collectAsList();
        assertThat(rows).hasSize(40);
        for (Row row : rows) {
            int id = row.getAs("id");
            if (id == 7 || id == 8) {
                assertThat(row.<String>getAs("moods_label")).isNull();
                assertThat(row.<String>getAs("moods_error"))
                        .contains(id == 7 ? "the column 'message' has no text here" : "blank")
                        .isEqualTo(row.getAs("gated_error"));
            } else {
                same(row, "moods");
                same(row, "gated");
            }
        }
    }

    @Test
    void gatesAreThoseOfTheModel() throws IOException {
        List<Row> rows = Predictor.of(home.resolve("gated").toString())
                .setGates(true)
                .transform(table())
                .orderBy("id")
                .collectAsList();
        assertThat(rows.get(7).<Object>getAs("gated_gates")).isNull();
        Row row = rows.get(4);
        try (TunedModel model = TunedModel.load(home.resolve("gated"), base)) {
            Map<String, Double> means = model.gates(List.of(Example.of(row.<String>getAs("message")))).stream()
                    .collect(
                            Collectors.groupingBy(GateValues::submodule, Collectors.averagingDouble(GateValues::mean)));
            Map<String, Double> found = row.getJavaMap(row.fieldIndex("gated_gates"));
            assertThat(found).containsOnlyKeys("adapter", "lora");
            found.forEach((submodule, mean) -> assertThat(mean).isCloseTo(means.get(submodule), within(1e-5)));
        }
        assertThatThrownBy(() -> Predictor.of(home.resolve("moods").toString())
                        .setGates(true)
                        .transform(table()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("moods: this model has no gates: its method is lora(rank=2,");
    }

    private static TableJob job(String table, String out, Format format, boolean gates, Consumer<String> told) {
        return job("gated", table, out, format, gates, told);
    }

    private static TableJob job(
            String model, String table, String out, Format format, boolean gates, Consumer<String> told) {
        return new TableJob(
                session,
                new TablePrediction(
                        home.resolve(model),
                        home.resolve(table).toString(),
                        home.resolve(out).toString(),
                        format,
                        Optional.empty(),
                        Optional.empty(),
                        gates),
                new TablePrediction.Listener() {
                    @Override
                    public void columns(String text, Optional<String> pair) {
                        told.accept(text);
                    }

                    @Override
                    public void part(int done, int parts) {
                        told.accept(done + " of " + parts);
                    }
                });
    }

    /** Eight files, so that there are eight parts. */
    private static void csv(String folder, int rows) throws IOException {
        Files.createDirectories(home.resolve(folder));
        for (int file = 0; file < 8; file++) {
            StringBuilder text = new StringBuilder("id,message\n");
            for (int row = 0; row < rows; row++) {
                text.append(file * rows + row).append(row == 3 ? ",\n" : ",\"a \"\"good\"\"\nfilm " + row + "\"\n");
            }
            Files.writeString(home.resolve(folder).resolve("part-" + file + ".csv"), text.toString());
        }
    }

    @Test
    void aTableIsPredictedThoughAnExecutorDies() throws IOException {
        csv("rows", 200);
        List<Long> executors = LocalCluster.executors(JavaSparkContext.fromSparkContext(session.sparkContext()));
        List<String> told = new CopyOnWriteArrayList<>();
        Optional<TablePrediction.Done> done = job("rows", "answered", Format.CSV, false, line -> {
                    told.add(line);
                    if (line.startsWith("1 of 8")) {
                        ProcessHandle.of(executors.get(0)).orElseThrow().destroyForcibly();
                    }
                })
                .run(() -> false);
        assertThat(done).hasValue(new TablePrediction.Done(1600, 8));
        assertThat(told.get(0)).isEqualTo("message");
        Dataset<Row> answered = session.read()
                .option("header", true)
                .option("multiLine", true)
                .option("escape", "\"")
                .csv(home.resolve("answered").toString());
        assertThat(answered.select("id").distinct().count()).isEqualTo(1600);
        Row one = answered.filter("id = 5").first();
        assertThat(one.<String>getAs("message")).isEqualTo("a \"good\"\nfilm 5");
        assertThat(one.<String>getAs("gated_label")).isIn("up", "down");
        assertThat(answered.filter("gated_error is not null").count()).isEqualTo(8);
    }

    @Test
    void aTableIsRefusedInOneLine() throws IOException {
        csv("few", 4);
        Path taken = Files.createDirectories(home.resolve("taken"));
        assertThatThrownBy(
                        () -> job("few", "taken", Format.CSV, false, line -> {}).run(() -> false))
                .isInstanceOf(InputException.class)
                .hasMessage(taken + " exists; name a folder that does not exist yet, or remove that one");
        assertThatThrownBy(() ->
                        job("nix", "out", Format.PARQUET, false, line -> {}).run(() -> false))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("nix: cannot be read: [PATH_NOT_FOUND]");
        assertThatThrownBy(() ->
                        job("few", "out", Format.PARQUET, false, line -> {}).run(() -> false))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("few: cannot be read: ");
        assertThatThrownBy(() -> job("few", "out", Format.CSV, true, line -> {}))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("a csv file has no place for gates");
        // Asked to stop at once.
        assertThat(job("few", "out", Format.CSV, false, line -> {}).run(() -> true))
                .isEmpty();
        assertThat(home.resolve("out")).doesNotExist();
    }

    @Test
    void aNodeWithAnotherBaseModelIsNamed() throws IOException {
        csv("some", 4);
        Path folder = TinyBert.write(home.resolve("other-bert"));
        try (BaseModel other = BaseModel.open(folder.toString())) {
            train(other, "of-other", "lora(rank=2)");
        }
        // What a node finds in the base model's folder is another one.
        Path weights = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 4] ^= 1;
        Files.write(weights, bytes);
        assertThatThrownBy(() -> job("of-other", "some", "never", Format.CSV, false, line -> {})
                        .run(() -> false))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("node 127.0.0.1: ")
                .hasMessageContaining("other-bert")
                .hasMessageNotContaining("\n");
        assertThat(home.resolve("never")).doesNotExist();
    }

    @Test
    void whatDoesNotFitIsNamed() throws IOException {
        String moods = home.resolve("moods").toString();
        assertThatThrownBy(() -> Predictor.of(moods).setTextCol("massage").transform(table()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the table: there is no column 'massage' for the text; did you mean 'message'?");
        assertThatThrownBy(() -> Predictor.of(moods).setTextCol("id").transform(table()))
                .isInstanceOf(InputException.class)
                .hasMessage("the column 'id' holds int, but texts are needed");
        assertThatThrownBy(() -> Predictor.of(home.resolve("nix").toString()).transform(table()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("there is no such folder");
        Dataset<Row> once = Predictor.of(moods).setTextCol("message").transform(table());
        assertThatThrownBy(() -> Predictor.of(moods).setTextCol("message").transform(once))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the table has a column 'moods_label' already");
    }

    @Test
    void aTableOfSparkTrains() throws IOException {
        Path file = home.resolve("fetched.jsonl");
        Dataset<Row> table = session.createDataFrame(
                        List.of(
                                RowFactory.create("so good", "up"),
                                RowFactory.create("so bad", "down"),
                                RowFactory.create("a \"good\"\nfilm", "up"),
                                RowFactory.create("a bad film", "down")),
                        new StructType().add("message", DataTypes.StringType).add("mood", DataTypes.StringType))
                .repartition(3);
        DataSpec rows = TableRows.cached(table, file).withLabel("mood");
        try (TunedModel model = Tuning.of(base, "lora(rank=2)")
                .with(settings -> settings.epochs(1).maxLength(12))
                .on(rows)
                .train(home.resolve("of-spark"))) {
            assertThat(model.card().labels().names()).containsExactlyInAnyOrder("down", "up");
        }
        assertThat(Files.readString(file)).contains("{\"message\":\"a \\\"good\\\"\\nfilm\",\"mood\":\"up\"}");
        assertThatThrownBy(() -> TableRows.cached(table, file, 3))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("the table has more than 3 rows");
        assertThatThrownBy(() -> TableRows.cached(table.limit(0), file))
                .isInstanceOf(InputException.class)
                .hasMessage("the table has no rows");
        try (Stream<Path> left = Files.list(home)) {
            assertThat(left.filter(path -> path.toString().endsWith(".part"))).isEmpty();
        }
    }
}
