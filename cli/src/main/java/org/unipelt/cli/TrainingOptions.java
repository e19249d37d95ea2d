package org.unipelt.cli;

import java.util.List;
import java.util.Optional;
import org.unipelt.Words;
import org.unipelt.run.Recipe;
import org.unipelt.training.Setting;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Makes picocli options from the tables of {@link Setting}s. */
final class TrainingOptions {
    private TrainingOptions() {}

    /**
     * Adds a group of options to a command.
     *
     * @param heading of the group in the help
     * @param order of the group in the help
     * @param first options before those of the settings
     */
    static void add(CommandSpec command, String heading, int order, List<OptionSpec> first, List<Setting<?>> settings) {
        ArgGroupSpec.Builder group = ArgGroupSpec.builder()
                .heading("%n" + heading + ":%n")
                .order(order)
                .validate(false);
        first.forEach(group::addArg);
        settings.forEach(setting -> group.addArg(option(setting)));
        command.addArgGroup(group.build());
    }

    private static OptionSpec option(Setting<?> setting) {
        return OptionSpec.builder(name(setting))
                // A flag that is false by default may come without a value.
                .arity(setting.usual().filter(Boolean.FALSE::equals).isPresent() ? "0..1" : "1")
                .fallbackValue("true")
                .paramLabel(setting.label())
                .description(setting.help() + " Default: " + setting.usually() + ".")
                .type(Setting.Given.class)
                .converters(setting::given)
                .build();
    }

    /** Those of the settings that were given. */
    static List<Setting.Given<?>> given(ParseResult parsed, List<Setting<?>> settings) {
        return settings.stream()
                .<Setting.Given<?>>flatMap(setting -> given(parsed, setting).stream())
                .toList();
    }

    /** The given value of a setting, if the command has the option. */
    @SuppressWarnings("unchecked")
    static <T> Optional<Setting.Given<T>> given(ParseResult parsed, Setting<T> setting) {
        return Optional.ofNullable(parsed.matchedOptionValue(name(setting), (Setting.Given<T>) null));
    }

    private static String name(Setting<?> setting) {
        return "--" + setting.name();
    }

    /** The option that chooses where default settings come from. */
    static OptionSpec recipe() {
        return OptionSpec.builder("--recipe")
                .paramLabel(String.join("|", Words.all(Recipe.class)))
                .type(Recipe.class)
                .converters(Recipe::named)
                .description(
                        "Default settings: the best known for the base model and the number of rows, or those of the"
                                + " UniPELT paper's Appendix B. Default: best.")
                .build();
    }
}
