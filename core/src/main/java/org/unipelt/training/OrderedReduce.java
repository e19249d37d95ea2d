package org.unipelt.training;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.TensorMemory;

/**
 * Adds the gradients of all ranks, in the order of the pieces of the batch, so that the sum is the same to the bit with any
 * number of ranks. (Gloo's own allreduce adds in an order that depends on it.)
 *
 * <pre>
 *   rank 0   [ pieces 0..1, added ]  ┐ all to all:         shard 0: ((0+1)+2)+3 ┐ to rank 0
 *   rank 1   [ piece 2 ][ piece 3 ]  ┘ shard s to rank s   shard 1: ((0+1)+2)+3 ┘
 * </pre>
 *
 * <p>Every piece's gradient is one vector, cut into as many shards as there are ranks. Rank 0 has the first pieces, so it adds
 * them before it sends; another rank sends each of its own. Thus no rank receives more than its shard of each summand.
 */
final class OrderedReduce {
    private final Group group;
    private final Map<String, Tensor> trained;
    private final Compute compute;
    private final long numbers;

    OrderedReduce(Group group, Map<String, Tensor> trained, Compute compute) {
        this.group = group;
        this.trained = trained;
        this.compute = compute;
        this.numbers = trained.values().stream().mapToLong(Tensor::numel).sum();
    }

    /** Returns the number of trained parameters: the length of a flat vector. */
    long numbers() {
        return numbers;
    }

    /** Returns the first piece of a rank's share; its share ends before that of the next rank. */
    int from(int rank, int pieces) {
        return (int) ((long) rank * pieces / group.world());
    }

    /** Returns how many summands a rank sends. */
    private long summands(int rank, int pieces) {
        int own = from(rank + 1, pieces) - from(rank, pieces);
        return rank == 0 ? Math.min(1, own) : own;
    }

    /** Returns the first number of a rank's shard. */
    private long shard(int rank) {
        return rank * numbers / group.world();
    }

    private long shardSize(int rank) {
        return shard(rank + 1) - shard(rank);
    }

    /**
     * Exchanges and adds.
     *
     * @param own this rank's summands: at rank 0 the sum of its pieces, or nothing if it has none; at others each piece
     * @param pieces the pieces of the batch
     * @return the gradients of the batch at rank 0; nothing elsewhere
     */
    Optional<Gradients> add(List<Gradients> own, int pieces) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Tensor sum = sumOfShard(own, pieces);
            return collected(sum, own, pieces);
        }
    }

    private Tensor sumOfShard(List<Gradients> own, int pieces) {
        int world = group.world();
        long[] sent = new long[world];
        long[] received = new long[world];
        long size = shardSize(group.rank());
        for (int rank = 0; rank < world; rank++) {
            sent[rank] = own.size() * shardSize(rank);
            received[rank] = summands(rank, pieces) * size;
        }
        Tensor send = torch.empty(own.size() * numbers);
        long at = 0;
        List<Tensor> flat = own.stream().map(this::flat).toList();
        for (int rank = 0; rank < world; rank++) {
            for (Tensor each : flat) {
                send.narrow(0, at, shardSize(rank)).copy_(each.narrow(0, shard(rank), shardSize(rank)));
                at += shardSize(rank);
            }
        }
        Tensor shards = torch.empty(Arrays.stream(received).sum());
        group.allToAll(send, sent, shards, received);
        Tensor sum = shards.narrow(0, 0, size);
        for (long from = size; from < shards.numel(); from += size) {
            sum.add_(shards.narrow(0, from, size));
        }
        return sum;
    }

    /** Returns gradients as one vector. What is absent is -0, which changes no number that it is added to. */
    private Tensor flat(Gradients gradients) {
        Tensor flat = torch.zeros(numbers).neg_();
        long at = 0;
        for (Map.Entry<String, Tensor> each : trained.entrySet()) {
            long size = each.getValue().numel();
            Tensor gradient = gradients.byName().get(each.getKey());
            if (gradient != null) {
                flat.narrow(0, at, size).copy_(gradient.view(-1));
            }
            at += size;
        }
        return flat;
    }

    /** Collects the sums of all shards at rank 0, with what each rank knows of its pieces. */
    private Optional<Gradients> collected(Tensor sum, List<Gradients> own, int pieces) {
        int world = group.world();
        boolean collects = group.rank() == 0;
        Tensor report = report(own, from(group.rank() + 1, pieces) - from(group.rank(), pieces));
        Tensor send = torch.cat(new TensorVector(sum, report));
        long[] sent = new long[world];
        sent[0] = send.numel();
        long[] received = new long[world];
        if (collects) {
            for (int rank = 0; rank < world; rank++) {
                received[rank] = shardSize(rank) + reportSize(from(rank + 1, pieces) - from(rank, pieces));
            }
        }
        Tensor all = torch.empty(Arrays.stream(received).sum());
        group.allToAll(send, sent, all, received);
        return collects ? Optional.of(gradients(all, pieces)) : Optional.empty();
    }

    private long reportSize(int pieces) {
        return trained.size() + 2L * pieces;
    }

    /** Whether some piece uses each tensor, 1 or 0; then the losses of the pieces, two numbers for the 64 bits of each. */
    private Tensor report(List<Gradients> own, int pieces) {
        Tensor report = torch.zeros(reportSize(pieces));
        ByteBuffer memory = TensorMemory.bytes(report, 0);
        for (String name : trained.keySet()) {
            memory.putFloat(own.stream().anyMatch(each -> each.byName().containsKey(name)) ? 1 : 0);
        }
        own.forEach(each -> Arrays.stream(each.losses()).forEach(memory::putDouble));
        return report;
    }

    private Gradients gradients(Tensor all, int pieces) {
        Tensor flat = torch.empty(numbers);
        boolean[] used = new boolean[trained.size()];
        double[] losses = new double[pieces];
        int piece = 0;
        long at = 0;
        for (int rank = 0; rank < group.world(); rank++) {
            flat.narrow(0, shard(rank), shardSize(rank)).copy_(all.narrow(0, at, shardSize(rank)));
            at += shardSize(rank);
            int share = from(rank + 1, pieces) - from(rank, pieces);
            ByteBuffer memory = TensorMemory.bytes(all, at * Float.BYTES);
            for (int i = 0; i < used.length; i++) {
                used[i] |= memory.getFloat() == 1;
            }
            for (int i = 0; i < share; i++) {
                losses[piece++] = memory.getDouble();
            }
            at += reportSize(share);
        }
        Map<String, Tensor> byName = new LinkedHashMap<>();
        int index = 0;
        long from = 0;
        for (Map.Entry<String, Tensor> each : trained.entrySet()) {
            Tensor like = each.getValue();
            if (used[index++]) {
                // In memory of its own, as one process has it.
                Tensor gradient = flat.narrow(0, from, like.numel()).clone().view(like.shape());
                byName.put(each.getKey(), gradient.retainReference());
            }
            from += like.numel();
        }
        return new Gradients(compute, byName, losses);
    }
}
