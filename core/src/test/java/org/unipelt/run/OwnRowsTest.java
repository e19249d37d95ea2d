package org.unipelt.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Labels;
import org.unipelt.hub.BaseModel;
import org.unipelt.testkit.TinyBert;
import org.unipelt.training.Ending;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.training.TrainingListener;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.DataRows;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/** Trains on a program's own rows, without files. */
class OwnRowsTest {
    @TempDir
    private static Path shared;

    private static BaseModel base;

    @TempDir
    private Path work;

    /** What a program might have. */
    private record Ticket(String text, String other, Topic topic, double urgency) {}

    private enum Topic {
        GOOD,
        BAD
    }

    @BeforeAll
    static void open() throws IOException {
        base = BaseModel.open(TinyBert.write(shared.resolve("bert")).toString());
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static List<Ticket> tickets(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Ticket(
                        "w" + i % 7 + (i % 2 == 0 ? " good" : " bad"),
                        "w" + i % 5,
                        i % 2 == 0 ? Topic.GOOD : Topic.BAD,
                        i + 0.5))
                .toList();
    }

    private static Dataset rows(int count) {
        return Dataset.of(tickets(count), Ticket::text, Ticket::topic);
    }

    private static Tuning tuning() {
        return Tuning.of(base, "lora(rank=2)")
                .with(settings -> settings.epochs(2).batchSize(4).maxLength(8).keep(TrainingConfig.Keep.BEST));
    }

    private static byte[] trained(Path folder) throws IOException {
        return Files.readAllBytes(folder.resolve("adapter.safetensors"));
    }

    @Test
    void aProgramsRowsTrainTheSameBytesAsAFileOfThem() throws IOException {
        List<String> lines = new ArrayList<>(List.of("text\tlabel"));
        tickets(20).forEach(ticket -> lines.add(ticket.text() + "\t" + ticket.topic()));
        Path file = Files.write(work.resolve("tickets.tsv"), lines);
        tuning().on(DataSpec.of(file)).train(work.resolve("file")).close();
        try (TunedModel model = tuning().on(rows(20)).train(work.resolve("rows"))) {
            assertThat(model.labels().describe()).isEqualTo("2 classes");
            assertThat(model.labels().names()).containsExactly("BAD", "GOOD");
            assertThat(model.card().metrics()).containsOnlyKeys("dev");
            assertThat(model.card().source()).isEmpty();
            assertThat(model.evaluate(rows(6)).examples()).isEqualTo(6);
        }
        assertThat(trained(work.resolve("rows"))).isEqualTo(trained(work.resolve("file")));
        try (TunedModel model = TunedModel.load(work.resolve("rows"), base)) {
            assertThat(model.predict("w1 good").text()).isIn("GOOD", "BAD");
        }
    }

    @Test
    void theColumnsOfATableAreNamedOneByOne() throws IOException {
        Path file = Files.write(
                work.resolve("tickets.tsv"), List.of("body\tother\ttopic", "w1\tw2\t1", "w3\tw4\t2.5", "w5\tw6\t3"));
        DataSpec spec = DataSpec.of(file).withText("body").withPair("other").withLabel("topic");
        DataSpec.Loaded scores = spec.load();
        assertThat(scores.labels().describe()).isEqualTo("scores");
        assertThat(scores.together().split().train().examples())
                .extracting(example -> example.text() + example.pair().orElseThrow())
                .containsExactlyInAnyOrder("w1w2", "w3w4", "w5w6");
        DataSpec.Files files = spec.withLabels(LabelKind.CLASSES).read(remark -> {});
        assertThat(files.labels().names()).containsExactly("1", "2.5", "3");
        assertThatThrownBy(() -> spec.withLabel("tropic").load())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("did you mean 'topic'?");
    }

    @Test
    void pairsScoresAndRowsForDevelopmentAndTests() {
        Dataset scored = Dataset.of(tickets(12).stream(), Ticket::text, Ticket::other, Ticket::urgency);
        DataRows rows = DataRows.of(scored).withDev(scored).withTest(scored);
        try (TunedModel model = tuning().on(rows).train(work.resolve("scores"))) {
            assertThat(model.labels().describe()).isEqualTo("scores");
            assertThat(model.card().pairs()).isTrue();
            assertThat(model.card().metrics()).containsOnlyKeys("dev", "test");
        }
        assertThat(rows.withLabels(LabelKind.CLASSES).load().labels().outputs()).isEqualTo(12);
        assertThat(DataRows.of(scored)
                        .withSamples(5, 111)
                        .load()
                        .split()
                        .train()
                        .size())
                .isEqualTo(5);
        Dataset own = Dataset.of(
                List.of(Example.of("w1").labelled("1.5"), Example.of("w2").labelled("2")));
        assertThat(Labels.of(own, LabelKind.AUTO).describe()).isEqualTo("scores");
    }

    @Test
    void aStoppedTrainingContinuesWithTheSameRowsOnly() throws IOException {
        tuning().on(rows(20)).train(work.resolve("whole")).close();
        Path folder = work.resolve("stopped");
        AtomicInteger left = new AtomicInteger(3);
        assertThat(tuning().on(rows(20)).train(folder, () -> left.decrementAndGet() == 0))
                .isEmpty();
        assertThatThrownBy(() -> Run.reopen(folder).load())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("its rows come from a program")
                .hasMessageContaining("Tuning.resume");
        assertThatThrownBy(() -> tuning().on(rows(22)).resume(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the train data is not what this run started with (18 examples then)");
        assertThatThrownBy(
                        () -> tuning().on(rows(20)).with(with -> with.seed(7)).resume(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("began with other settings");
        tuning().on(rows(20)).resume(folder).close();
        assertThat(trained(folder)).isEqualTo(trained(work.resolve("whole")));
        assertThatThrownBy(() -> tuning().on(rows(20)).resume(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is finished");
    }

    @Test
    void aTrainingThatAListenerEndsIsSavedAndSaysSo() throws IOException {
        TrainingListener ender = new TrainingListener() {
            private boolean evaluated;

            @Override
            public void evaluate(TrainingEvent.Evaluated event) {
                evaluated = true;
            }

            @Override
            public boolean endsTraining() {
                return evaluated;
            }
        };
        Path folder = work.resolve("ended");
        tuning().on(rows(20)).tell(ender).train(folder).close();
        tuning().on(rows(20)).train(work.resolve("whole")).close();
        assertThat(AdapterCard.read(folder).provenance().orElseThrow().ending()).isEqualTo(Ending.BY_LISTENER);
        assertThat(AdapterCard.read(work.resolve("whole"))
                        .provenance()
                        .orElseThrow()
                        .ending())
                .isEqualTo(Ending.BY_ITSELF);
        assertThat(Files.readString(work.resolve("whole").resolve("adapter.json")))
                .doesNotContain("ending");
        assertThat(Files.readString(folder.resolve("events.jsonl"))).contains("\"reason\":\"listener\"");
        assertThat(folder.resolve("run.json")).doesNotExist();
    }

    @Test
    void badRowsAreNamedByTheirNumbers() {
        List<Ticket> bad = Arrays.asList(
                tickets(1).get(0),
                null,
                new Ticket(null, "w1", Topic.BAD, 0),
                new Ticket(" ", "w1", Topic.BAD, 0),
                new Ticket("w1", "w1", null, 0),
                new Ticket("half \ud800", "w1", Topic.GOOD, 0));
        assertThatThrownBy(() -> Dataset.of(bad, Ticket::text, Ticket::topic))
                .isInstanceOf(InputException.class)
                .hasMessage("the program's rows: 5 bad rows; correct or remove them:"
                        + "\n  the program's rows, example 2: is null"
                        + "\n  the program's rows, example 3: its text is null"
                        + "\n  the program's rows, example 4: its text is blank"
                        + "\n  the program's rows, example 5: its label is null or blank"
                        + "\n  the program's rows, example 6: holds half a surrogate pair");
        refused(Dataset.of(Collections.<Example>emptyList()), "holds no examples");
        refused(Dataset.of(tickets(4), Ticket::text, ticket -> "one"), "every row has the label 'one'");
        refused(Dataset.of(List.of(Example.of("w1").labelled("a"), Example.of("w2"))), "example 2: has no label");
        refused(
                Dataset.of(List.of(
                        Example.of("w1").labelled("a"),
                        Example.ofPair("w1", "w2").labelled("b"))),
                "example 2: has a second text, but the first has none");
        refused(
                Dataset.of(
                        IntStream.range(0, 20).boxed().toList(), i -> "w" + i, i -> i == 13 ? "high" : "" + (i + 0.5)),
                "example 14: the score 'high' is not a finite number");
        DataRows mixed =
                DataRows.of(rows(6)).withTest(Dataset.of(tickets(4), Ticket::text, Ticket::other, Ticket::topic));
        assertThatThrownBy(() -> tuning().on(mixed).train(work.resolve("mixed")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the training rows are single texts, but the development or test rows are not");
        assertThatThrownBy(() -> tuning().on(DataRows.of(rows(6))
                                .withTest(Dataset.of(List.of(Example.of("w1").labelled("UGLY")))))
                        .train(work.resolve("unknown")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("UGLY");
        assertThat(work).isEmptyDirectory();
    }

    private void refused(Dataset rows, String why) {
        assertThatThrownBy(() -> tuning().on(rows).train(work.resolve("refused")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(why);
    }
}
