package org.unipelt.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every line of a log is one event, also after a kill. */
class EventLogTest {
    @TempDir
    Path folder;

    @Test
    void aHalfLineGoesBeforeTheLogGoesOn() throws IOException {
        Path file = folder.resolve("events.jsonl");
        for (String before : List.of("", "{\"event\":\"saved\"}\n", "{\"event\":\"saved\"}\n{\"eve", "{\"eve")) {
            Files.writeString(file, before);
            try (EventLog log = new EventLog(file, Clock.systemUTC())) {
                log.on(new TrainingEvent.Saved(1, 5));
            }
            List<String> lines = Files.readAllLines(file);
            assertThat(lines).hasSize(before.contains("\n") ? 2 : 1).allMatch(line -> line.matches("\\{[^{]*}"));
        }
    }
}
