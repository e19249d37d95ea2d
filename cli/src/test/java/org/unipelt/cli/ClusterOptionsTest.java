package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.testkit.TinyBert;
import org.unipelt.tuned.DataRows;

/** Mistakes with {@code --master}: one line each, and nothing is written. This module has no Spark on its class path. */
class ClusterOptionsTest {
    @TempDir
    static Path home;

    private static Path model;

    @BeforeAll
    static void train() throws IOException {
        try (BaseModel base =
                BaseModel.open(TinyBert.write(home.resolve("tiny-bert")).toString())) {
            model = home.resolve("model");
            Tuning.of(base, "lora(rank=2)")
                    .with(settings -> settings.epochs(1).maxLength(12))
                    .on(DataRows.of(new Dataset(
                            "moods",
                            List.of(
                                    Example.of("so good").labelled("up"),
                                    Example.of("so bad").labelled("down"),
                                    Example.of("a good film").labelled("up"),
                                    Example.of("a bad film").labelled("down")))))
                    .train(model)
                    .close();
        }
    }

    private static void refused(String line, Object... words) {
        Shell.Outcome outcome = Shell.run(words);
        assertThat(outcome.err()).isEqualTo("unipelt: " + line + "\n");
        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
    }

    @Test
    void aTableForACluster() {
        refused("--master needs --data, the table to predict", "predict", model, "--master", "local[1]");
        refused(
                "--master needs --out, the folder for the predictions",
                "predict",
                model,
                "--master",
                "local[1]",
                "--data",
                "rows.csv");
        refused(
                "the name of rows does not show its format; give --format, one of parquet, csv, tsv, json, orc",
                "predict",
                model,
                "--master",
                "local[1]",
                "--data",
                "rows",
                "--out",
                "done");
        refused(
                "unknown format 'conll'; known: parquet, csv, tsv, json, orc",
                "predict",
                model,
                "--master",
                "local[1]",
                "--data",
                "rows",
                "--out",
                "done",
                "--format",
                "conll");
        refused(
                "--top does not go with --master; leave it out",
                "predict",
                model,
                "--master",
                "local[1]",
                "--data",
                "rows.csv",
                "--out",
                "done",
                "--top",
                "2");
        refused(
                "texts do not go with --master; give a table with --data",
                "predict",
                model,
                "so good",
                "--master",
                "local[1]",
                "--data",
                "rows.csv",
                "--out",
                "done");
        refused(
                "a csv file has no place for gates, a map in each row; use --format parquet or json",
                "predict",
                model,
                "--master",
                "local[1]",
                "--data",
                "rows.csv",
                "--out",
                "done",
                "--gates");
        refused(
                "--gates goes with --master; leave it out, or name a cluster, or see 'unipelt gates'",
                "predict",
                model,
                "so good",
                "--gates");
        refused(
                "--format orc goes with --master; leave it out, or name a cluster",
                "predict",
                model,
                "so good",
                "--format",
                "orc");
        assertThat(Shell.run("predict", home.resolve("nix"), "--master", "x", "--data", "rows.csv", "--out", "done")
                        .err())
                .contains("nix")
                .doesNotContain("Spark");
        assertThat(home.resolve("done")).doesNotExist();
    }

    @Test
    void noSparkOnTheClassPath() throws IOException {
        String line = "--master needs unipelt-spark and Spark on the class path; './unipelt' adds both";
        refused(line, "predict", model, "--master", "local[1]", "--data", "rows.csv", "--out", "done");
        Path rows =
                Files.writeString(home.resolve("rows.tsv"), "text\tlabel\n" + "so good\tup\nso bad\tdown\n".repeat(8));
        Path study = Files.writeString(
                home.resolve("study.yaml"),
                "model: " + home.resolve("tiny-bert") + "\ndata: " + rows + "\ntest: " + rows
                        + "\nmethods: [probe]\ntraining: {max-length: 16}\n");
        refused(line, "sweep", study, "--master", "local[1]", "--out", home.resolve("swept"));
        refused(
                "--copy goes with --master; leave it out, or name a cluster",
                "sweep",
                study,
                "--copy",
                "s3a://bucket/study",
                "--out",
                home.resolve("swept"));
        assertThat(home.resolve("swept")).doesNotExist();
        refused(
                "--master needs --world, the number of processes with this one, 2 or more",
                "train",
                "--train",
                rows,
                "--master",
                "local[1]");
        refused(
                "--master starts the other ranks itself; leave out --rank, --meet and --own-address",
                "train",
                "--train",
                rows,
                "--master",
                "local[1]",
                "--world",
                "2",
                "--rank",
                "0");
    }
}
