package org.unipelt.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Map;
import org.unipelt.InputException;

/**
 * Writes every event as a line of JSON, {@code events.jsonl}; goes on at the end of a log that is there, without the half
 * line that a killed process or a full disk left. A line's {@code time} says when, {@code nanos} how long after this log was
 * opened; the difference of two {@code nanos} is a duration even if somebody sets the clock.
 */
public final class EventLog implements TrainingEvent.Listener, AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What lines call events, whatever their classes are called. */
    private static final Map<Class<? extends TrainingEvent>, String> NAMES = Map.of(
            TrainingEvent.Started.class, "started",
            TrainingEvent.Resumed.class, "resumed",
            TrainingEvent.Begun.class, "begun",
            TrainingEvent.Stepped.class, "stepped",
            TrainingEvent.Evaluated.class, "evaluated",
            TrainingEvent.Saved.class, "saved",
            TrainingEvent.Finished.class, "finished",
            TrainingEvent.Diverged.class, "diverged");

    private final Path file;
    private final BufferedWriter out;
    private final Clock clock;
    private final long opened = System.nanoTime();

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
