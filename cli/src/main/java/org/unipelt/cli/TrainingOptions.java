package org.unipelt.cli;

import java.util.List;
import java.util.Optional;
import org.unipelt.training.Setting;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Options of a command for settings of training, made from the table of {@link Setting}s. */
final class TrainingOptions {
    private TrainingOptions() {}

    /**
     * Adds a group of options to a command.
     *
     * @param order of the group in the help
     * @param first options before those of the settings
     */
    static void add(CommandSpec command, int order, List<OptionSpec> first, List<Setting<?>> settings) {
        ArgGroupSpec.Builder group =
                ArgGroupSpec.builder().heading("%nTraining:%n").order(order).validate(false);
        first.forEach(group::addArg);
        settings.forEach(setting -> group.addArg(option(setting)));
        command.addArgGroup(group.build());
    }

    private static OptionSpec option(Setting<?> setting) {
        return OptionSpec.builder(name(setting))
                .paramLabel(setting.label())
                .description(setting.help() + " Default: " + setting.usually() + ".")
                .type(Setting.Given.class)
                .converters(setting::given)
                .build();
    }

    /** The settings that were given. */
    static List<Setting.Given<?>> given(ParseResult parsed) {
        return Setting.ALL.stream()
                .<Setting.Given<?>>flatMap(setting -> given(parsed, setting).stream())
                .toList();
    }

    /** What was given for a setting, if the command has it. */
    @SuppressWarnings("unchecked")
    static <T> Optional<Setting.Given<T>> given(ParseResult parsed, Setting<T> setting) {
        return Optional.ofNullable(parsed.matchedOptionValue(name(setting), (Setting.Given<T>) null));
    }

    private static String name(Setting<?> setting) {
        return "--" + setting.name();
    }
}
