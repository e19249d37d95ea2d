package org.unipelt.run;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.unipelt.InputException;
import org.unipelt.tuned.DataRows;
import org.unipelt.tuned.TunedModel;

/**
 * The tuning of a base model for several tasks at once. {@link JointRun} describes what they share.
 *
 * <pre>{@code
 * Map<String, TunedModel> models = Tuning.of(base, "unipelt-al")
 *         .onTasks(Map.of("topic", DataRows.of(topics), "urgency", DataRows.of(scores)))
 *         .train(Path.of("models")); // and models/topic and models/urgency are ordinary tuned models
 * }</pre>
 *
 * <p>Not thread safe, as {@link Tuning} is not.
 */
public final class JointTuning {
    private final Tuning tuning;
    private final Map<String, DataRows> tasks;

    JointTuning(Tuning tuning, Map<String, DataRows> tasks) {
        this.tuning = tuning;
        this.tasks = Map.copyOf(Objects.requireNonNull(tasks, "tasks is null"));
    }

    /**
     * Trains and saves one tuned model per task.
     *
     * @param folder a folder that is empty or does not exist yet; each model gets a folder of its task's name in it
     * @return the tuned models by the task's name; close each
     * @throws InputException if any input is wrong
     * @throws java.util.concurrent.CancellationException if the thread was interrupted, which it stays; {@link #resume}
     *     continues the training
     * @throws IllegalStateException if the base model is closed
     */
    public Map<String, TunedModel> train(Path folder) {
        return train(folder, () -> false).orElseThrow();
    }

    /**
     * Does the same, but stops when {@code stop} says so; then the result is empty, and {@link #resume} continues.
     *
     * @param stop asked after every step, and before every piece of an evaluation
     */
    public Optional<Map<String, TunedModel>> train(Path folder, BooleanSupplier stop) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(stop, "stop is null");
        return tuning.train(tasks, specs -> JointRun.begin(folder, specs), stop);
    }

    /**
     * Continues a training that was stopped, interrupted or killed, as {@link Tuning#resume} does.
     *
     * @param folder the folder of the unfinished training
     * @throws InputException if it holds no unfinished training of these tasks, or the base model, the settings or the rows
     *     are others; otherwise as {@link #train(Path)}
     */
    public Map<String, TunedModel> resume(Path folder) {
        return resume(folder, () -> false).orElseThrow();
    }

    /**
     * Does the same, but stops when {@code stop} says so; then the result is empty, and this method continues again.
     *
     * @param stop asked after every step, and before every piece of an evaluation
     */
    public Optional<Map<String, TunedModel>> resume(Path folder, BooleanSupplier stop) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(stop, "stop is null");
        return tuning.train(
                tasks,
                specs -> {
                    JointRun run = JointRun.reopen(folder);
                    if (!run.specs().equals(specs)) {
                        throw new InputException(folder + ": this training began with other tasks or settings; give the"
                                + " same method, data and settings, or train in another folder");
                    }
                    return run;
                },
                stop);
    }
}
