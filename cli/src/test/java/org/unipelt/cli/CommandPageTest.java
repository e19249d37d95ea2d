package org.unipelt.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.unipelt.testkit.ReferencePage;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The reference of commands: what picocli knows of each. */
@Tag("reference")
class CommandPageTest {
    /** How the text of an option ends that has a default. */
    private static final Pattern DEFAULT = Pattern.compile("(.*?)\\s*\\bDefault: (.+)\\.");

    @Test
    void thePageHasEveryCommandAndOption() throws IOException {
        List<String> lines = new ArrayList<>();
        for (CommandLine line : Main.line(Console.ofProcess()).getSubcommands().values()) {
            command(line, lines);
        }
        lines.remove(lines.size() - 1);
        ReferencePage.of("commands.md").holds("commands", lines);
    }

    private static void command(CommandLine line, List<String> lines) {
        CommandSpec command = line.getCommandSpec();
        lines.addAll(List.of("## " + command.qualifiedName().replaceFirst("^unipelt ", ""), ""));
        Stream.of(command.usageMessage().header(), command.usageMessage().description())
                .flatMap(Stream::of)
                .map(CommandPageTest::words)
                .filter(words -> !words.isEmpty())
                .forEach(words -> lines.addAll(List.of(words.replace("<", "&lt;"), "")));
        arguments(command.positionalParameters(), lines);
        command.argGroups().stream()
                .sorted(Comparator.comparing(ArgGroupSpec::order))
                .forEach(group -> options(heading(group), group.allOptionsNested(), lines));
        options(
                command.argGroups().isEmpty() ? "Options" : "Other options",
                command.options().stream()
                        .filter(option -> option.group() == null)
                        .toList(),
                lines);
        List<String> examples = Stream.of(command.usageMessage().footer())
                .flatMap(String::lines)
                .filter(example -> example.startsWith("  "))
                .map(example -> "  " + example)
                .toList();
        if (!examples.isEmpty()) {
            lines.add("Examples:");
            lines.add("");
            lines.addAll(examples);
            lines.add("");
        }
        line.getSubcommands().values().forEach(inner -> command(inner, lines));
    }

    private static String heading(ArgGroupSpec group) {
        return words(group.heading()).replaceFirst(":$", "");
    }

    private static void arguments(List<PositionalParamSpec> arguments, List<String> lines) {
        if (!arguments.isEmpty()) {
            lines.addAll(ReferencePage.head("argument", "what"));
            arguments.forEach(argument -> lines.add(
                    ReferencePage.row(List.of("`" + argument.paramLabel() + "`", words(argument.description())))));
            lines.add("");
        }
    }

    private static void options(String heading, List<OptionSpec> all, List<String> lines) {
        List<OptionSpec> options =
                all.stream().filter(option -> !option.hidden()).toList();
        if (options.isEmpty()) {
            return;
        }
        lines.addAll(ReferencePage.head(heading.toLowerCase(Locale.ROOT), "default", "what"));
        for (OptionSpec option : options) {
            String said = words(option.description());
            Matcher told = DEFAULT.matcher(said);
            boolean has = told.matches();
            lines.add(ReferencePage.row(List.of(names(option), has ? told.group(2) : "", has ? told.group(1) : said)));
        }
        lines.add("");
    }

    private static String names(OptionSpec option) {
        String value = option.arity().max() == 0 ? "" : " " + option.paramLabel();
        return "`" + String.join("`, `", option.names()) + value + "`";
    }

    /** As picocli prints it, without its lines. */
    private static String words(String... text) {
        return String.format(String.join(" ", text)).replaceAll("\\s+", " ").strip();
    }
}
