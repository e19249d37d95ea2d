package org.unipelt.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the events of a run tell. */
class TrainingLogTest {
    @TempDir
    Path folder;

    private TrainingLog log(String... lines) throws IOException {
        return TrainingLog.read(Files.write(folder.resolve("events.jsonl"), java.util.List.of(lines)));
    }

    @Test
    void durationsAreThoseOfTheMonotonicClock() throws IOException {
        // Between the two steps somebody sets the clock back by an hour; then the process is killed and goes on.
        TrainingLog log = log(
                "{\"event\":\"started\",\"time\":\"2026-01-01T10:00:00Z\",\"nanos\":1000000000,\"trained\":5}",
                "{\"event\":\"stepped\",\"time\":\"2026-01-01T10:00:01Z\",\"nanos\":2000000000,\"step\":1}",
                "{\"event\":\"stepped\",\"time\":\"2026-01-01T09:00:03Z\",\"nanos\":4000000000,\"step\":2}",
                "{\"event\":\"started\",\"time\":\"2026-01-01T09:30:00Z\",\"nanos\":50,\"trained\":5}",
                "{\"event\":\"stepped\",\"time\":\"2026-01-01T09:30:01Z\",\"nanos\":1000000050,\"step\":3}");
        assertThat(log.spent()).isEqualTo(Duration.ofSeconds(4));
        assertThat(log.stepMillis()).isEqualTo(2000);
    }

    @Test
    void logsOfEarlierVersionsHaveTheTimeAlone() throws IOException {
        TrainingLog log = log(
                "{\"event\":\"started\",\"time\":\"2026-01-01T10:00:00Z\",\"trained\":5}",
                "{\"event\":\"stepped\",\"time\":\"2026-01-01T10:00:01Z\",\"step\":1}",
                "{\"event\":\"stepped\",\"time\":\"2026-01-01T10:00:04Z\",\"step\":2}");
        assertThat(log.spent()).isEqualTo(Duration.ofSeconds(4));
        assertThat(log.stepMillis()).isEqualTo(3000);
    }
}
