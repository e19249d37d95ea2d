package org.unipelt.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;
import org.unipelt.Repository;
import org.unipelt.data.Dataset;
import org.unipelt.data.Labels;

final class GlueTaskTest {
    @TempDir
    Path folder;

    /** Rows as the official release has them, or as the note beside the data says of its samples. */
    @ParameterizedTest
    @CsvSource({
        "COLA, 8551, 1043",
        "SST2, 67349, 872",
        "MRPC, 3668, 408",
        "STSB, 5749, 1500",
        "QQP, 21720, 8403",
        "MNLI, 27571, 7702",
        "QNLI, 20534, 5463",
        "RTE, 2490, 277"
    })
    void readsTheOfficialFiles(GlueTask task, int train, int dev) {
        Path glue = Repository.shared("glue");
        assertThat(task.train(glue).size()).isEqualTo(train);
        Dataset examples = task.dev(glue);
        assertThat(examples.size()).isEqualTo(dev);
        assertThat(examples).allMatch(example -> example.pair().isPresent() == task.pairs());
    }

    /** The classes' numbers, counted in the official development files. */
    @ParameterizedTest
    @CsvSource({"COLA, 322, 721", "SST2, 428, 444", "MRPC, 129, 279", "RTE, 146, 131", "QNLI, 2702, 2761"})
    void classesAreInTheOfficialOrder(GlueTask task, int first, int second) {
        int[] indices = ((Labels.Classes) task.labels()).indices(task.dev(Repository.shared("glue")));
        assertThat(Arrays.stream(indices).filter(index -> index == 0).count()).isEqualTo(first);
        assertThat(Arrays.stream(indices).filter(index -> index == 1).count()).isEqualTo(second);
    }

    @Test
    void textsAreThoseOfTheOfficialColumns() {
        Path glue = Repository.shared("glue");
        assertThat(GlueTask.COLA.train(glue).get(0).text())
                .isEqualTo("Our friends won't buy this analysis, let alone the next one we propose.");
        assertThat(GlueTask.STSB.train(glue).get(0).pair()).contains("An air plane is taking off.");
        assertThat(GlueTask.STSB.train(glue).get(0).label()).contains("5.000");
        assertThat(GlueTask.MRPC.train(glue).get(0).text())
                .startsWith("Amrozi accused his brother , whom he called \" the");
        assertThat(GlueTask.MNLI.train(glue).get(0).pair()).contains("What grade did you teach?");
        assertThat(GlueTask.MNLI.read(glue.resolve("MNLI/dev_mismatched.tsv")).size())
                .isEqualTo(1000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sst2", "SST-2", "sst_2", " Sst 2"})
    void usualSpellingsAreOneTask(String name) {
        assertThat(GlueTask.named(name)).isEqualTo(GlueTask.SST2);
    }

    @ParameterizedTest
    @EnumSource(GlueTask.class)
    void ownNamesAreFoundAndMetricsFit(GlueTask task) {
        assertThat(GlueTask.named(task.text())).isEqualTo(task);
        assertThat(GlueTask.named(task.title())).isEqualTo(task);
        task.metrics().forEach(metric -> metric.requireFits(task.labels()));
    }

    @Test
    void mainMetricsAreThePapers() {
        assertThat(GlueTask.COLA.mainMetric()).isEqualTo(Metric.MATTHEWS);
        assertThat(GlueTask.MRPC.mainMetric()).isEqualTo(Metric.F1);
        assertThat(GlueTask.QQP.mainMetric()).isEqualTo(Metric.F1);
        assertThat(GlueTask.STSB.mainMetric()).isEqualTo(Metric.SPEARMAN);
        assertThat(GlueTask.RTE.mainMetric()).isEqualTo(Metric.ACCURACY);
    }

    @Test
    void unknownTaskIsSuggested() {
        assertThatThrownBy(() -> GlueTask.named("sst3"))
                .isInstanceOf(InputException.class)
                .hasMessage("unknown task 'sst3'; did you mean 'sst2'?");
    }

    @Test
    void takesTheRootOrTheTasksOwnFolder() throws IOException {
        Path own = Files.createDirectory(folder.resolve("sst-2"));
        Files.writeString(own.resolve("train.tsv"), "sentence\tlabel\ngood\t1\nbad\t0\n");
        assertThat(GlueTask.SST2.train(folder)).isEqualTo(GlueTask.SST2.train(own));
        assertThatThrownBy(() -> GlueTask.SST2.dev(folder))
                .isInstanceOf(InputException.class)
                .hasMessage(folder + ": holds neither SST-2/dev.tsv nor dev.tsv (or .tsv.gz); give the folder of GLUE's"
                        + " tasks or the one of SST-2");
        assertThatThrownBy(() -> GlueTask.SST2.dev(folder.resolve("none")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("there is no such folder");
        assertThatThrownBy(() -> GlueTask.COLA.train(own))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("there is no column '4' for the text");
    }

    @Test
    void leavesOutWhatGlueLeavesOut() throws IOException {
        Path mnli = folder.resolve("dev_matched.tsv");
        Files.writeString(mnli, "sentence1\tsentence2\tgold_label\na\tb\t-\nc\td\tneutral\n");
        assertThat(GlueTask.MNLI.dev(folder)).hasSize(1).allMatch(example -> example.text()
                .equals("c"));

        Path qqp = folder.resolve("train.tsv");
        Files.writeString(qqp, "question1\tquestion2\tis_duplicate\na\tb\t0\nshort\n\td\t1\n");
        Dataset questions = GlueTask.QQP.train(folder);
        assertThat(questions).hasSize(2);
        assertThat(questions.get(1).pair()).isEqualTo(Optional.of("d"));
    }

    @Test
    void foreignLabelIsNamedWithItsLine() throws IOException {
        Path file = folder.resolve("train.tsv");
        Files.writeString(file, "sentence1\tsentence2\tlabel\na\tb\tentailment\nc\td\tneutral\n");
        assertThatThrownBy(() -> GlueTask.RTE.train(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file + ":3: the label 'neutral' is not among those trained on (entailment,"
                        + " not_entailment)");
    }
}
