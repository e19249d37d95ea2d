package org.unipelt.tuned;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.Repository;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;

/** UniPELT on real data, by the paper's few-shot protocol with 100 examples. */
@Tag("slow")
class RealTuningTest {
    /** Guessing the larger class has 0.509 of SST-2's official development set right. */
    private static final double MAJORITY = 444.0 / 872;

    /** There are six labels, and the most frequent is that of 34 of the 200 test messages. */
    private static final double MAJORITY_OF_MESSAGES = 34.0 / 200;

    private static final double MARGIN = 0.15;
    private static final double MARGIN_ON_MESSAGES = 0.25;
    private static final int MAX_LENGTH = 32;

    @Test
    void unipeltLearnsToSortMessages(@TempDir Path folder) {
        Path messages = Repository.root().resolve("examples/messages");
        DataSpec data = DataSpec.of(messages.resolve("train.tsv"))
                .withTest(messages.resolve("test.tsv"))
                .withSamples(100, DataSpec.FIRST_SEED);
        assertThat(accuracy(data, 3, folder.resolve("messages")))
                .isGreaterThan(MAJORITY_OF_MESSAGES + MARGIN_ON_MESSAGES);
    }

    @Test
    @Tag("shared")
    void unipeltBeatsTheMajorityClassByAMargin(@TempDir Path folder) {
        DataSpec sst2 = DataSpec.ofTask("sst2", Repository.shared("glue"), Optional.of(100), DataSpec.FIRST_SEED);
        assertThat(accuracy(sst2, 3, folder.resolve("sst2"))).isGreaterThan(MAJORITY + MARGIN);
    }

    private static double accuracy(DataSpec data, int epochs, Path folder) {
        try (BaseModel base = BaseModel.open("minilm-l6");
                TunedModel model = Tuning.of(base, "unipelt-apl")
                        .on(data)
                        .with(settings ->
                                settings.epochs(epochs).maxLength(MAX_LENGTH).learningRate(1e-3))
                        .train(folder)) {
            return model.card().metrics().get("test").get("accuracy");
        }
    }
}
