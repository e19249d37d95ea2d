package org.unipelt.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.task.Answer;
import org.unipelt.testkit.TinyBert;
import org.unipelt.tuned.DataRows;
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
        train("moods", "lora(rank=2)");
        train("gated", "unipelt(adapter(bottleneck=4),lora(rank=2))");
        session = LocalCluster.start();
    }

    private static void train(String name, String method) {
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
    void whatDoesNotFitIsNamed() throws IOException {
        String moods = home.resolve("moods").toString();
        assertThatThrownBy(() -> Predictor.of(moods).setTextCol("massage").transform(table()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("unknown column 'massage'")
                .hasMessageContaining("did you mean 'message'?");
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
}
