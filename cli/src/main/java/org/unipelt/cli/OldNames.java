package org.unipelt.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.unipelt.InputException;

/**
 * Earlier names of options. They go on working, on command lines and in the files of {@code --config}, and are replaced
 * before anything is read: help, completion, messages and printed commands have only the new names.
 */
final class OldNames {
    /** With this option, {@code compare} has {@code --data} for another thing: the folder of GLUE's files. */
    private static final String TASK = "--task";

    private static final String DATA = "--data";

    private static final Map<String, String> COLUMNS = Map.of("--source", "--text", "--target", "--label");

    /** By command, then by old name. */
    private static final Map<String, Map<String, String>> NEW = Map.of(
            "check",
            COLUMNS,
            "train",
            Map.of(
                    "--source", "--text",
                    "--target", "--label",
                    "--write-at-most", "--generation-max-length",
                    "--write-at-least", "--generation-min-length"),
            "compare",
            Map.of("--source", "--text", "--target", "--label", DATA, "--train"),
            "evaluate",
            COLUMNS,
            "gates",
            COLUMNS,
            "predict",
            Map.of("--text-column", "--text", "--pair-column", "--pair", "--file", "--data"));

    private OldNames() {}

    /**
     * The arguments with the new names of options.
     *
     * @throws InputException if an option is given by both names
     */
    static String[] replace(String... args) {
        List<String> all = Arrays.asList(args);
        int at = 0;
        while (at < args.length && args[at].startsWith("-")) {
            at++;
        }
        if (at == args.length || !NEW.containsKey(args[at])) {
            return args;
        }
        int end = all.contains("--") ? all.indexOf("--") : args.length;
        Set<String> given = all.subList(at, end).stream().map(OldNames::named).collect(Collectors.toSet());
        String[] replaced = args.clone();
        for (int i = at + 1; i < end; i++) {
            String name = named(args[i]);
            String now = now(args[at], name);
            if (now.equals(name) || (name.equals(DATA) && given.contains(TASK))) {
                continue;
            }
            if (given.contains(now)) {
                throw new InputException(name + " is the earlier name of " + now + "; give only " + now);
            }
            replaced[i] = now + args[i].substring(name.length());
        }
        return replaced;
    }

    /** The name that a command's option has now. */
    static String now(String command, String name) {
        return NEW.getOrDefault(command, Map.of()).getOrDefault(name, name);
    }

    private static String named(String arg) {
        int value = arg.indexOf('=');
        return value < 0 ? arg : arg.substring(0, value);
    }
}
