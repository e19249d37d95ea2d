package org.unipelt.cli;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.unipelt.InputException;
import org.unipelt.training.Group;
import picocli.CommandLine.Option;

/** The processes of one training: which of them this one is, and where they meet. */
final class GroupOptions {
    /** What a rank needs to continue, too. */
    static final List<String> NAMES = List.of("--rank", "--world", "--meet", "--own-address", "--wait");

    private static final Pattern ADDRESS = Pattern.compile("\\[?(?<host>[^\\[\\]]+)]?:(?<port>\\d{1,9})");

    @Option(
            names = "--rank",
            paramLabel = "R",
            description = "This process's number, from 0. Rank 0 alone writes files and shows progress.")
    private Integer rank;

    @Option(names = "--world", paramLabel = "W", description = "The number of processes that train one model together.")
    private Integer world;

    @Option(
            names = "--meet",
            paramLabel = "HOST:PORT",
            description = "An address of rank 0's machine that the others reach, and a free port there.")
    private String meet;

    @Option(
            names = "--own-address",
            paramLabel = "HOST",
            description = "This machine's address for the others. Default: the one that reaches rank 0.")
    private String own;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            description = "How long to wait for other ranks, at the start and for each answer. Default: 300.")
    private Integer wait;

    /** Whether several processes train. */
    boolean isGiven() {
        return rank != null || world != null || meet != null || own != null || wait != null;
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
        if (rank == null || world == null || meet == null) {
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
        address();
    }

    /** Refuses them where one process trains. */
    void requireNone(String what) {
        if (isGiven()) {
            throw InputException.about("rank", what + " is of one process; leave out --rank, --world and --meet");
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
    Group join(Console console) {
        if (!isGiven()) {
            return Group.alone();
        }
        console.say(describe()
                + (isReplica()
                        ? ": computes its share until rank 0 has finished"
                        : ": waits for the others at " + meet));
        Matcher address = address();
        return Group.join(
                address.group("host"),
                Integer.parseInt(address.group("port")),
                rank,
                world,
                wait == null ? Group.USUAL_PATIENCE : Duration.ofSeconds(wait),
                Optional.ofNullable(own));
    }

    /** Names this process. */
    String describe() {
        return "rank " + rank + " of " + world;
    }
}
