package org.unipelt.training;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.tensor.TensorMemory;

/**
 * The processes that train one model together: a process group, as {@code torch.distributed} has it. Each process has a
 * rank, from 0 on; their number is the world. Rank 0 leads the training and has its folder.
 *
 * <p>It is a connection, and belongs to whoever opens it: close it after the training. Every rank takes part in every
 * exchange, in the same order. No exchange waits longer than {@link #patience}, whatever happens to the others: if a rank
 * is gone, all exchanges end with an {@link InputException} that names it, and so do all later ones.
 *
 * <p>One thread uses it at a time; closing waits for a running exchange.
 */
public interface Group extends AutoCloseable {
    /** How long to wait for other ranks unless told: long enough to start processes by hand. */
    Duration USUAL_PATIENCE = Duration.ofMinutes(5);

    /** Returns the number of this process, from 0. */
    int rank();

    /** Returns the number of processes. */
    int world();

    /** Returns how long to wait for the others, at the start and in each exchange. */
    Duration patience();

    /** Gives rank 0's values to all: they replace those of {@code tensor}, which is contiguous, on the CPU. */
    void broadcast(Tensor tensor);

    /**
     * Sends each rank its part of a vector, and receives one part of each.
     *
     * @param send the parts for rank 0, rank 1 and so on, one after the other: {@code [sum of sendCounts]}
     * @param sendCounts the size of each part, which may be 0: {@code [world]}
     * @param receive becomes the parts from rank 0, rank 1 and so on: {@code [sum of receiveCounts]}
     * @param receiveCounts the size of each part, as the other rank sends it: {@code [world]}
     */
    void allToAll(Tensor send, long[] sendCounts, Tensor receive, long[] receiveCounts);

    /** Ends the connection. Ranks that wait for this one then fail at once. A second call does nothing. */
    @Override
    void close();

    /**
     * Gives every rank the texts of all.
     *
     * @return the texts in the order of the ranks
     */
    default List<String> gather(String text) {
        Objects.requireNonNull(text, "text is null");
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        long[] ones = new long[world()];
        Arrays.fill(ones, 1);
        long[] own = new long[world()];
        Arrays.fill(own, bytes.length);
        try (PointerScope scope = new PointerScope()) {
            Tensor lengths = Tensor.create(new long[world()]);
            allToAll(Tensor.create(own), ones, lengths, ones);
            long[] all = new long[world()];
            lengths.data_ptr_long().get(all);
            TensorOptions type = new TensorOptions(ScalarType.Byte);
            Tensor sent = torch.empty(new long[] {Math.multiplyExact(world(), (long) bytes.length)}, type, null);
            for (int rank = 0; rank < world(); rank++) {
                TensorMemory.bytes(sent, (long) rank * bytes.length).put(bytes);
            }
            Tensor received = torch.empty(new long[] {Arrays.stream(all).sum()}, type, null);
            allToAll(sent, own, received, all);
            List<String> texts = new ArrayList<>();
            long from = 0;
            for (long length : all) {
                byte[] each = new byte[Math.toIntExact(length)];
                ByteBuffer memory = TensorMemory.bytes(received, from);
                memory.get(each);
                texts.add(new String(each, StandardCharsets.UTF_8));
                from += length;
            }
            return texts;
        }
    }

    /** Returns the group of a process alone. */
    static Group alone() {
        return GroupOfOne.INSTANCE;
    }

    /**
     * Joins the other processes, with {@link #USUAL_PATIENCE}, by the address that the machine reaches rank 0 from.
     *
     * @see #join(String, int, int, int, Duration, Optional)
     */
    static Group join(String host, int port, int rank, int world) {
        return join(host, port, rank, world, USUAL_PATIENCE, Optional.empty());
    }

    /**
     * Joins the other processes. Waits until all are there.
     *
     * @param host the address of rank 0 at which all meet; rank 0 must have it
     * @param port the port there, from 1 to 65535
     * @param rank the number of this process, from 0
     * @param world the number of processes, 2 or more; {@link #alone} is for one
     * @param patience how long to wait for the others, here and in each exchange
     * @param own the address of this machine at which the others reach it; empty for the one that reaches rank 0
     * @throws InputException if a number is wrong, the address cannot be opened or reached, or a rank does not come in time
     */
    static Group join(String host, int port, int rank, int world, Duration patience, Optional<String> own) {
        Objects.requireNonNull(host, "host is null");
        Objects.requireNonNull(patience, "patience is null");
        Objects.requireNonNull(own, "own is null");
        if (world < 2) {
            throw InputException.about("world", "world is the number of processes, 2 or more, got " + world);
        }
        if (rank < 0 || rank >= world) {
            throw InputException.about(
                    "rank", "rank must be from 0 to " + (world - 1) + " in a world of " + world + ", got " + rank);
        }
        Rendezvous.demandPort(port, 1);
        return rank == 0
                ? Rendezvous.open(own.orElse(host), port).join(world, patience)
                : Rendezvous.find(host, port, rank, world, patience, own);
    }
}
