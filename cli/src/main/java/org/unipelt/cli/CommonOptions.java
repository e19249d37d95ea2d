package org.unipelt.cli;

import picocli.CommandLine.Option;

/** Options of every sub-command. */
final class CommonOptions {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this help.")
    @SuppressWarnings("unused") // picocli reads it.
    private boolean help;

    @Option(names = "--json", description = "Prints the result as JSON.")
    private boolean json;

    boolean json() {
        return json;
    }
}
