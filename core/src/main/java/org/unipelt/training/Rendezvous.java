package org.unipelt.training;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.unipelt.InputException;

/**
 * Where the processes of a group meet: an address of rank 0, which keeps the store there (c10d's {@code TCPStore}) in which
 * the ranks say that they have come and where they are reached.
 *
 * <p>A program whose ranks cannot know a free port in advance opens it with port 0 and tells the others its {@link #port}.
 * Anybody who reaches the port can disturb the group: use a network that you trust.
 */
public final class Rendezvous implements AutoCloseable {
    private static final int CONNECT_MILLIS = 2000;
    private static final int PAUSE_MILLIS = 100;

    private final String host;
    private final String address;
    private final GroupStore store;
    private boolean joined;

    private Rendezvous(String host, String address, GroupStore store) {
        this.host = host;
        this.address = address;
        this.store = store;
    }

    /**
     * Opens it, as rank 0.
     *
     * @param host an address of this machine that the other ranks reach, e.g. {@code 127.0.0.1} for processes of one machine
     * @param port the port, or 0 for any free one
     * @throws InputException if the address is none of this machine's, or the port is in use
     */
    public static Rendezvous open(String host, int port) {
        Objects.requireNonNull(host, "host is null");
        demandPort(port, 0);
        InetAddress address = own(host);
        // The store's own complaint is a page long.
        try (ServerSocket free = new ServerSocket(port, 1, address)) {
            if (!free.isBound()) {
                throw new IOException("not bound");
            }
        } catch (IOException e) {
            throw InputException.about(
                    "meet", host + ":" + port + " cannot be opened: " + e.getMessage() + "; choose another port");
        }
        String text = address.getHostAddress();
        return new Rendezvous(host, text, GroupStore.open(text, port));
    }

    static void demandPort(int port, int least) {
        if (port < least || port > 65_535) {
            throw InputException.about("meet", "a port is from " + least + " to 65535, got " + port);
        }
    }

    /** Returns the port that the other ranks join at. */
    public int port() {
        return store.port();
    }

    /**
     * Waits for the other ranks. The group then closes this too.
     *
     * @param world the number of processes, 2 or more
     * @param patience how long to wait for them, here and in each exchange
     * @throws InputException if a rank does not come in time
     * @throws IllegalStateException if it was joined or closed before
     */
    public synchronized Group join(int world, Duration patience) {
        Objects.requireNonNull(patience, "patience is null");
        if (world < 2) {
            throw InputException.about("world", "world is the number of processes, 2 or more, got " + world);
        }
        if (joined) {
            throw new IllegalStateException("a rendezvous serves one group; open another one");
        }
        joined = true;
        return GlooGroup.of(store, host + ":" + port(), address, 0, world, patience);
    }

    /** Finds the rendezvous that rank 0 opens, as another rank. */
    static Group find(String host, int port, int rank, int world, Duration patience, Optional<String> own) {
        long end = System.nanoTime() + patience.toNanos();
        String at = host + ":" + port;
        String reached = reached(host, port, end, patience);
        String address = own.map(name -> own(name).getHostAddress()).orElse(reached);
        GroupStore store = GroupStore.find(host, port, patience);
        return GlooGroup.of(store, at, address, rank, world, patience);
    }

    /** Waits until rank 0 listens, and returns the address of this machine that reaches it. */
    private static String reached(String host, int port, long end, Duration patience) {
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getByName(host), port), CONNECT_MILLIS);
                return socket.getLocalAddress().getHostAddress();
            } catch (UnknownHostException e) {
                throw InputException.about("meet", "'" + host + "' is the name of no machine; check the address");
            } catch (IOException e) {
                if (System.nanoTime() > end) {
                    throw InputException.about(
                            "meet",
                            "rank 0 did not come to " + host + ":" + port + " in " + text(patience) + " ("
                                    + e.getMessage() + "); start it, and check the address");
                }
            }
            pause();
        }
    }

    /** Returns the address of this machine that a name means. */
    private static InetAddress own(String name) {
        try {
            InetAddress address = InetAddress.getByName(name);
            if (NetworkInterface.getByInetAddress(address) == null) {
                throw InputException.about(
                        "meet",
                        name + " is no address of this machine, which must be reached there; give one of its own");
            }
            return address;
        } catch (UnknownHostException | SocketException e) {
            throw InputException.about("meet", "'" + name + "' is the name of no machine; check the address");
        }
    }

    static String text(Duration patience) {
        return patience.toSeconds() + " s";
    }

    /** Waits a little before the next look. */
    static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for other ranks");
        }
    }

    /** Closes it, unless it was joined: then the group does. */
    @Override
    public synchronized void close() {
        if (!joined) {
            joined = true;
            store.close();
        }
    }
}
