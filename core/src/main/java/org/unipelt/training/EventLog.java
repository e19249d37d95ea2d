package org.unipelt.training;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.unipelt.InputException;

/**
 * Writes every event as a line of JSON, {@code events.jsonl}, and reads the lines back. Appends to an existing log,
 * without the half line that a killed process or a full disk left. {@code time} in a line is the clock's time, {@code
 * nanos} the time since the log was opened: the difference of two {@code nanos} is a duration even if somebody sets the
 * clock. Not thread safe: one training writes it, on its thread.
 */
public final class EventLog implements TrainingEvent.Listener, AutoCloseable {
    /** Reading leaves fields that a line lacks at 0 or empty: events of earlier versions had fewer. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .defaultSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY))
            .build();

    /** The names of events in lines; they stay when a class is renamed. */
    private static final Map<Class<? extends TrainingEvent>, String> NAMES = Map.of(
            TrainingEvent.Started.class, "started",
            TrainingEvent.Remarked.class, "remarked",
            TrainingEvent.Resumed.class, "resumed",
            TrainingEvent.Begun.class, "begun",
            TrainingEvent.Stepped.class, "stepped",
            TrainingEvent.Evaluated.class, "evaluated",
            TrainingEvent.Saved.class, "saved",
            TrainingEvent.Finished.class, "finished",
            TrainingEvent.Diverged.class, "diverged");

    /** A field that earlier versions did not write, and that 0 would give a wrong meaning. */
    private static final String DEV_LOSS = "devLoss";

    private final Path file;
    private final BufferedWriter out;
    private final Clock clock;
    private final long opened = System.nanoTime();

    /**
     * A line of a log.
     *
     * @param time of the clock
     * @param nanos since the log was opened; none in logs of earlier versions
     */
    public record Entry(TrainingEvent event, Instant time, OptionalLong nanos) {
        /** The time from an earlier line to this one, by {@code nanos} if both have them. */
        public Duration since(Entry earlier) {
            return nanos.isPresent() && earlier.nanos.isPresent()
                    ? Duration.ofNanos(nanos.getAsLong() - earlier.nanos.getAsLong())
                    : Duration.between(earlier.time, time);
        }
    }

    /**
     * Reads a log. Skips the last line if a killed process did not end it.
     *
     * @throws InputException if the file cannot be read, or another line is no event
     */
    public static List<Entry> read(Path file) {
        String text;
        try {
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be read; check the file and its permissions", e);
        }
        List<Entry> entries = new ArrayList<>();
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
            try {
                entries.add(entry(line));
            } catch (JsonProcessingException | DateTimeException e) {
                throw new InputException(
                        file + ":" + (entries.size() + 1)
                                + ": is no event of a training, so the file is damaged; remove" + " the folder "
                                + file.toAbsolutePath().getParent() + " and train again",
                        e);
            }
        }
        return entries;
    }

    private static Entry entry(String line) throws JsonProcessingException {
        JsonNode read = JSON.readTree(line);
        if (read instanceof ObjectNode object && !object.has(DEV_LOSS)) {
            object.put(DEV_LOSS, Double.NaN);
        }
        for (Map.Entry<Class<? extends TrainingEvent>, String> name : NAMES.entrySet()) {
            if (name.getValue().equals(read.path("event").asText())) {
                JsonNode nanos = read.path("nanos");
                return new Entry(
                        JSON.treeToValue(read, name.getKey()),
                        Instant.parse(read.path("time").asText()),
                        nanos.isNumber() ? OptionalLong.of(nanos.asLong()) : OptionalLong.empty());
            }
        }
        throw new JsonMappingException(null, "unknown event");
    }

    /**
     * Opens a log.
     *
     * @throws InputException if the file cannot be written
     */
    public EventLog(Path file, Clock clock) {
        this.file = file;
        this.clock = clock;
        try {
            cutHalfLine(file);
            this.out = Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw cannotWrite(e);
        }
    }

    private static void cutHalfLine(Path file) throws IOException {
        try (FileChannel log =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            long end = log.size();
            while (end > 0 && log.read(last.clear(), end - 1) == 1 && last.get(0) != '\n') {
                end--;
            }
            log.truncate(end);
        }
    }

    @Override
    public void on(TrainingEvent event) {
        ObjectNode line = JSON.createObjectNode();
        line.put("event", NAMES.get(event.getClass()));
        line.put("time", clock.instant().toString());
        line.put("nanos", System.nanoTime() - opened);
        line.setAll((ObjectNode) JSON.valueToTree(event));
        try {
            out.write(line.toString());
            out.write('\n');
            // A reader that follows the file sees each event as it happens.
            out.flush();
        } catch (IOException e) {
            throw cannotWrite(e);
        }
    }

    private InputException cannotWrite(IOException e) {
        return new InputException("cannot write " + file + ": " + e.getMessage(), e);
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw cannotWrite(e);
        }
    }
}
