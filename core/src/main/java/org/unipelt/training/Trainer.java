package org.unipelt.training;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.metric.Metric;
import org.unipelt.task.Objective;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Weights;
import org.unipelt.text.BatchPlan;
import org.unipelt.training.RunState.Progress;
import org.unipelt.training.TrainingConfig.HeadStart;
import org.unipelt.training.TrainingConfig.Keep;

/**
 * Trains a network: epochs of shuffled batches, an evaluation after each, early stopping. At the end it keeps the best
 * state (Mao et al. 2022, Appendix B) or the last. Random numbers depend only on (seed, epoch) or (seed, step), so a
 * resumed run gives the same numbers as an uninterrupted one.
 *
 * <p>Not thread safe: one thread calls it, and it calls its listener on that thread.
 */
public final class Trainer implements AutoCloseable {
    /** Least time between two saves. */
    private static final Duration BETWEEN_SAVES = Duration.ofSeconds(20);

    /** Training between two saves takes at least this many times as long as a save. */
    private static final int TIMES_A_SAVE = 50;

    /** If a probe explains less, its direction is chance, and the head keeps its initial values. */
    private static final double LEAST_EXPLAINED = 0.1;

    private final Objective given;
    /** The given one, or in {@link #run} that with what no step changes computed once. */
    private Objective objective;

    private final TrainingConfig config;
    private final TrainingEvent.Listener listener;
    private final Map<String, Tensor> trained;
    private final Weights best;
    private final Compute compute;
    private BatchLoss loss;
    private final Optional<Replicas> replicas;
    private AdamW optimizer;
    private Progress progress = Progress.START;

    /** A trainer that starts from the objective's current tensors. */
    public Trainer(Objective objective, TrainingConfig config, TrainingEvent.Listener listener) {
        this(objective, config, listener, Group.alone());
    }

    /**
     * A trainer that divides the pieces of every batch among the processes of a group, as its rank 0. The others have a {@link
     * Replica}. What it trains does not depend on their number.
     *
     * @param group stays the caller's
     */
    public Trainer(Objective objective, TrainingConfig config, TrainingEvent.Listener listener, Group group) {
        this.given = objective;
        this.objective = objective;
        this.config = config;
        this.listener = listener;
        this.trained = objective.trained();
        trained.values().forEach(tensor -> tensor.set_requires_grad(true));
        this.best = copies(trained);
        this.compute = objective.compute();
        this.loss = new BatchLoss(objective, config);
        this.replicas = group.world() == 1 ? Optional.empty() : Optional.of(new Replicas(group, loss));
        this.optimizer = new AdamW(compute, trained, AdamW.Settings.of(config.adamw(), config.weightDecay()));
    }

    private static Weights copies(Map<String, Tensor> tensors) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> copies = new LinkedHashMap<>();
            tensors.forEach((name, tensor) -> copies.put(name, tensor.detach().clone()));
            return Weights.of(copies);
        }
    }

    /**
     * Restores a saved state. The rest of the run is then the same as without the stop.
     *
     * @throws InputException if the file is not a state of this run
     */
    public void resume(Path state) {
        RunState.Restored restored =
                RunState.read(state, trained, best.asMap(), optimizer.moments().asMap());
        if (!restored.progress().isOf(batches(), config.epochs())) {
            restored.moments().close();
            throw new InputException(state + ": not the state of this run: it is at batch "
                    + restored.progress().batch() + " of epoch "
                    + restored.progress().epoch() + " after "
                    + restored.progress().step() + " steps, where an epoch has " + batches() + " batches");
        }
        optimizer.close();
        progress = restored.progress();
        optimizer = new AdamW(
                compute,
                trained,
                AdamW.Settings.of(config.adamw(), config.weightDecay()),
                moments(restored.moments()),
                progress.step());
        listener.on(new TrainingEvent.Resumed(progress.step(), restored.checked()));
    }

    /** Number of batches in an epoch. */
    private int batches() {
        return (int) ((objective.lengths().length + config.batchSize() - 1L) / config.batchSize());
    }

    /** Moves moments that were read to the device of the trained tensors. */
    private Weights moments(Weights read) {
        try (read) {
            return compute.move(read);
        }
    }

    /**
     * Trains until the epochs or the patience run out, until a listener ends it, or until asked to stop.
     *
     * @param state file to save the state to, from time to time and when training stops or is interrupted
     * @param stop asked after every step and before every piece of an evaluation, by one thread at a time
     * @return whether training ended, by itself or by a listener, and restored the state to keep; otherwise it can be resumed
     * @throws InputException if the loss is not finite
     * @throws CancellationException if the thread was interrupted, which it still is; training can be resumed
     */
    public boolean run(Path state, BooleanSupplier stop) {
        boolean ended = stoppable(state, stop, asked -> train(state, asked)).orElse(false);
        replicas.ifPresent(others -> others.end(ended ? Order.Kind.FINISHED : Order.Kind.STOPPED));
        return ended;
    }

    /**
     * Evaluates the trained network, after {@link #run}. If asked to stop it saves the state; a resumed run trains no
     * step again.
     *
     * @param state file to save the state to when it stops or is interrupted
     * @param stop asked before every piece of the evaluation
     * @param evaluation evaluates with the given observer
     * @return the result of the evaluation; none if asked to stop
     * @throws CancellationException if the thread was interrupted, which it still is; training can be resumed
     */
    public <T> Optional<T> evaluate(
            Path state, BooleanSupplier stop, Function<SequenceClassifier.BatchObserver, T> evaluation) {
        return stoppable(state, stop, evaluation::apply);
    }

    private <T> Optional<T> stoppable(Path state, BooleanSupplier stop, Function<Stop, T> work) {
        Stop asked = new Stop(stop);
        try {
            return Optional.of(work.apply(asked));
        } catch (CancellationException e) {
            // The tensors have not changed since the last whole step.
            save(state);
            if (asked.isHeeded()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private boolean train(Path state, Stop stop) {
        int[] lengths = objective.lengths();
        long steps = (long) batches() * config.epochs();
        listener.on(new TrainingEvent.Started(
                progress.step(),
                steps,
                config.epochs(),
                lengths.length,
                trained.values().stream().mapToLong(Tensor::numel).sum(),
                objective.scoreName(config.metric()),
                compute.describe()));
        if (goesOn() && config.epochs() > 0 && objective == given) {
            objective = objective.computedOnce(stop, remark -> listener.on(new TrainingEvent.Remarked(remark)));
            loss = new BatchLoss(objective, config);
        }
        if (config.headStart() != HeadStart.RANDOM && progress.isStart()) {
            begin(stop);
        }
        // Always save after the first epoch, so that there is a state to resume from.
        long saveAfter = System.nanoTime() + BETWEEN_SAVES.toNanos();
        while (goesOn()) {
            List<int[]> batches = BatchPlan.shuffled(
                    lengths, config.batchSize(), Rng.of(config.seed(), "order.epoch." + progress.epoch()));
            while (progress.batch() < batches.size() && !progress.ended()) {
                step(batches.get(progress.batch()), steps, state);
                if (progress.step() < steps && listener.endsTraining()) {
                    progress = progress.byListener();
                }
                boolean stopping = stop.isAsked();
                if (stopping || System.nanoTime() > saveAfter) {
                    long begun = System.nanoTime();
                    save(state);
                    long saved = System.nanoTime();
                    saveAfter = saved + pause(Duration.ofNanos(saved - begun)).toNanos();
                }
                if (stopping) {
                    return false;
                }
            }
            if (objective.isJudged()) {
                evaluate(state, stop);
            } else {
                progress = progress.passed();
            }
            if (goesOn() && listener.endsTraining()) {
                progress = progress.byListener();
            }
            if (progress.epoch() == 1) {
                save(state);
            }
        }
        boolean back = config.keep() == Keep.LAST && Metric.improves(progress.start(), progress.best());
        if (back || config.keep() == Keep.BEST) {
            copy(best.asMap(), trained);
        }
        listener.on(new TrainingEvent.Finished(
                progress.epoch(),
                progress.step(),
                reason(),
                back ? 0 : progress.bestEpoch() + 1,
                objective.scoreName(config.metric()),
                back ? progress.start() : progress.best()));
        return true;
    }

    /** Whether there is more to train, or, if a listener ended the training, more to evaluate. */
    private boolean goesOn() {
        return progress.ended()
                ? progress.batch() > 0
                : progress.epoch() < config.epochs() && progress.withoutGain() < config.patience();
    }

    private String reason() {
        if (progress.ended()) {
            return "listener";
        }
        return progress.withoutGain() >= config.patience() ? "patience" : "epochs";
    }

    /** Returns who ended the training, after {@link #run}. */
    public Ending ending() {
        return progress.ended() ? Ending.BY_LISTENER : Ending.BY_ITSELF;
    }

    /**
     * How long to train before the next save, given the time of the last: full fine-tuning may take seconds to save.
     */
    static Duration pause(Duration save) {
        Duration share = save.multipliedBy(TIMES_A_SAVE);
        return share.compareTo(BETWEEN_SAVES) > 0 ? share : BETWEEN_SAVES;
    }

    /** Returns the share of the loss that a probe must explain, so that the head starts from it. */
    public static double leastExplained(HeadStart start) {
        return start == HeadStart.PROBE ? 0 : LEAST_EXPLAINED;
    }

    /** Fits the head. The result counts like the end of an epoch: it is kept unless training finds a better state. */
    private void begin(Stop stop) {
        boolean fitted = false;
        try {
            double explained = objective.fitHead();
            if (objective.isJudged()) {
                Objective.Judgement judged = objective.judge(config.metric(), stop);
                progress = progress.begun(judged.score());
                listener.on(new TrainingEvent.Evaluated(
                        0,
                        0,
                        Double.NaN,
                        judged.loss(),
                        objective.scoreName(config.metric()),
                        judged.score(),
                        config.keep() == Keep.BEST && !Double.isNaN(judged.score())));
            }
            fitted = true;
            if (config.epochs() == 0) {
                copy(trained, best.asMap());
                return;
            }
            boolean atProbe = explained >= leastExplained(config.headStart());
            if (atProbe) {
                copy(trained, best.asMap());
                objective.softenHead();
            } else {
                swap(trained, best.asMap());
            }
            listener.on(new TrainingEvent.Begun(explained, atProbe));
        } finally {
            if (!fitted) {
                // A resumed run starts again from the initial values.
                progress = Progress.START;
                copy(best.asMap(), trained);
            }
        }
    }

    private void step(int[] rows, long steps, Path state) {
        try (Gradients gradients = gradients(rows, state)) {
            double norm = gradients.norm();
            // Before the step: a saved state is then always good.
            if (!Double.isFinite(gradients.loss())) {
                throw diverged("loss", gradients.loss(), state);
            }
            if (!Double.isFinite(norm)) {
                throw diverged("gradient's norm", norm, state);
            }
            // As in PyTorch's clip_grad_norm_, with its guard against a division by zero.
            double scale = Math.min(1, config.clip() / (norm + 1e-6));
            double rate = learningRate(steps);
            optimizer.step(gradients.byName(), scale, rate);
            progress = progress.stepped(gradients.loss());
            listener.on(new TrainingEvent.Stepped(
                    progress.epoch() + 1,
                    progress.step(),
                    gradients.loss(),
                    rate,
                    objective.rows(rows),
                    (long) rows.length * objective.paddedLength(rows)));
        }
    }

    private Gradients gradients(int[] rows, Path state) {
        if (replicas.isEmpty()) {
            int pieces = loss.pieces(rows);
            return PieceSum.of(compute, trained, pieces, piece -> loss.of(progress.step(), rows, piece, pieces));
        }
        try {
            return replicas.get().gradients(loss, progress.step(), rows);
        } catch (InputException e) {
            // The tensors have not changed since the last whole step.
            save(state);
            throw new InputException(
                    e.getMessage() + "; the state after step " + progress.step() + " is in " + state
                            + ": start all ranks again with --resume",
                    e);
        }
    }

    /** Rises during warm-up, then falls linearly to 0 after the last step. */
    private double learningRate(long steps) {
        double warmUp = config.warmUp() * steps;
        double factor =
                progress.step() < warmUp ? progress.step() / warmUp : (steps - progress.step()) / (steps - warmUp);
        return config.learningRate() * factor;
    }

    private InputException diverged(String what, double value, Path state) {
        TrainingEvent.Diverged diverged =
                new TrainingEvent.Diverged(progress.step() + 1, what, value, config.learningRate());
        listener.on(diverged);
        String kept = Files.exists(state)
                ? "the last good state is kept in " + state
                : "no epoch had ended, so there is no earlier state";
        return new InputException(diverged.describe() + " (" + kept + ")");
    }

    private void evaluate(Path state, Stop stop) {
        Objective.Judgement judged;
        try {
            judged = objective.judge(config.metric(), stop);
        } catch (ArithmeticException e) {
            throw diverged("model's answer", Double.NaN, state);
        }
        double value = judged.score();
        boolean kept = config.keep() == Keep.LAST || progress.isUnjudged() || Metric.improves(value, progress.best());
        // An undefined metric cannot choose: keep the latest state.
        boolean unchosen = Double.isNaN(value) && Double.isNaN(progress.best());
        if ((kept || unchosen) && config.keep() == Keep.BEST) {
            copy(trained, best.asMap());
        }
        double meanLoss = progress.lossSum() / progress.batch();
        progress = progress.evaluated(value, kept, kept || unchosen);
        listener.on(new TrainingEvent.Evaluated(
                progress.epoch(),
                progress.step(),
                meanLoss,
                judged.loss(),
                objective.scoreName(config.metric()),
                value,
                config.keep() == Keep.BEST && kept && !Double.isNaN(value)));
    }

    private static void copy(Map<String, Tensor> from, Map<String, Tensor> to) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            to.forEach((name, tensor) -> tensor.copy_(from.get(name)));
        }
    }

    private static void swap(Map<String, Tensor> some, Map<String, Tensor> others) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            some.forEach((name, tensor) -> {
                Tensor kept = tensor.clone();
                tensor.copy_(others.get(name));
                Objects.requireNonNull(others.get(name)).copy_(kept);
            });
        }
    }

    private void save(Path state) {
        RunState.write(
                state, progress, trained, best.asMap(), optimizer.moments().asMap());
        listener.on(new TrainingEvent.Saved(progress.epoch() + 1, progress.step()));
    }

    @Override
    public void close() {
        replicas.ifPresent(Replicas::close);
        objective.close();
        optimizer.close();
        best.close();
        trained.values().forEach(tensor -> tensor.set_requires_grad(false));
    }
}
