package org.unipelt.cli;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.unipelt.InputException;
import org.unipelt.Suggestion;
import org.unipelt.cli.ResultStream.Unwritten;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Reports an error in one line: what, where, what to do. Prints a stack trace only on request. */
final class ErrorReporter {
    private static final int UNWRITTEN = 1;
    private static final int WRONG = 2;

    private final Console console;
    private final BooleanSupplier stacktrace;
    private final ConfigFile config;

    ErrorReporter(Console console, BooleanSupplier stacktrace, ConfigFile config) {
        this.console = console;
        this.stacktrace = stacktrace;
        this.config = config;
    }

    /** Reports an invalid argument. */
    int about(ParameterException e) {
        String message = message(e);
        String pointer = e.getCommandLine().getCommandSpec().qualifiedName() + " --help";
        return say(origin(e) + message + (message.endsWith("?") ? " See " : "; see ") + pointer, e);
    }

    /** Reports any other error. */
    int about(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof Unwritten lost) {
                return lost.readerHasGone()
                        ? 0
                        : say(UNWRITTEN, "the output could not be written: " + firstLine(lost), lost);
            }
        }
        if (e instanceof InputException wrong) {
            String place = wrong.field()
                    .flatMap(config::origin)
                    .map(found -> found + ": ")
                    .orElse("");
            return say(place + e.getMessage(), e);
        }
        if (e instanceof OutOfMemoryError) {
            return say("not enough memory (" + firstLine(e) + "); try a smaller --batch-size or --max-length", e);
        }
        return say(
                "an error inside the program: " + firstLine(e)
                        + (stacktrace.getAsBoolean() ? "" : "; --stacktrace shows where"),
                e);
    }

    private int say(String message, Throwable e) {
        return say(WRONG, message, e);
    }

    private int say(int code, String message, Throwable e) {
        try {
            console.out().flush();
        } catch (Unwritten lost) {
            // The earlier error matters more.
        }
        console.say("unipelt: " + message);
        if (stacktrace.getAsBoolean()) {
            e.printStackTrace(console.err());
        }
        return code;
    }

    /** File and line of an option that came from a file. */
    private String origin(ParameterException e) {
        return Optional.ofNullable(e.getArgSpec())
                .filter(ArgSpec::isOption)
                .flatMap(arg -> config.origin(((OptionSpec) arg).longestName()))
                .map(place -> place + ": ")
                .orElse("");
    }

    /** Says what is wrong with an argument. */
    static String message(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            return unmatched(unmatched);
        }
        if (e instanceof OverwrittenOptionException) {
            return label(e.getArgSpec()) + " is given more than once; give it once";
        }
        if (e instanceof MissingParameterException missing) {
            if (missing.getMissing().size() == 1 && missing.getMissing().get(0) instanceof OptionSpec option) {
                return option.longestName() + " needs a value, as in " + option.longestName() + " "
                        + option.paramLabel();
            }
            return missing.getMissing().stream().map(ErrorReporter::label).collect(Collectors.joining(" and "))
                    + (missing.getMissing().size() == 1 ? " is missing" : " are missing");
        }
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof InputException) {
                return (e.getArgSpec() == null ? "" : label(e.getArgSpec()) + ": ") + cause.getMessage();
            }
        }
        String message = firstLine(e)
                .replaceFirst("Invalid value for option '(.+?)'( \\(.+?\\))?: ", "$1: ")
                .replaceFirst("('.*') is not an? (int|long)$", "must be a whole number, got $1")
                .replaceFirst("('.*') is not a double$", "must be a number, got $1");
        return message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    }

    private static String unmatched(UnmatchedArgumentException e) {
        String given = e.getUnmatched().get(0);
        CommandLine line = e.getCommandLine();
        if (e.isUnknownOption()) {
            List<String> known = line.getCommandSpec().options().stream()
                    .filter(option -> !option.hidden())
                    .flatMap(option -> Arrays.stream(option.names()))
                    .toList();
            Map<String, String> ours = ours(e.getUnmatched(), known);
            if (!ours.isEmpty()) {
                return (ours.size() == 1 ? "unknown option " : "unknown options ")
                        + ours.keySet().stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "))
                        + "; here: " + String.join(", ", ours.values());
            }
            String name = name(given);
            return "unknown option '" + name + "'"
                    + Suggestion.nearest(name, known)
                            .or(() -> beginningWith(name, known))
                            .map(near -> "; did you mean '" + near + "'?")
                            .orElse("");
        }
        if (!line.getSubcommands().isEmpty()) {
            return InputException.unknown(
                            "command", given, line.getSubcommands().keySet())
                    .getMessage();
        }
        return "nothing is expected at '" + given + "'";
    }

    /** Those of the arguments that are options of transformers, with ours. */
    private static Map<String, String> ours(List<String> unmatched, List<String> known) {
        Map<String, String> ours = new LinkedHashMap<>();
        for (String argument : unmatched) {
            TrainerWords.ours(name(argument), known).ifPresent(our -> ours.put(name(argument), our));
        }
        return ours;
    }

    private static String name(String argument) {
        return argument.replaceFirst("=.*", "");
    }

    private static Optional<String> beginningWith(String start, List<String> known) {
        return known.stream()
                .filter(name -> start.length() > 3 && name.startsWith(start))
                .min(Comparator.comparingInt(String::length));
    }

    private static String label(ArgSpec arg) {
        return arg.isOption() ? ((OptionSpec) arg).longestName() : arg.paramLabel();
    }

    private static String firstLine(Throwable e) {
        String message = e.getMessage() == null ? "" : e.getMessage().strip();
        return message.isEmpty()
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElseThrow();
    }
}
