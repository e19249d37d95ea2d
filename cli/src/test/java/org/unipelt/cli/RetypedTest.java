package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

class RetypedTest {
    @Command(name = "dance")
    @SuppressWarnings("unused") // picocli reads its fields.
    private static final class Dance {
        @Parameters(arity = "0..1")
        private String partner;

        @Option(
                names = {"--step", "--figure"},
                description = "")
        private String step;

        @Option(names = "--slow")
        private boolean slow;

        @Option(names = "--hidden", hidden = true)
        private boolean hidden;

        @Option(names = "--turns", defaultValue = "3")
        private int turns;
    }

    private static CommandLine.ParseResult parsed(String... args) {
        CommandLine line = new CommandLine(new Dance());
        line.getCommandSpec()
                .addOption(OptionSpec.builder("--rate").type(Double.class).build());
        return line.parseArgs(args);
    }

    @Test
    void whatWasTypedIsTypedAgainAsItWas() {
        assertThat(Retyped.command(parsed("--rate=1e-3", "--hidden", "ann", "--figure", "a box", "--slow")))
                .containsExactly("dance", "ann", "--rate", "1e-3", "--step", "a box", "--slow");
        assertThat(Retyped.command(parsed())).containsExactly("dance");
    }

    @Test
    void optionsAreChosenByTheirFirstName() {
        assertThat(Retyped.options(parsed("--figure", "box", "--turns", "4"), List.of("--step")::contains))
                .containsExactly("--step", "box");
    }
}
