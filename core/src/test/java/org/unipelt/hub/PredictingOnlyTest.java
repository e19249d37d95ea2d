package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.api.Assumptions.assumeThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.Checkpoints;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.run.Tuning;
import org.unipelt.task.Answer;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.PrecisionLoss;
import org.unipelt.tuned.TunedModel;

/** A base model that is open for predicting only: it keeps each map once, packed. */
class PredictingOnlyTest {
    private static final String MODEL = Checkpoints.folder("bert-bare").toString();
    private static final String MAP = "encoder.layer.0.attention.self.query.weight";

    @TempDir
    private Path work;

    private static BaseModel open() {
        Compute compute = Compute.cpu().predicting();
        assumeThat(compute.packs()).isTrue();
        return BaseModel.open(MODEL, compute);
    }

    private static Dataset rows() {
        return new Dataset(
                "rows",
                List.of(
                        Example.of("good").labelled("yes"),
                        Example.of("bad").labelled("no"),
                        Example.of("fine").labelled("yes"),
                        Example.of("poor").labelled("no")));
    }

    @Test
    void keepsEachMapOnce() {
        try (BaseModel base = open()) {
            assertThat(base.backbone().weights().has(MAP)).isTrue();
            assertThatThrownBy(() -> base.backbone().weights().get(MAP))
                    .isInstanceOf(InputException.class)
                    .hasMessage("'" + MAP + "' is kept in another form, because this base model is open for predicting"
                            + " only; open it without predicting() to train on it, to merge or to export");
            assertThatThrownBy(() -> base.backbone().weights().asMap()).isInstanceOf(InputException.class);
            // What no map has stays.
            assertThat(base.backbone()
                            .weights()
                            .get("embeddings.LayerNorm.weight")
                            .numel())
                    .isPositive();
        }
    }

    @Test
    void nobodyTrainsOnIt() {
        try (BaseModel base = open()) {
            assertThatThrownBy(() -> Tuning.of(base, "lora").on(rows()).train(work.resolve("model")))
                    .isInstanceOf(InputException.class)
                    .hasMessage(MODEL + " is open for predicting only; open it without Compute.predicting() to train");
            assertThat(work).isEmptyDirectory();
        }
    }

    /** A model tuned on a file with 50 rows, and as many development rows. */
    private Path tuned() throws IOException {
        StringBuilder table = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 50; i++) {
            table.append(i % 2 == 0 ? "good film " : "bad day ")
                    .append(i)
                    .append('\t')
                    .append(i % 2)
                    .append('\n');
        }
        Path file = Files.writeString(work.resolve("rows.tsv"), table);
        Path dev = Files.writeString(work.resolve("dev.tsv"), table);
        Path folder = work.resolve("tuned");
        try (BaseModel base = BaseModel.open(MODEL);
                TunedModel model = Tuning.of(base, "lora(rank=2)")
                        .on(DataSpec.of(file).withDev(dev))
                        .with(settings -> settings.epochs(1).maxLength(12))
                        .train(folder)) {
            assertThat(model.card().provenance()).isPresent();
        }
        return folder;
    }

    @Test
    void whatPackedMapsAnd8BitsCostIsMeasured() throws IOException {
        Path folder = tuned();
        try (BaseModel base = open();
                TunedModel model = TunedModel.load(folder, base)) {
            PrecisionLoss loss = PrecisionLoss.of(model);
            assertThat(loss.part()).isEqualTo("dev");
            assertThat(loss.points()).isZero();
            loss.demandWithin(0);
            assertThatThrownBy(model::merge)
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("for predicting only");
        }
        Compute narrow = Compute.of(Device.CPU, Precision.INT8).predicting();
        assumeThatCode(narrow::demand).doesNotThrowAnyException();
        try (BaseModel plain = BaseModel.open(MODEL);
                TunedModel exact = TunedModel.load(folder, plain);
                BaseModel base = BaseModel.open(MODEL, narrow);
                TunedModel model = TunedModel.load(folder, base)) {
            List<Answer> expected = exact.predict(rows().examples());
            List<Answer> rounded = model.predict(rows().examples());
            assertThat(rounded).isNotEqualTo(expected);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(probability(rounded.get(i))).isCloseTo(probability(expected.get(i)), within(0.02));
            }
            PrecisionLoss loss = PrecisionLoss.of(model);
            assertThat(loss.describe())
                    .matches("accuracy on \\d+ development rows: 0\\.\\d+ after training, 0\\.\\d+ with int8");
            PrecisionLoss large = new PrecisionLoss(loss.metric(), "dev", 10, 0.9, 0.8, Precision.INT8);
            assertThatThrownBy(() -> large.demandWithin(0.5))
                    .isInstanceOf(InputException.class)
                    .hasMessage("accuracy on 10 development rows: 0.900 after training, 0.800 with int8: it loses 10.0"
                            + " points, more than the 0.5 that --tolerate allows; use f32 or bf16");
            Files.writeString(work.resolve("dev.tsv"), "good film\t1\n", StandardOpenOption.APPEND);
            assertThatThrownBy(() -> PrecisionLoss.of(model))
                    .isInstanceOf(InputException.class)
                    .hasMessage(work.resolve("rows.tsv") + " or its development rows have changed since its training");
        }
    }

    private static double probability(Answer answer) {
        return ((Answer.Label) answer).probabilities().get("1");
    }
}
