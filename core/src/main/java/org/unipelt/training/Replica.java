package org.unipelt.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.task.Objective;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;

/**
 * A rank above 0 of a group that trains by data parallelism: it has the same model as rank 0, and computes its share of the
 * pieces of every batch. It has no optimizer and no files, and decides nothing.
 */
public final class Replica implements AutoCloseable {
    private final Group group;
    private final BatchLoss loss;
    private final Map<String, Tensor> trained;
    private final OrderedReduce reduce;
    private final Order order;

    /**
     * A replica that waits for rank 0. The caller keeps objective and group.
     *
     * @param objective the one that rank 0 trains, with any values of the trained tensors
     * @param config the settings that rank 0 trains with
     */
    public Replica(Objective objective, TrainingConfig config, Group group) {
        Objects.requireNonNull(objective, "objective is null");
        Objects.requireNonNull(config, "config is null");
        this.group = Objects.requireNonNull(group, "group is null");
        this.loss = new BatchLoss(objective, config);
        this.trained = objective.trained();
        trained.values().forEach(tensor -> tensor.set_requires_grad(true));
        this.reduce = new OrderedReduce(group, trained, objective.compute());
        this.order = new Order(group, trained, config.batchSize());
    }

    /**
     * Checks that a group can train an objective: each rank has something to compute in the largest batch.
     *
     * @throws InputException if the batches have too few pieces, or the device is not the CPU
     */
    public static void requireShares(Objective objective, TrainingConfig config, Group group) {
        Objects.requireNonNull(objective, "objective is null");
        Objects.requireNonNull(config, "config is null");
        Objects.requireNonNull(group, "group is null");
        if (group.world() == 1) {
            return;
        }
        if (objective.compute().device() != Device.CPU) {
            throw InputException.about(
                    "world", "several processes train on CPUs; leave out --device, or train with one process");
        }
        int[] lengths = objective.lengths();
        int[] longest = IntStream.range(0, lengths.length)
                .boxed()
                .sorted(Comparator.comparingInt(row -> -lengths[row]))
                .mapToInt(Integer::intValue)
                .toArray();
        int length = objective.paddedLength(Arrays.copyOf(longest, Math.min(longest.length, config.batchSize())));
        BatchLoss loss = new BatchLoss(objective, config);
        int most = loss.pieces(Math.min(lengths.length, config.batchSize()), length);
        if (most >= group.world()) {
            return;
        }
        String larger = IntStream.rangeClosed(config.batchSize(), lengths.length)
                .filter(batch -> loss.pieces(batch, length) >= group.world())
                .mapToObj(batch -> " or --batch-size " + batch)
                .findFirst()
                .orElse("");
        throw InputException.about(
                "world",
                "a batch of " + config.batchSize() + " has at most " + most + (most == 1 ? " piece" : " pieces")
                        + " here, too few for " + group.world() + " processes; use --world " + most + larger);
    }

    /**
     * Computes what rank 0 asks for until the training ends.
     *
     * @return whether it is finished or was stopped
     * @throws InputException if rank 0 fails, or a rank is gone
     */
    public End follow() {
        // As rank 0 does it. Its own remark says whether there is room.
        try (Objective once = loss.objective().computedOnce(SequenceClassifier.BatchObserver.NONE, remark -> {})) {
            return follow(new BatchLoss(once, loss.config()));
        }
    }

    private End follow(BatchLoss once) {
        while (true) {
            switch (order.receive()) {
                case WAIT -> {}
                case STEP -> compute(order.step(), once);
                case FINISHED -> {
                    return End.FINISHED;
                }
                case STOPPED -> {
                    return End.STOPPED;
                }
                case FAILED -> throw new InputException("rank 0 has failed, and the training with it; see its message");
            }
        }
    }

    private void compute(Order.Step step, BatchLoss loss) {
        int pieces = loss.pieces(step.rows());
        int from = reduce.from(group.rank(), pieces);
        int share = reduce.from(group.rank() + 1, pieces) - from;
        Gradients[] own = new Gradients[share];
        Compute compute = loss.objective().compute();
        try {
            List<Callable<Void>> work = new ArrayList<>();
            for (int i = 0; i < share; i++) {
                int index = i;
                work.add(() -> {
                    own[index] = PieceSum.of(
                            compute, trained, 1, only -> loss.of(step.step(), step.rows(), from + index, pieces));
                    return null;
                });
            }
            compute.all(work);
            reduce.add(List.of(own), pieces);
        } finally {
            for (Gradients each : own) {
                if (each != null) {
                    each.close();
                }
            }
        }
    }

    @Override
    public void close() {
        order.close();
        trained.values().forEach(tensor -> tensor.set_requires_grad(false));
    }
}
