package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unipelt.training.TrainingEvent;

class TrainingProgressTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private String shown(boolean terminal) {
        return shown(terminal, "lora", "accuracy");
    }

    private String shown(boolean terminal, String name, String metric) {
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        Console console = new Console(new ByteArrayInputStream(new byte[0]), stream, stream, terminal, 0, "unipelt");
        try (TrainingProgress progress = new TrainingProgress(console, name)) {
            progress.on(new TrainingEvent.Started(0, 4, 2, 32, 1000, metric, "cpu, f32, 2 workers"));
            for (int epoch = 1; epoch <= 2; epoch++) {
                progress.on(new TrainingEvent.Stepped(epoch, 2 * epoch - 1, 0.7, 1e-3, 16, 320));
                progress.on(new TrainingEvent.Stepped(epoch, 2 * epoch, 0.6, 1e-3, 16, 320));
                progress.on(new TrainingEvent.Evaluated(epoch, 2 * epoch, 0.65, metric, 0.8, epoch == 1));
            }
            progress.on(new TrainingEvent.Finished(2, 4, "epochs", 1, metric, 0.8));
        }
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    @Timeout(30)
    void atATerminalThereIsABarThatFits() {
        String shown = shown(true);
        assertThat(shown)
                .containsPattern("lora  epoch 2/2 \\[#+]  loss 0.\\d+  accuracy 0.800  \\d+/s  0:00 left")
                .contains("\nlora  keeps epoch 1 of 2, accuracy 0.8000");
        assertThat(shown.split("[\r\n]+")).allMatch(line -> line.length() <= 80);
    }

    @Test
    @Timeout(30)
    void theLongestMetricsNameFitsToo() {
        String shown = shown(true, "", "rouge-lsum");
        assertThat(shown)
                .containsPattern("epoch 2/2 \\[#+]  loss 0.\\d+  rouge-lsum 0.800  \\d+/s  0:00 left")
                .contains("\nkeeps epoch 1 of 2, rouge-lsum 0.8000");
        assertThat(shown.split("[\r\n]+")).allMatch(line -> line.length() <= 80);
    }

    @Test
    void elsewhereThereIsALinePerEpoch() {
        assertThat(shown(false).lines())
                .hasSize(3)
                .first()
                .asString()
                .startsWith("lora  epoch 1/2: loss 0.650, accuracy 0.8000 (best), ");
    }
}
