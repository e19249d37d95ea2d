package org.unipelt.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.experiment.YamlNode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Reads options of a sub-command from a YAML file. Its keys are the options' long names. Each becomes an argument
 * before those on the command line, unless the command line has it too; so files follow the same rules as options.
 */
final class ConfigFile {
    private static final String OPTION = "--config";

    private final CommandSpec command;
    private final Map<String, String> origins = new HashMap<>();

    ConfigFile(CommandSpec command) {
        this.command = command;
    }

    /** File and line of an option, if it came from a file. The name may be any of its names, with or without dashes. */
    Optional<String> origin(String name) {
        return Optional.ofNullable(known().get(name.replaceFirst("^--", "")))
                .map(option -> origins.get(option.longestName()));
    }

    /**
     * The arguments, with those of the file if they name one.
     *
     * @throws InputException if the file cannot be read, or a key is unknown, repeated or without a value
     */
    String[] expand(String... args) {
        int at = Arrays.asList(args).indexOf(command.name());
        Optional<Path> file =
                at < 0 ? Optional.empty() : named(Arrays.asList(args).subList(at + 1, args.length));
        if (file.isEmpty()) {
            return args;
        }
        List<String> expanded = new ArrayList<>(Arrays.asList(args).subList(0, at + 1));
        expanded.addAll(read(file.get(), Arrays.asList(args)));
        expanded.addAll(Arrays.asList(args).subList(at + 1, args.length));
        return expanded.toArray(String[]::new);
    }

    private static Optional<Path> named(List<String> args) {
        for (int i = 0; i < args.size(); i++) {
            if (args.get(i).startsWith(OPTION + "=")) {
                return Optional.of(Path.of(args.get(i).substring(OPTION.length() + 1)));
            }
            if (args.get(i).equals(OPTION) && i + 1 < args.size()) {
                return Optional.of(Path.of(args.get(i + 1)));
            }
        }
        return Optional.empty();
    }

    private List<String> read(Path file, List<String> given) {
        return arguments(file, YamlNode.read(file, "epochs: 10"), given);
    }

    /**
     * The arguments of some fields of a file.
     *
     * @param given the arguments of the command line, which win
     * @throws InputException if a key is unknown, repeated or without a value
     */
    List<String> arguments(Path file, YamlNode.Fields fields, List<String> given) {
        Map<String, OptionSpec> known = known();
        List<String> options = new ArrayList<>();
        fields.fields().forEach((key, field) -> {
            String where = file + ":" + field.line();
            OptionSpec option =
                    known.get(OldNames.now(command.name(), "--" + key).substring(2));
            if (option == null) {
                List<String> names =
                        known.keySet().stream().map(name -> "--" + name).toList();
                throw new InputException(where + ": "
                        + TrainerWords.ours("--" + key, names)
                                .map(ours -> "unknown setting '" + key + "'; here: " + ours.replaceFirst("^--", ""))
                                .orElseGet(() -> InputException.unknown("setting", key, known.keySet())
                                        .getMessage()));
            }
            if (origins.put(option.longestName(), where) != null) {
                throw new InputException(where + ": '" + key + "' is given twice");
            }
            if (!(field.value() instanceof YamlNode.Scalar value)
                    || value.text().isEmpty()) {
                throw new InputException(where + ": '" + key + "' needs one value, as in '" + key + ": value'");
            }
            argument(option, value.text(), where, given).ifPresent(options::add);
        });
        return options;
    }

    private Map<String, OptionSpec> known() {
        Map<String, OptionSpec> known = new TreeMap<>();
        for (OptionSpec option : command.options()) {
            if (!option.hidden() && !option.usageHelp() && !option.longestName().equals(OPTION)) {
                Stream.of(option.names())
                        .filter(name -> name.startsWith("--"))
                        .forEach(name -> known.put(name.substring(2), option));
            }
        }
        return known;
    }

    private Optional<String> argument(OptionSpec option, String value, String where, List<String> given) {
        String name = option.longestName();
        List<String> names = List.of(option.names());
        if (given.stream().anyMatch(arg -> names.contains(arg.replaceFirst("=.*", "")))) {
            origins.remove(name);
            return Optional.empty();
        }
        if (option.arity().max() > 0) {
            return Optional.of(name + "=" + value);
        }
        return switch (value) {
            case "true" -> Optional.of(name);
            case "false" -> Optional.empty();
            default ->
                throw new InputException(
                        where + ": '" + name.substring(2) + "' must be true or false, got '" + value + "'");
        };
    }
}
