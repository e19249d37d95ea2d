package org.unipelt.tuned;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.Repository;
import org.unipelt.data.LabelKind;
import org.unipelt.hub.BaseModel;

/** UniPELT on real data: 100 sentences of SST-2, by the paper's few-shot protocol. */
class RealTuningTest {
    /** Guessing the larger class has 0.509 of the official development set right. */
    private static final double MAJORITY = 444.0 / 872;

    private static final double MARGIN = 0.15;

    @Test
    void unipeltBeatsTheMajorityClassByAMargin(@TempDir Path folder) {
        DataSpec sst2 = new DataSpec(
                Optional.of("sst2"),
                Repository.shared("glue"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                LabelKind.AUTO,
                Optional.of(100),
                DataSpec.FIRST_SEED);
        try (BaseModel base = BaseModel.open("minilm-l6");
                TunedModel model = Tuning.of(base, "unipelt-apl")
                        .on(sst2)
                        .with(settings -> settings.epochs(10).learningRate(1e-3))
                        .train(folder.resolve("sst2"))) {
            double accuracy = model.card().metrics().get("test").get("accuracy");
            assertThat(accuracy).as("test accuracy").isGreaterThan(MAJORITY + MARGIN);
        }
    }
}
