package org.unipelt.training;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.StringVector;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.unipelt.InputException;
import org.unipelt.runtime.Engine;

/**
 * The store of a group at rank 0 (c10d's {@code TCPStore}): which ranks have come, and, if one is gone, which. Every question
 * is answered at once; who waits asks again.
 */
final class GroupStore implements AutoCloseable {
    /** A sentence that ends the group on every rank. */
    private static final String FAILURE = "failure";

    private static final String ALL_CAME = "all";
    private static final String WORLD = "world";
    private static final String CAME = "came/";
    /** Set by who sees a connection break: all who read it say that they are there. */
    private static final String ROLL_CALL = "roll-call";

    private static final String HERE = "here/";

    /** How long the ranks may take to answer the roll call. */
    private static final Duration ANSWER = Duration.ofSeconds(2);

    private static final int WATCH_MILLIS = 300;

    /** How long rank 0 keeps a failed store, so that the others can read why. */
    private static final int READ_MILLIS = 500;

    private final TCPStore store;
    private final boolean server;
    private boolean open = true;

    private GroupStore(TCPStore store, boolean server) {
        this.store = store;
        this.server = server;
    }

    /** Opens it at rank 0; port 0 stands for any free one. */
    static GroupStore open(String host, int port) {
        return of(host, port, true, Duration.ofMinutes(1));
    }

    /** Connects to that of rank 0. */
    static GroupStore find(String host, int port, Duration patience) {
        return of(host, port, false, patience);
    }

    private static GroupStore of(String host, int port, boolean server, Duration patience) {
        Engine.startGroups();
        try (PointerScope scope = new PointerScope()) {
            TCPStoreOptions options = new TCPStoreOptions();
            // An unsigned number of 16 bits.
            options.port((short) port);
            options.isServer(server);
            options.waitWorkers(false);
            options.timeout(new Milliseconds(patience.toMillis()));
            TCPStore store = new TCPStore(host, options);
            store.retainReference();
            return new GroupStore(store, server);
        } catch (RuntimeException e) {
            throw InputException.about("meet", host + ":" + port + ": " + GlooGroup.firstLine(e));
        }
    }

    int port() {
        return Short.toUnsignedInt(store.getPort());
    }

    /** Says that a rank has come, and waits for all. */
    void meet(String at, int rank, int world, Duration patience) {
        try {
            if (add(CAME + rank) > 1) {
                throw failed("rank " + rank + " came to " + at + " twice; give each process its own --rank");
            }
            if (rank == 0) {
                set(WORLD, Integer.toString(world));
            }
            long end = System.nanoTime() + patience.toNanos();
            while (!haveAllCome(rank, world)) {
                if (System.nanoTime() > end) {
                    throw failed(missing(at, world, patience));
                }
                Rendezvous.pause();
            }
            watch(rank);
        } catch (InputException | CancellationException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new InputException("rank 0 ended before all ranks had come to " + at + "; its own message says why");
        }
    }

    private boolean haveAllCome(int rank, int world) {
        if (rank > 0) {
            Optional<String> wanted = get(WORLD);
            if (wanted.isPresent() && !wanted.get().equals(Integer.toString(world))) {
                throw failed("rank " + rank + " was started with --world " + world + ", and rank 0 with --world "
                        + wanted.get() + "; give every rank the same");
            }
        }
        Optional<String> failure = get(FAILURE);
        if (failure.isPresent()) {
            letOthersRead();
            throw new InputException(failure.get());
        }
        if (rank > 0) {
            return has(ALL_CAME);
        }
        boolean all = absent(CAME, world).isEmpty();
        if (all) {
            set(ALL_CAME, "yes");
        }
        return all;
    }

    private String missing(String at, int world, Duration patience) {
        return ranks(absent(CAME, world)) + " did not come to " + at + " in " + Rendezvous.text(patience)
                + "; start every rank from 0 to " + (world - 1) + " with the same --meet and --world";
    }

    /** Returns the ranks without such a key. */
    private List<Integer> absent(String key, int world) {
        List<Integer> absent = new ArrayList<>();
        for (int rank = 0; rank < world; rank++) {
            if (!has(key + rank)) {
                absent.add(rank);
            }
        }
        return absent;
    }

    /** Makes the group fail on every rank that still looks. */
    private InputException failed(String what) {
        set(FAILURE, what);
        letOthersRead();
        return new InputException(what);
    }

    private void letOthersRead() {
        if (server) {
            try {
                Thread.sleep(READ_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Answers a roll call, also while this rank computes. */
    private void watch(int rank) {
        Thread watch = new Thread(
                () -> {
                    try {
                        while (!has(ROLL_CALL)) {
                            Thread.sleep(WATCH_MILLIS);
                        }
                        set(HERE + rank, "yes");
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } catch (RuntimeException e) {
                        // This rank has closed the store, or rank 0 is gone: nobody calls.
                    }
                },
                "unipelt-roll-call");
        watch.setDaemon(true);
        watch.start();
    }

    /**
     * Finds out which rank is gone, when a connection is broken.
     *
     * @param why what broke, if all are there
     */
    InputException gone(int rank, int world, String why) {
        long end = System.nanoTime() + ANSWER.toNanos();
        try {
            set(ROLL_CALL, "yes");
            // Rank 0 counts; the others leave it the time to do so.
            long last = rank == 0 ? end : end + ANSWER.toNanos();
            while (System.nanoTime() < last && get(FAILURE).isEmpty()) {
                if (rank == 0 && absent(HERE, world).isEmpty()) {
                    break;
                }
                Rendezvous.pause();
            }
            Optional<String> failure = get(FAILURE);
            if (failure.isPresent()) {
                return new InputException(failure.get());
            }
            List<Integer> lost = absent(HERE, world);
            return failed(
                    lost.isEmpty()
                            ? "a connection between the ranks broke, or one of them answered too late (" + why + ")"
                            : ranks(lost) + (lost.size() == 1 ? " is" : " are")
                                    + " gone: the process ended, or its machine cannot be reached");
        } catch (CancellationException e) {
            return new InputException("a rank is gone: " + why);
        } catch (RuntimeException e) {
            return new InputException("rank 0 is gone: the process ended, or its machine cannot be reached");
        }
    }

    private static String ranks(List<Integer> ranks) {
        return (ranks.size() == 1 ? "rank " : "ranks ")
                + ranks.stream().map(Object::toString).collect(Collectors.joining(", "));
    }

    private synchronized long add(String key) {
        return demandOpen().add(key, 1);
    }

    private synchronized void set(String key, String value) {
        try (PointerScope scope = new PointerScope()) {
            // Not the method for texts alone, which cuts what is no ASCII.
            demandOpen()
                    .set(new BytePointer(key, StandardCharsets.UTF_8), new BytePointer(value, StandardCharsets.UTF_8));
        }
    }

    private synchronized boolean has(String key) {
        try (PointerScope scope = new PointerScope()) {
            return demandOpen().check(new StringVector(key));
        }
    }

    private synchronized Optional<String> get(String key) {
        if (!has(key)) {
            return Optional.empty();
        }
        try (PointerScope scope = new PointerScope()) {
            return Optional.of(demandOpen()
                    .get_to_str(new BytePointer(key, StandardCharsets.UTF_8))
                    .getString(StandardCharsets.UTF_8));
        }
    }

    private TCPStore demandOpen() {
        if (!open) {
            throw new IllegalStateException("the store is closed");
        }
        return store;
    }

    /** What c10d needs for its own meeting. */
    Store forGloo() {
        return demandOpen();
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            store.releaseReference();
        }
    }
}
