package org.unipelt.training;

import java.nio.ByteBuffer;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.tensor.TensorMemory;

/**
 * What rank 0 tells the others next: to compute a step, with the trained tensors to do it with, or that there is none. One
 * vector holds all of it: kind, step, number of examples, examples, and the trained tensors one after the other.
 */
final class Order implements AutoCloseable {
    /** What to do. */
    enum Kind {
        /** Wait for the next order: rank 0 is evaluating or saving. */
        WAIT,
        /** Compute a step. */
        STEP,
        /** The training is finished. */
        FINISHED,
        /** The training was stopped, and can be resumed. */
        STOPPED,
        /** Rank 0 has failed. */
        FAILED
    }

    /** Kind, step in 64 bits, number of examples. */
    private static final int HEAD = 4;

    private final Group group;
    private final Map<String, Tensor> trained;
    private final int batch;
    private final Tensor memory;

    /**
     * Memory for orders.
     *
     * @param trained what rank 0 gives to the others
     * @param batch the most examples of a batch
     */
    Order(Group group, Map<String, Tensor> trained, int batch) {
        this.group = group;
        this.trained = trained;
        this.batch = batch;
        try (PointerScope scope = new PointerScope()) {
            long numbers = trained.values().stream().mapToLong(Tensor::numel).sum();
            this.memory = torch.zeros(HEAD + batch + numbers).retainReference();
        }
    }

    /** A step to compute: how many were made before it, and the examples of its batch. */
    record Step(long step, int... rows) {}

    /** Sends an order to all other ranks; a step has the trained tensors as they are now. */
    @SuppressWarnings("EnumOrdinal") // All ranks run the same version.
    void send(Kind kind, Step step) {
        ByteBuffer head = TensorMemory.bytes(memory, 0);
        head.putInt(kind.ordinal()).putLong(step.step()).putInt(step.rows().length);
        for (int row : step.rows()) {
            head.putInt(row);
        }
        if (kind == Kind.STEP) {
            copy((tensor, numbers) -> numbers.copy_(tensor.detach().view(-1)));
        }
        group.broadcast(memory);
    }

    /** Waits for an order, and takes the trained tensors of a step. */
    Kind receive() {
        group.broadcast(memory);
        Kind kind = Kind.values()[TensorMemory.bytes(memory, 0).getInt()];
        if (kind == Kind.STEP) {
            copy((tensor, numbers) -> tensor.view(-1).copy_(numbers));
        }
        return kind;
    }

    /** Returns the step of the order that was received. */
    Step step() {
        ByteBuffer head = TensorMemory.bytes(memory, 0);
        head.getInt();
        long step = head.getLong();
        int[] rows = new int[head.getInt()];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = head.getInt();
        }
        return new Step(step, rows);
    }

    private interface Copy {
        void between(Tensor tensor, Tensor numbers);
    }

    private void copy(Copy copy) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            long at = (long) HEAD + batch;
            for (Tensor tensor : trained.values()) {
                copy.between(tensor, memory.narrow(0, at, tensor.numel()));
                at += tensor.numel();
            }
        }
    }

    @Override
    public void close() {
        memory.releaseReference();
    }
}
