package org.unipelt.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The words of a command line as picocli matched them, for suggested commands. */
final class Retyped {
    private Retyped() {}

    /** The whole command: name, parameters and options. */
    static List<Object> command(ParseResult parsed) {
        List<Object> words = new ArrayList<>(List.of(parsed.commandSpec().name()));
        for (PositionalParamSpec parameter : parsed.matchedPositionals()) {
            words.addAll(parameter.originalStringValues());
        }
        words.addAll(options(parsed, option -> true));
        return words;
    }

    /** Some of the options, with their values. */
    static List<Object> options(ParseResult parsed, Predicate<String> wanted) {
        List<Object> words = new ArrayList<>();
        for (OptionSpec option : parsed.matchedOptions()) {
            String name = option.names()[0];
            if (wanted.test(name) && !option.hidden()) {
                words.add(name);
                if (option.arity().max() > 0) {
                    words.addAll(option.originalStringValues());
                }
            }
        }
        return words;
    }
}
