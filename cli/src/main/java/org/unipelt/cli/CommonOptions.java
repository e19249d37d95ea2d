package org.unipelt.cli;

import picocli.CommandLine.Option;

/** What every sub-command has. */
final class CommonOptions {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this help.")
    private boolean help;

    @Option(names = "--json", description = "Prints the result as JSON.")
    private boolean json;

    boolean json() {
        return json;
    }
}
