package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.testkit.TinyBert;

/** Names from files never divide a line or a cell, and never reach a terminal as its commands. */
class StrangeNamesTest {
    private static final String RED = "\u001b[31m";

    @TempDir
    Path home;

    @Test
    void theyAreCleanedInHeadingsAndMessagesAsInRows() throws IOException {
        Path base = TinyBert.write(home.resolve("tiny-bert"));
        Path folder = home.resolve("mo" + RED + "del\nunipelt: 2");
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            rows.append("{\"text\": \"so good\\u009b2J ").append(i).append("\", \"label\": ");
            rows.append(i % 2 == 0 ? "\"a\\tb\\nc\"" : "\"" + RED.replace("\u001b", "\\u001b") + "d\"")
                    .append("}\n");
        }
        Path table = Files.writeString(home.resolve("ro" + RED + "ws.jsonl"), rows);
        clean(
                0,
                "train",
                "--train",
                table,
                "--test",
                table,
                "--model",
                base,
                "--method",
                "head",
                "--epochs",
                1,
                "--max-length",
                16,
                "--out",
                folder);

        List<String> all =
                clean(0, "predict", folder, "--data", table, "--all").lines().toList();
        assertThat(all).hasSize(13).allSatisfy(line -> assertThat(line.split("\t"))
                .hasSize(5));
        assertThat(all.get(0)).isEqualTo("label\tprobability\t [31md\ta b c\ttext");

        List<String> matrix =
                clean(0, "evaluate", folder, "--data", table).lines().toList();
        assertThat(matrix).anyMatch(line -> line.matches("right\\s+\\[31md\\s+a b c\\s+found"));

        clean(2, "predict", home.resolve(RED + "none"), "a text");
        clean(2, "train", "--train", home.resolve("no\n" + RED + ".tsv"));
        clean(2, "predict", folder, "--" + RED);
        clean(2, "evaluate", folder, "--data", table, "--label", RED);

        Path compared = home.resolve("compared" + RED);
        clean(
                0,
                "compare",
                "--data",
                table,
                "--model",
                base,
                "--methods",
                "probe",
                "--runs",
                1,
                "--max-length",
                16,
                "--out",
                compared);
        clean(0, "sweep", "status", compared);
        clean(0, "report", compared, "--format", "markdown");
    }

    /** Runs a command that may only write what a terminal shows, and gives its result. */
    private static String clean(int code, Object... args) {
        Shell.Outcome outcome = Shell.run(args);
        assertThat(outcome.code()).as(outcome.err()).isEqualTo(code);
        assertThat(outcome.out() + outcome.err()).doesNotContainPattern("[\\p{Cntrl}\\x{80}-\\x{9f}&&[^\\n\\t]]");
        assertThat(outcome.err()).doesNotContain("\nunipelt: 2");
        return outcome.out();
    }
}
