package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.atIndex;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.training.TrainingEvent;

class TrainingProgressTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private String shown(boolean terminal) {
        return shown(terminal, 80, "lora", "accuracy");
    }

    private String shown(boolean terminal, int columns, String name, String metric) {
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        Console console =
                new Console(new ByteArrayInputStream(new byte[0]), stream, stream, terminal, columns, true, "unipelt");
        try (TrainingProgress progress = new TrainingProgress(console, name)) {
            progress.on(new TrainingEvent.Started(0, 4, 2, 32, 1000, metric, "cpu, f32, 2 workers"));
            for (int epoch = 1; epoch <= 2; epoch++) {
                progress.on(new TrainingEvent.Stepped(epoch, 2L * epoch - 1, 0.7, 1e-3, 16, 320));
                progress.on(new TrainingEvent.Stepped(epoch, 2L * epoch, 0.6, 1e-3, 16, 320));
                progress.on(new TrainingEvent.Evaluated(
                        epoch, 2L * epoch, 0.65, 0.712, metric, epoch == 1 ? 0.6 : 0.8, epoch == 1));
            }
            progress.on(new TrainingEvent.Finished(2, 4, "epochs", 1, metric, 0.8));
        }
        return err.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 60, 80, 120})
    @Timeout(30)
    void atATerminalEpochsStayAboveABar(int columns) {
        String shown = shown(true, columns, "", "accuracy");
        assertThat(shown.substring(0, shown.indexOf("keeps")).split("[\r\n]+"))
                .as("drawn lines")
                .allMatch(line -> line.length() < columns);
        assertThat(lines(shown))
                .hasSizeBetween(4, 5)
                .satisfies(line -> assertThat(line).startsWith("epoch 1/2: loss 0.650, dev loss 0.712,"), atIndex(0))
                .satisfies(line -> assertThat(line).startsWith("epoch 2/2: loss 0.650, dev loss 0.712,"), atIndex(1))
                .satisfies(line -> assertThat(line).matches("step 4/4 \\[#+]  0:00 left.*"), atIndex(2))
                .satisfies(line -> assertThat(line).startsWith("keeps epoch 1 of 2, accuracy 0."), atIndex(3));
        if (columns >= 80) {
            assertThat(shown).containsPattern("left  epoch 2/2  accuracy 0.800  loss 0.\\d+  \\d+/s");
            assertThat(shown)
                    .containsPattern(
                            "accuracy 0.6000 (best) +▁ *\n".replace("(", "\\(").replace(")", "\\)"));
            assertThat(shown).containsPattern("accuracy 0.8000 +▁█ *\n");
        }
    }

    @Test
    @Timeout(30)
    void theLongestMetricsNameFitsToo() {
        assertThat(shown(true, 80, "", "rouge-lsum").split("[\r\n]+")).allMatch(line -> line.length() < 80);
    }

    @Test
    void atATerminalRemarksBreakBetweenWords() {
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        Console console = new Console(new ByteArrayInputStream(new byte[0]), stream, stream, true, 40, true, "unipelt");
        console.say("trains  76,038 parameters, 73,728 of them to be saved without the head");
        console.say("  unipelt predict tuned-messages-unipelt-al 'a text'");
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "trains  76,038 parameters,",
                        "        73,728 of them to be saved",
                        "        without the head",
                        "  unipelt predict tuned-messages-unipelt-al 'a text'");
    }

    /** What is left on the screen: of lines drawn over each other the last. */
    private static List<String> lines(String shown) {
        return Arrays.stream(shown.split("\n"))
                .map(line -> line.substring(line.lastIndexOf('\r') + 1).stripTrailing())
                .toList();
    }

    @Test
    void elsewhereThereIsALinePerEpoch() {
        assertThat(shown(false).lines())
                .hasSize(3)
                .first()
                .asString()
                .startsWith("lora  epoch 1/2: loss 0.650, dev loss 0.712, accuracy 0.6000 (best), ");
    }
}
