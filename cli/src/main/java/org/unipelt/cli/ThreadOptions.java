package org.unipelt.cli;

import org.unipelt.runtime.Engine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The number of cores to compute on. */
final class ThreadOptions {
    static final String NAME = "--threads";
    static final String WHAT_THREADS = "Cores to compute on, in all. Default: OMP_NUM_THREADS, else every core.";

    /** Threads of the tokenizer's pool, besides the one that waits for them. */
    private static final String POOL = "java.util.concurrent.ForkJoinPool.common.parallelism";

    @Option(names = NAME, paramLabel = "N", description = WHAT_THREADS)
    @SuppressWarnings("unused") // picocli reads it.
    private Integer threads;

    /**
     * Sets the number before any command runs, because the engine reads it at its start.
     *
     * @throws ParameterException if the number is less than 1
     */
    static void take(ParseResult parsed) {
        for (ParseResult command = parsed; command != null; command = command.subcommand()) {
            Integer given = command.matchedOptionValue(NAME, null);
            if (given != null) {
                if (given < 1) {
                    throw new ParameterException(
                            command.commandSpec().commandLine(),
                            NAME + " must be at least 1, got " + given,
                            command.matchedOption(NAME),
                            given.toString());
                }
                System.setProperty(Engine.THREADS, Integer.toString(given));
                System.setProperty(POOL, Integer.toString(given - 1));
            }
        }
    }
}
