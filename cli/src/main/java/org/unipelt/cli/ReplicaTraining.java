package org.unipelt.cli;

import java.util.function.Consumer;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.ReplicaRun;
import org.unipelt.run.RunSpec;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.training.End;
import org.unipelt.tuned.DataSpec;

/** The part of a rank above 0 in a training of several processes: one line when it begins, one at the end. */
record ReplicaTraining(Console console, GroupOptions several) {
    /** Computes until rank 0 has finished. Returns the exit code. */
    int train(RunSpec spec, BaseModel base, DataSpec.Loaded loaded) {
        try (GroupOptions.Joined joined = several.join(console)) {
            return train(ReplicaRun.of(joined.group()), spec, base, loaded);
        }
    }

    /** Does the same for a training that rank 0 resumes. Takes the settings from rank 0, which has the folder. */
    int resume(Device device, Consumer<String> remarks) {
        try (GroupOptions.Joined joined = several.join(console)) {
            ReplicaRun run = ReplicaRun.of(joined.group());
            DataSpec.Loaded loaded = run.load(remarks);
            try (BaseModel base = DownloadProgress.open(
                    run.model(), Compute.of(device, run.spec().precision()), console)) {
                return train(run, run.spec(), base, loaded);
            }
        }
    }

    private int train(ReplicaRun run, RunSpec spec, BaseModel base, DataSpec.Loaded loaded) {
        boolean finished = run.train(spec, base, loaded) == End.FINISHED;
        console.say(several.describe()
                + (finished ? ": done; rank 0 evaluates and saves the model" : ": stopped, as rank 0 was"));
        return finished ? 0 : TrainCommand.INTERRUPTED;
    }
}
