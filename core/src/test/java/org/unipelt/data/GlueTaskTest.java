package org.unipelt.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;
import org.unipelt.Repository;
import org.unipelt.metric.Metric;
import org.unipelt.task.Task;

final class GlueTaskTest {
    @TempDir
    Path folder;

    /** Files in the official formats, with rows of our own. */
    private static final Path OWN = Repository.root().resolve("core/src/test/resources/org/unipelt/data/glue");

    /** Of MNLI's four development rows one has no gold label; of QQP's five training rows one has no second question. */
    @ParameterizedTest
    @CsvSource({
        "COLA, 6, 3",
        "SST2, 5, 3",
        "MRPC, 4, 3",
        "STSB, 4, 2",
        "QQP, 4, 3",
        "MNLI, 4, 3",
        "QNLI, 3, 3",
        "RTE, 3, 2"
    })
    void readsTheOfficialFormats(GlueTask task, int train, int dev) {
        reads(task, OWN, train, dev);
    }

    /** Rows as the official release has them, or as the note beside the data says of its samples. */
    @ParameterizedTest
    @Tag("shared")
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
        reads(task, Repository.shared("glue"), train, dev);
    }

    private static void reads(GlueTask task, Path glue, int train, int dev) {
        assertThat(task.train(glue).size()).isEqualTo(train);
        Dataset examples = task.dev(glue);
        assertThat(examples.size()).isEqualTo(dev);
        assertThat(examples).allMatch(example -> example.pair().isPresent() == task.pairs());
    }

    /** The classes' numbers, in order; MNLI's third is not asked for. */
    @ParameterizedTest
    @CsvSource({
        "COLA, 1, 2",
        "SST2, 2, 1",
        "MRPC, 1, 2",
        "QQP, 2, 1",
        "MNLI, 1, 1",
        "RTE, 1, 1",
        "QNLI, 1, 2",
    })
    void classesAreInOrder(GlueTask task, int first, int second) {
        counts(task, OWN, first, second);
    }

    /** The classes' numbers, counted in the official development files. */
    @ParameterizedTest
    @Tag("shared")
    @CsvSource({"COLA, 322, 721", "SST2, 428, 444", "MRPC, 129, 279", "RTE, 146, 131", "QNLI, 2702, 2761"})
    void classesAreInTheOfficialOrder(GlueTask task, int first, int second) {
        counts(task, Repository.shared("glue"), first, second);
    }

    private static void counts(GlueTask task, Path glue, int first, int second) {
        int[] indices = ((Labels.Classes) task.labels()).indices(task.dev(glue));
        assertThat(Arrays.stream(indices).filter(index -> index == 0).count()).isEqualTo(first);
        assertThat(Arrays.stream(indices).filter(index -> index == 1).count()).isEqualTo(second);
    }

    @Test
    void textsAreThoseOfTheirColumns() {
        assertThat(first(GlueTask.COLA))
                .containsExactly("The ferry left before the children had finished their soup.", null, "1");
        assertThat(first(GlueTask.SST2)).containsExactly("a warm and funny evening ", null, "1");
        assertThat(first(GlueTask.MRPC))
                .containsExactly(
                        "The bakery on the square will open again in May , its owner said .",
                        "Its owner said the bakery on the square opens again in May .",
                        "1");
        assertThat(first(GlueTask.STSB)).containsExactly("A boy feeds the ducks.", "A boy is feeding ducks.", "5.000");
        assertThat(first(GlueTask.QQP))
                .containsExactly(
                        "How do I keep basil alive in winter?", "How can basil survive the winter indoors?", "1");
        assertThat(first(GlueTask.MNLI))
                .containsExactly("The shop opens at eight.", "The shop is closed at seven.", "entailment");
        assertThat(first(GlueTask.QNLI))
                .containsExactly("When did the ferry begin to run?", "The ferry has run since 1911.", "entailment");
        assertThat(first(GlueTask.RTE))
                .containsExactly(
                        "The school's new roof, paid for by the parents, was finished on Thursday.",
                        "The roof of the school is new.",
                        "entailment");
        assertThat(GlueTask.MNLI.read(OWN.resolve("MNLI/dev_mismatched.tsv"))).hasSize(2);
        // A quote is a character, also at a cell's ends and where there are two.
        assertThat(GlueTask.COLA.train(OWN).get(5).text()).isEqualTo("\"Closed on Mondays\", said the sign.");
        assertThat(GlueTask.QQP.train(OWN).get(1).text()).isEqualTo("\"What does \"\"ad hoc\"\" mean?\"");
    }

    /** Text, pair and label of a task's first training example. */
    private static List<String> first(GlueTask task) {
        Example example = task.train(OWN).get(0);
        return Arrays.asList(
                example.text(), example.pair().orElse(null), example.label().orElse(null));
    }

    @Test
    void filesMayBePacked() throws IOException {
        Path file = OWN.resolve("QNLI/train.tsv");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve("train.tsv.gz")))) {
            Files.copy(file, out);
        }
        assertThat(GlueTask.QNLI.train(folder)).containsExactlyElementsOf(GlueTask.QNLI.train(OWN));
    }

    @Test
    @Tag("shared")
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
        task.metrics().forEach(Task.of(task.labels())::requireFits);
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
