package org.unipelt.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;

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

    @Test
    void everyEventHasAName() throws IOException {
        Path file = folder.resolve("events.jsonl");
        List<TrainingEvent> events = List.of(
                new TrainingEvent.Resumed(0, true),
                new TrainingEvent.Started(0, 9, 1, 9, 9, "accuracy", "cpu"),
                new TrainingEvent.Remarked("no room"),
                new TrainingEvent.Begun(0.5, true),
                new TrainingEvent.Stepped(1, 1, 0.5, 0.1, 1, 1),
                new TrainingEvent.Evaluated(1, 1, 0.5, 0.6, "accuracy", 0.5, true),
                new TrainingEvent.Saved(1, 1),
                new TrainingEvent.Finished(1, 1, "epochs", 1, "accuracy", 0.5),
                new TrainingEvent.Diverged(1, "loss", Double.NaN, 0.1));
        try (EventLog log = new EventLog(file, Clock.systemUTC())) {
            events.forEach(log::on);
        }
        assertThat(events).hasSize(TrainingEvent.class.getPermittedSubclasses().length);
        assertThat(EventLog.read(file)).extracting(EventLog.Entry::event).isEqualTo(events);
    }

    @Test
    void onlyALastLineMayBeCut() throws IOException {
        Path file = folder.resolve("events.jsonl");
        try (EventLog log = new EventLog(file, Clock.systemUTC())) {
            log.on(new TrainingEvent.Saved(1, 5));
        }
        String line = Files.readString(file);
        Files.writeString(file, line + line.substring(0, 20));
        assertThat(EventLog.read(file))
                .extracting(EventLog.Entry::event)
                .containsExactly(new TrainingEvent.Saved(1, 5));
        for (String damaged :
                List.of(line.substring(0, 20), "{}", "[]", "", line.strip().replace("saved", "brewed"))) {
            Files.writeString(file, line + damaged + "\n" + line);
            assertThatThrownBy(() -> EventLog.read(file))
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith(file + ":2: is no event of a training");
        }
    }

    @Test
    void linesOfEarlierVersionsLackFields() throws IOException {
        Path file = folder.resolve("events.jsonl");
        Files.writeString(file, "{\"event\":\"started\",\"time\":\"2026-01-01T10:00:00Z\",\"trained\":5}\n");
        assertThat(EventLog.read(file))
                .containsExactly(new EventLog.Entry(
                        new TrainingEvent.Started(0, 0, 0, 0, 5, "", ""),
                        Instant.parse("2026-01-01T10:00:00Z"),
                        OptionalLong.empty()));
        Files.writeString(file, """
                {"event":"evaluated","time":"2026-01-01T10:00:00Z","epoch":1,"step":2,"meanLoss":0.5,\
                "metric":"accuracy","value":0.75,"best":true}
                """);
        assertThat(EventLog.read(file))
                .extracting(EventLog.Entry::event)
                .containsExactly(new TrainingEvent.Evaluated(1, 2, 0.5, Double.NaN, "accuracy", 0.75, true));
    }

    @Test
    void aClockThatIsSetBackDoesNotShowInDurations() throws IOException {
        Path file = folder.resolve("events.jsonl");
        Iterator<Instant> times =
                List.of(Instant.ofEpochSecond(7200), Instant.ofEpochSecond(0)).iterator();
        Clock clock = new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return times.next();
            }
        };
        try (EventLog log = new EventLog(file, clock)) {
            log.on(new TrainingEvent.Saved(1, 5));
            log.on(new TrainingEvent.Saved(1, 6));
        }
        List<String> lines = Files.readAllLines(file);
        ObjectMapper json = new ObjectMapper();
        assertThat(json.readTree(lines.get(0)).path("time").asText()).isEqualTo("1970-01-01T02:00:00Z");
        assertThat(json.readTree(lines.get(1)).path("time").asText()).isEqualTo("1970-01-01T00:00:00Z");
        assertThat(json.readTree(lines.get(1)).path("nanos").asLong())
                .isBetween(json.readTree(lines.get(0)).path("nanos").asLong(), 60_000_000_000L);
    }
}
