package org.unipelt.experiment;

import java.nio.file.Path;
import java.util.Optional;
import org.unipelt.hub.BaseModel;

/** A sweep in a process of its own, to be killed: spec, folder, workers. Says which runs end. */
final class SweepProcess {
    private SweepProcess() {}

    /** Runs it and ends with 0 when it is done. */
    public static void main(String[] args) {
        SweepSpec spec = SweepSpec.read(Path.of(args[0]), SweepSpec.Overrides.nothing());
        try (BaseModel base = BaseModel.open(spec.model())) {
            Sweep sweep = Sweep.of(spec, Optional.empty(), base);
            sweep.run(
                    new Store(Path.of(args[1])),
                    new LocalExecutor(base, sweep.data(), Integer.parseInt(args[2])),
                    cell -> false,
                    event -> {
                        if (event instanceof SweepEvent.Began began) {
                            System.out.println("began " + began.cell().hash());
                        } else if (event instanceof SweepEvent.Ended ended) {
                            System.out.println("ended " + ended.result().run().hash());
                        }
                    },
                    () -> false);
        }
    }
}
