package org.unipelt.cli;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.experiment.Cluster;
import org.unipelt.training.Group;
import org.unipelt.training.Rendezvous;
import picocli.CommandLine.Option;

/** The processes of one training: which of them this one is, and where they meet. */
final class GroupOptions {
    /** What a rank needs to continue, too. */
    static final List<String> NAMES = List.of("--rank", "--world", "--meet", "--own-address", "--wait", "--master");

    private static final Pattern ADDRESS = Pattern.compile("\\[?(?<host>[^\\[\\]]+)]?:(?<port>\\d{1,9})");

    @Option(
            names = "--rank",
            paramLabel = "R",
            description = "This process's number, from 0. Rank 0 alone writes files and shows progress.")
    private @Nullable Integer rank;

    @Option(names = "--world", paramLabel = "W", description = "The number of processes that train one model together.")
    private @Nullable Integer world;

    @Option(
            names = "--meet",
            paramLabel = "HOST:PORT",
            description = "An address of rank 0's machine that the others reach, and a free port there.")
    private @Nullable String meet;

    @Option(
            names = "--own-address",
            paramLabel = "HOST",
            description = "This machine's address for the others. Default: the one that reaches rank 0.")
    private @Nullable String own;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            description = "How long to wait for other ranks, at the start and for each answer. Default: 300.")
    private @Nullable Integer wait;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description =
                    "A Spark cluster that has the ranks above 0, e.g. spark://host:7077 or local-cluster[2,1,1024]; this"
                            + " process is rank 0. Takes --world alone. Every node reads base model and data by their absolute"
                            + " paths.")
    private @Nullable String master;

    /** This process's place in the group, and what else to close after the training. */
    record Joined(Group group, Optional<Cluster.Ranks> others, Optional<Cluster> cluster) implements AutoCloseable {
        @Override
        public void close() {
            group.close();
            others.ifPresent(Cluster.Ranks::close);
            cluster.ifPresent(Cluster::close);
        }
    }

    /** Whether several processes train. */
    boolean isGiven() {
        return rank != null || world != null || meet != null || own != null || wait != null || master != null;
    }

    /** Whether another process has the folder. */
    boolean isReplica() {
        return rank != null && rank > 0;
    }

    /**
     * Checks the options, and that nothing is wanted that several processes cannot do.
     *
     * @param json whether the result is wanted as JSON
     */
    void check(boolean json) {
        if (!isGiven()) {
            return;
        }
        if (master != null && (rank != null || meet != null || own != null)) {
            throw InputException.about(
                    "master", "--master starts the other ranks itself; leave out --rank, --meet and --own-address");
        }
        if (master != null && (world == null || world < 2)) {
            throw InputException.about(
                    "world", "--master needs --world, the number of processes with this one, 2 or more");
        }
        if (master == null && (rank == null || world == null || meet == null)) {
            throw InputException.about(
                    "rank",
                    "several processes need --rank, --world and --meet, as in --rank 0 --world 2 --meet"
                            + " 127.0.0.1:29500");
        }
        if (wait != null && wait < 1) {
            throw InputException.about("wait", "--wait is a number of seconds, 1 or more, got " + wait);
        }
        if (json) {
            throw InputException.about(
                    "json",
                    "--json needs standard output for itself, and Gloo writes a line to it; leave --json out and read"
                            + " adapter.json");
        }
        if (master == null) {
            address();
        }
    }

    /** Refuses them where one process trains. */
    void requireNone(String what) {
        if (isGiven()) {
            throw InputException.about("rank", what + " is of one process; leave out --world and what belongs to it");
        }
    }

    private Matcher address() {
        Matcher address = ADDRESS.matcher(meet);
        if (!address.matches()) {
            throw InputException.about(
                    "meet", "--meet is an address and a port, as in 127.0.0.1:29500, got '" + meet + "'");
        }
        return address;
    }

    /** Waits for the other processes; a process alone waits for nobody. */
    Joined join(Console console) {
        if (!isGiven()) {
            return new Joined(Group.alone(), Optional.empty(), Optional.empty());
        }
        if (master != null) {
            return start(console);
        }
        console.say(describe()
                + (isReplica()
                        ? ": computes its share until rank 0 has finished"
                        : ": waits for the others at " + meet));
        Matcher address = address();
        Group group = Group.join(
                address.group("host"),
                Integer.parseInt(address.group("port")),
                Objects.requireNonNull(rank),
                Objects.requireNonNull(world),
                patience(),
                Optional.ofNullable(own));
        return new Joined(group, Optional.empty(), Optional.empty());
    }

    private Duration patience() {
        return wait == null ? Group.USUAL_PATIENCE : Duration.ofSeconds(wait);
    }

    /** Starts the other ranks on the cluster. */
    private Joined start(Console console) {
        Deque<AutoCloseable> open = new ArrayDeque<>();
        Cluster cluster = Cluster.reach(Objects.requireNonNull(master));
        open.push(cluster);
        try {
            Rendezvous place = Rendezvous.open(cluster.address(), 0);
            open.push(place);
            Cluster.Ranks others = cluster.ranks(
                    Objects.requireNonNull(world),
                    place.port(),
                    why -> console.say("warning: the cluster ended its ranks: " + why));
            // After the place: ranks that still wait there then fail at once.
            open.remove(place);
            open.push(others);
            open.push(place);
            console.say("rank 0 of " + world + ": waits for the others at " + cluster.address() + ":" + place.port());
            return new Joined(place.join(world, patience()), Optional.of(others), Optional.of(cluster));
        } catch (RuntimeException e) {
            close(open, e);
            throw e;
        }
    }

    private static void close(Deque<AutoCloseable> open, RuntimeException cause) {
        for (AutoCloseable each : open) {
            try {
                each.close();
            } catch (Exception e) {
                cause.addSuppressed(e);
            }
        }
    }

    /** Names this process. */
    String describe() {
        return "rank " + (rank == null ? 0 : rank) + " of " + world;
    }
}
