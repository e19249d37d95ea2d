package org.unipelt.training;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.unipelt.InputException;
import org.unipelt.runtime.Lifetime;

/** A group that exchanges tensors by c10d's Gloo, over TCP. */
final class GlooGroup implements Group {
    private final GroupStore store;
    private final int rank;
    private final int world;
    private final Duration patience;
    private final Lifetime lifetime = new Lifetime();
    private final ProcessGroupGloo processes;
    /** Why no exchange works any more. */
    private Optional<InputException> broken = Optional.empty();

    private GlooGroup(GroupStore store, int rank, int world, Duration patience, ProcessGroupGloo processes) {
        this.store = store;
        this.rank = rank;
        this.world = world;
        this.patience = patience;
        this.processes = processes;
    }

    /**
     * Meets the others and connects to each. Takes over the store.
     *
     * @param at where they meet, for messages
     * @param own the address of this machine for the others
     */
    static GlooGroup of(GroupStore store, String at, String own, int rank, int world, Duration patience) {
        boolean complete = false;
        try {
            store.meet(at, rank, world, patience);
            GlooGroup group = new GlooGroup(store, rank, world, patience, connected(store, own, rank, world, patience));
            complete = true;
            return group;
        } finally {
            if (!complete) {
                store.close();
            }
        }
    }

    private static ProcessGroupGloo connected(GroupStore store, String own, int rank, int world, Duration patience) {
        try (PointerScope scope = new PointerScope()) {
            ProcessGroupGloo.Options options = ProcessGroupGloo.Options.create(new Milliseconds(patience.toMillis()));
            options.devices(new GlooDeviceVector(ProcessGroupGloo.createDeviceForHostname(own)));
            ProcessGroupGloo processes = new ProcessGroupGloo(store.forGloo(), rank, world, options);
            processes.retainReference();
            return processes;
        } catch (RuntimeException e) {
            throw new InputException("rank " + rank + " at " + own + " cannot connect to the others: " + firstLine(e));
        }
    }

    /** Returns what C++ says, without where. */
    static String firstLine(RuntimeException e) {
        return String.valueOf(e.getMessage())
                .lines()
                .findFirst()
                .orElse("no reason given")
                .replaceFirst("^\\[[^\\]]*\\] ", "");
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int world() {
        return world;
    }

    @Override
    public Duration patience() {
        return patience;
    }

    @Override
    public void broadcast(Tensor tensor) {
        Objects.requireNonNull(tensor, "tensor is null");
        exchange(group -> group.broadcast(new TensorVector(tensor)));
    }

    @Override
    public void allToAll(Tensor send, long[] sendCounts, Tensor receive, long[] receiveCounts) {
        Objects.requireNonNull(send, "send is null");
        Objects.requireNonNull(sendCounts, "sendCounts is null");
        Objects.requireNonNull(receive, "receive is null");
        Objects.requireNonNull(receiveCounts, "receiveCounts is null");
        exchange(
                group -> group.alltoall_base(receive, send, new LongVector(receiveCounts), new LongVector(sendCounts)));
    }

    private synchronized void exchange(Function<ProcessGroupGloo, Work> begin) {
        try (Lifetime.Use use = lifetime.use("the group of processes")) {
            if (broken.isPresent()) {
                throw new InputException(broken.get().getMessage());
            }
            String why;
            // The scope's end frees the connections that the work holds.
            try (PointerScope scope = new PointerScope()) {
                begin.apply(processes)._wait();
                return;
            } catch (RuntimeException e) {
                why = firstLine(e);
            }
            // First, so that the others notice it too, and say that they are still there.
            processes.releaseReference();
            broken = Optional.of(store.gone(rank, world, why));
            throw broken.get();
        }
    }

    /** {@inheritDoc} Waits for a running exchange, which ends within {@link #patience}. */
    @Override
    public void close() {
        lifetime.close(() -> {
            if (broken.isEmpty()) {
                processes.releaseReference();
            }
            store.close();
        });
    }
}
