package org.unipelt.run;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.metric.HeldOut;
import org.unipelt.runtime.Lifetime;
import org.unipelt.task.Objective;
import org.unipelt.training.End;
import org.unipelt.training.Group;
import org.unipelt.training.Replica;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * A training of several processes as a rank above 0 has it: without a folder, since rank 0 alone writes files. It computes
 * its share of every batch until rank 0 says that the training is over.
 *
 * <p>Let one thread train with it, once.
 */
public final class ReplicaRun {
    private final Group group;
    private final RunFile first;

    private ReplicaRun(Group group, RunFile first) {
        this.group = group;
        this.first = first;
    }

    /**
     * Waits until rank 0 begins or resumes its {@link Run}.
     *
     * @param group stays the caller's
     * @throws InputException if rank 0 is gone, or is of another version
     * @throws IllegalArgumentException if this is its rank 0
     */
    public static ReplicaRun of(Group group) {
        Objects.requireNonNull(group, "group is null");
        if (group.rank() == 0) {
            throw new IllegalArgumentException("rank 0 has a Run");
        }
        return new ReplicaRun(group, RankCheck.told(group));
    }

    /** Returns what rank 0 trains, with its names of files. */
    public RunSpec spec() {
        return first.spec();
    }

    /** Returns the base model to open; if it is a folder, this machine must have it where rank 0 has it. */
    public String model() {
        return run(spec()).model();
    }

    /**
     * Loads rank 0's data, which this machine must have where rank 0 has it.
     *
     * @param remarks receives a sentence about each row or label that was left out or changed
     * @throws InputException as {@link Run#load}
     */
    public DataSpec.Loaded load(Consumer<String> remarks) {
        Objects.requireNonNull(remarks, "remarks is null");
        return run(spec()).load(remarks);
    }

    private Run run(RunSpec spec) {
        return Run.of(Path.of("rank-" + group.rank()), spec, first.directory(), HeldOut.NONE);
    }

    /**
     * Computes this rank's share of the training until rank 0 has finished or stopped it.
     *
     * @param spec what to train, with this machine's names of files; all else must be as at rank 0
     * @return whether it is finished or was stopped
     * @throws InputException if this rank or another does not train what rank 0 does, rank 0 fails, or a rank is gone
     * @throws java.util.concurrent.CancellationException if the thread was interrupted, which it stays
     * @throws IllegalStateException if the base model is closed
     */
    public End train(RunSpec spec, BaseModel base, DataSpec.Loaded data) {
        Objects.requireNonNull(spec, "spec is null");
        Objects.requireNonNull(base, "base is null");
        Objects.requireNonNull(data, "data is null");
        Run run = run(spec);
        run.requirePrecision(base);
        boolean judged = run.isJudged(data);
        DataSpec.Loaded used = run.used(data);
        try (Lifetime.Use use = base.useForTraining()) {
            RunFile started = run.started(base, used, judged);
            RankCheck.demandSame(started, group);
            try (TunedModel model = run.untrained(base, used, started, Map.of())) {
                Objective objective = run.objective(model, used, judged);
                Replica.requireShares(objective, spec.training(), group);
                try (Replica replica = new Replica(objective, spec.training(), group)) {
                    return replica.follow();
                }
            }
        }
    }
}
