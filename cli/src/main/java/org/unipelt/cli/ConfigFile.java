package org.unipelt.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Options of one sub-command from a YAML file: its keys are the options' long names. The file is options written
 * elsewhere: each becomes an argument in front of those given, unless it is given, so everything that holds for options
 * holds for them.
 */
final class ConfigFile {
    private static final String OPTION = "--config";

    private final CommandSpec command;
    private final Map<String, String> origins = new HashMap<>();

    /** Settings for a command. */
    ConfigFile(CommandSpec command) {
        this.command = command;
    }

    /** File and line of the option, if it came from a file. */
    Optional<String> origin(String option) {
        return Optional.ofNullable(origins.get(option));
    }

    /**
     * File and line of the setting that a message is about, if it came from a file. Messages about a value begin with the
     * setting's name, as in {@code batch size must be at least 1}.
     */
    Optional<String> originOf(String message) {
        String words = message.replaceFirst("^--", "").replace('-', ' ');
        return known().entrySet().stream()
                .filter(setting ->
                        words.matches("(?s)" + Pattern.quote(setting.getKey().replace('-', ' ')) + "\\b(?!').*"))
                .max(Comparator.comparingInt(setting -> setting.getKey().length()))
                .flatMap(setting -> origin(setting.getValue().longestName()));
    }

    /**
     * The arguments with those of the file that they name, if they name one.
     *
     * @throws InputException if the file cannot be read, or holds an unknown or repeated key or a value that is none
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
        Map<String, OptionSpec> known = known();
        List<String> options = new ArrayList<>();
        try (JsonParser yaml = new YAMLFactory().createParser(WholeFile.text(file, WholeFile.SETTINGS))) {
            JsonToken first = yaml.nextToken();
            if (first != null && first != JsonToken.START_OBJECT) {
                throw new InputException(file + ": is not a list of settings; write lines such as 'epochs: 10'");
            }
            while (yaml.nextToken() == JsonToken.FIELD_NAME) {
                String key = yaml.currentName();
                String where = file + ":" + yaml.currentTokenLocation().getLineNr();
                OptionSpec option = known.get(key);
                if (option == null) {
                    throw new InputException(where + ": "
                            + InputException.unknown("setting", key, known.keySet())
                                    .getMessage());
                }
                if (origins.put(option.longestName(), where) != null) {
                    throw new InputException(where + ": '" + key + "' is set twice");
                }
                yaml.nextToken();
                if (!yaml.currentToken().isScalarValue() || yaml.currentToken() == JsonToken.VALUE_NULL) {
                    throw new InputException(where + ": '" + key + "' needs one value, as in '" + key + ": value'");
                }
                argument(option, yaml.getText(), where, given).ifPresent(options::add);
            }
        } catch (JsonProcessingException e) {
            throw notYaml(file, e);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be read: " + e.getMessage(), e);
        }
        return options;
    }

    private static InputException notYaml(Path file, JsonProcessingException e) {
        if (e.getCause() instanceof MarkedYAMLException fault && fault.getProblemMark() != null) {
            int line = fault.getProblemMark().getLine() + 1;
            return new InputException(file + ":" + line + ": is not YAML: " + fault.getProblem(), e);
        }
        return new InputException(
                file + (e.getLocation() == null ? "" : ":" + e.getLocation().getLineNr()) + ": is not YAML: "
                        + StrictJson.words(e),
                e);
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
