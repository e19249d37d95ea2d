package org.unipelt.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code unipelt} command: without a sub-command it shows the help. */
@Command(
        name = "unipelt",
        header = "Tunes pre-trained BERTs with parameter-efficient methods.",
        description = {
            "",
            "Trains a few million parameters beside a frozen model: adapters, prefix-tuning, LoRA, BitFit, or several of"
                    + " them at once behind learned gates (UniPELT).",
            ""
        },
        versionProvider = VersionLines.class,
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Examples:",
            "  unipelt quickstart",
            "  unipelt train --train train.tsv --test test.tsv --out my-model",
            "  unipelt predict my-model \"Where is my parcel?\"",
            "",
            "Run 'unipelt COMMAND --help' for the options of a command.",
            "Complete commands in bash or zsh: source <(unipelt generate-completion)"
        })
final class Unipelt implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this help.")
    @SuppressWarnings("unused") // picocli reads it.
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Shows the version; with --verbose also the engine, BLAS and threads.")
    @SuppressWarnings("unused") // picocli reads it.
    private boolean version;

    @Option(names = "--verbose", description = "With --version: shows what computes, for a bug report.")
    private boolean verbose;

    /** Whether {@code --version} shows what computes. */
    boolean verbose() {
        return verbose;
    }

    @Option(names = "--stacktrace", hidden = true, scope = ScopeType.INHERIT)
    private boolean stacktrace;

    /** Whether errors are shown with a stack trace. */
    boolean stacktrace() {
        return stacktrace;
    }

    @Override
    public void run() {
        CommandLine line = spec.commandLine();
        line.usage(line.getOut());
    }
}
