package org.unipelt.spark;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.Optional;
import org.unipelt.experiment.Study;
import org.unipelt.experiment.SweepSpec;
import org.unipelt.tensor.Device;

/** A study on its way to an executor; an empty text stands for what is not given. */
record SentStudy(String spec, String scale, String model, String data, String directory, Device device)
        implements Serializable {
    static SentStudy of(Study study) {
        return new SentStudy(
                study.spec().toString(),
                study.overrides().scale().orElse(""),
                study.overrides().model().orElse(""),
                study.overrides().data().map(Path::toString).orElse(""),
                study.directory().toString(),
                study.device());
    }

    Study study() {
        return new Study(
                Path.of(spec),
                new SweepSpec.Overrides(given(scale), given(model), given(data).map(Path::of)),
                Path.of(directory),
                device);
    }

    private static Optional<String> given(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }
}
