package org.unipelt.run;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.unipelt.InputException;
import org.unipelt.training.Group;
import org.unipelt.tuned.TunedModel;

/**
 * Tunes a base model by several processes, from {@link Tuning#together}: every process runs the same program.
 *
 * <pre>{@code
 * try (Group group = Group.join("10.0.0.5", 29500, rank, 3)) {
 *     Optional<TunedModel> model = Tuning.of(base, "unipelt-apl").on(rows).together(group).train(Path.of("my-adapter"));
 *     // at rank 0 the saved model; at the others nothing: they have computed their share
 * }
 * }</pre>
 *
 * <p>Not thread safe, as {@link Tuning} is not.
 */
public final class GroupTuning {
    private final Tuning tuning;
    private final Group group;

    GroupTuning(Tuning tuning, Group group) {
        this.tuning = tuning;
        this.group = Objects.requireNonNull(group, "group is null");
    }

    /**
     * Trains, and saves a tuned model at rank 0.
     *
     * @param folder a folder that is empty or does not exist yet; only rank 0 uses it
     * @return the tuned model at rank 0; empty at the other ranks
     * @throws InputException if any input is wrong, a rank has other data or settings, or is gone
     * @throws java.util.concurrent.CancellationException if the thread was interrupted, which it stays; {@link #resume}
     *     continues the run
     * @throws IllegalStateException if the base model is closed
     */
    public Optional<TunedModel> train(Path folder) {
        return train(folder, () -> false);
    }

    /**
     * Does the same, but stops on all ranks when {@code stop} of rank 0 says so; then the result is empty, and {@link #resume}
     * continues.
     *
     * @param stop asked at rank 0 after every step, and before every piece of an evaluation; not asked elsewhere
     */
    public Optional<TunedModel> train(Path folder, BooleanSupplier stop) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(stop, "stop is null");
        return tuning.train(folder, false, stop, group);
    }

    /**
     * Continues a training that was stopped or whose rank was lost, with the same or another number of processes. The result
     * has the same bytes as one that was not interrupted.
     *
     * @param folder the folder of the unfinished training; only rank 0 uses it
     * @throws InputException if it holds no unfinished training of these settings; otherwise as {@link #train(Path)}
     */
    public Optional<TunedModel> resume(Path folder) {
        return resume(folder, () -> false);
    }

    /**
     * Does the same, but stops when {@code stop} of rank 0 says so.
     *
     * @param stop asked at rank 0 after every step, and before every piece of an evaluation; not asked elsewhere
     */
    public Optional<TunedModel> resume(Path folder, BooleanSupplier stop) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(stop, "stop is null");
        return tuning.train(folder, true, stop, group);
    }
}
