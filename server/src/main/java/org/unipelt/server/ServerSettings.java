package org.unipelt.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.unipelt.InputException;

/**
 * How a server listens and what it allows.
 *
 * @param address where it listens
 * @param limits what a request may hold
 * @param batching how texts of several requests become one batch
 * @param token the bearer token that every request must have, but those that ask for the server's health or for its
 *     pages, which hold no data; empty for none
 */
public record ServerSettings(Address address, Limits limits, Batching batching, Optional<String> token) {
    /** Checks that nothing is null, and that the largest request fits the queue. */
    public ServerSettings {
        Objects.requireNonNull(address, "address is null");
        Objects.requireNonNull(limits, "limits is null");
        Objects.requireNonNull(batching, "batching is null");
        Objects.requireNonNull(token, "token is null");
        if (batching.queue() < limits.texts()) {
            throw InputException.about(
                    "queue",
                    "a queue of " + batching.queue() + " texts is shorter than a request of " + limits.texts()
                            + " texts, which is allowed; make --queue larger or --max-texts smaller");
        }
    }

    /** The usual settings: this machine only, a free port, no token. */
    public static ServerSettings usual() {
        return new ServerSettings(
                new Address("127.0.0.1", 0, OptionalInt.empty(), Optional.empty()),
                Limits.USUAL,
                Batching.USUAL,
                Optional.empty());
    }

    /** Returns the same settings with other limits. */
    public ServerSettings with(Limits other) {
        return new ServerSettings(address, other, batching, token);
    }

    /** Returns the same settings with another batching. */
    public ServerSettings with(Batching other) {
        return new ServerSettings(address, limits, other, token);
    }

    /** Returns the same settings with another address. */
    public ServerSettings with(Address other) {
        return new ServerSettings(other, limits, batching, token);
    }

    /** Returns the same settings with a bearer token. */
    public ServerSettings withToken(String other) {
        return new ServerSettings(address, limits, batching, Optional.of(other));
    }

    /**
     * Where the server listens.
     *
     * @param host a name or number of this machine
     * @param port 0 for a free one
     * @param adminPort the port that loads and unloads models, 0 for a free one; empty for none
     * @param loadable the only folder that models may be loaded from while the server runs; empty for none
     */
    public record Address(String host, int port, OptionalInt adminPort, Optional<Path> loadable) {
        private static final int LAST = 65_535;

        /** Checks the ports. */
        public Address {
            Objects.requireNonNull(host, "host is null");
            Objects.requireNonNull(loadable, "loadable is null");
            requirePort("port", port);
            adminPort.ifPresent(other -> requirePort("admin-port", other));
            if (adminPort.isPresent() != loadable.isPresent()) {
                throw InputException.about(
                        adminPort.isPresent() ? "admin-port" : "allow-load",
                        "--admin-port and --allow-load go together: the port, and the folder that models may come from");
            }
        }

        private static void requirePort(String name, int port) {
            if (port < 0 || port > LAST) {
                throw InputException.about(name, "--" + name + " must be from 0 to " + LAST + ", got " + port);
            }
        }
    }

    /**
     * What a request may hold.
     *
     * @param body the most bytes of a body
     * @param texts the most texts of a request; a pair counts as one
     * @param characters the most characters of a text; a pair's count together
     * @param idle how long a client may send nothing
     */
    public record Limits(int body, int texts, int characters, Duration idle) {
        /** The usual limits. */
        public static final Limits USUAL = new Limits(2_000_000, 1000, 100_000, Duration.ofSeconds(20));

        /** Checks that each is at least 1. */
        public Limits {
            requirePositive("max-body", body);
            requirePositive("max-texts", texts);
            requirePositive("max-characters", characters);
            requirePositive("idle", idle.toMillis());
        }
    }

    /**
     * How texts of several requests become one batch.
     *
     * @param delay how long the oldest text waits for others
     * @param tokens the tokens at which a batch waits no longer
     * @param queue the most texts that wait
     * @param deadline how long a request may take, if it does not say less
     */
    public record Batching(Duration delay, int tokens, int queue, Duration deadline) {
        /** The usual batching. */
        public static final Batching USUAL = new Batching(Duration.ofMillis(5), 1024, 4000, Duration.ofSeconds(60));

        /** Checks the numbers. */
        public Batching {
            if (delay.isNegative()) {
                throw InputException.about("wait-ms", "--wait-ms must be at least 0, got " + delay.toMillis());
            }
            requirePositive("batch-tokens", tokens);
            requirePositive("queue", queue);
            requirePositive("deadline-ms", deadline.toMillis());
        }
    }

    private static void requirePositive(String name, long value) {
        if (value < 1) {
            throw InputException.about(name, "--" + name + " must be at least 1, got " + value);
        }
    }
}
