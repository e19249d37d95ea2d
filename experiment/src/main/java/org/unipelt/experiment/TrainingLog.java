package org.unipelt.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.unipelt.InputException;
import org.unipelt.training.TrainingEvent;

/**
 * What the {@code events.jsonl} of a run tells. A run that was killed has steps in it that were made again later, with the
 * same outcome, and perhaps a line that breaks off; both are seen through.
 *
 * @param trained numbers trained
 * @param epochs how many ended
 * @param curve those of them that ended with an evaluation
 * @param bestEpoch the one whose state is kept, from 1; 0 is what training began with
 * @param end how training ended, if it did by itself
 * @param failed why it failed, if it did
 * @param steps the last one
 * @param spent time of training
 * @param stepMillis the median of a step; NaN without steps
 */
record TrainingLog(
        long trained,
        int epochs,
        List<Result.Epoch> curve,
        int bestEpoch,
        Optional<String> end,
        Optional<String> failed,
        long steps,
        Duration spent,
        double stepMillis) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Reads a log. */
    static TrainingLog read(Path file) {
        Reader reader = new Reader();
        int number = 0;
        // A line that breaks off may do so within a character, which this reader takes as it is.
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                event(line).ifPresent(reader::read);
            }
        } catch (IOException e) {
            throw new InputException(file + ": cannot be read; check the file and its permissions", e);
        } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
            throw new InputException(
                    file + ":" + number + ": is no event of a training, so the file was damaged; remove the folder "
                            + file.toAbsolutePath().getParent() + ", and the run begins again",
                    e);
        }
        return reader.log();
    }

    /** Whether every epoch is there: after a power cut, the state may be younger than the log. */
    boolean whole() {
        for (int i = 0; i < curve.size(); i++) {
            if (curve.get(i).epoch() != i + 1) {
                return false;
            }
        }
        return end.isPresent() || failed.isPresent();
    }

    private static Optional<JsonNode> event(String line) {
        try {
            return Optional.of(JSON.readTree(line)).filter(event -> event.hasNonNull("event"));
        } catch (JsonProcessingException e) {
            // The line that was being written when the process was killed.
            return Optional.empty();
        }
    }

    /** Goes from event to event. */
    private static final class Reader {
        private final TreeMap<Integer, Result.Epoch> curve = new TreeMap<>();
        private final List<Double> millis = new ArrayList<>();
        private long trained;
        private int epochs;
        private int bestEpoch;
        private long steps;
        private Optional<String> end = Optional.empty();
        private Optional<String> failed = Optional.empty();
        private Duration spent = Duration.ZERO;
        private Instant before = Instant.MIN;
        private OptionalLong nanosBefore = OptionalLong.empty();
        private boolean stepBefore;

        void read(JsonNode event) {
            String kind = event.path("event").asText();
            Instant now = Instant.parse(event.path("time").asText());
            OptionalLong nanos =
                    event.has("nanos") ? OptionalLong.of(event.path("nanos").asLong()) : OptionalLong.empty();
            // Between a kill and the start after it nobody trained.
            if (!kind.equals("started") && !before.equals(Instant.MIN)) {
                // Logs of earlier versions have the clock's time alone.
                Duration since = nanos.isPresent() && nanosBefore.isPresent()
                        ? Duration.ofNanos(nanos.getAsLong() - nanosBefore.getAsLong())
                        : Duration.between(before, now);
                spent = spent.plus(since);
                if (kind.equals("stepped") && stepBefore) {
                    millis.add(since.toNanos() / 1e6);
                }
            }
            before = now;
            nanosBefore = nanos;
            stepBefore = kind.equals("stepped");
            switch (kind) {
                case "started" -> trained = event.path("trained").asLong();
                case "stepped" -> steps = event.path("step").asLong();
                case "evaluated" -> evaluated(event);
                case "finished" -> {
                    end = Optional.of(event.path("reason").asText());
                    bestEpoch = event.path("bestEpoch").asInt();
                    epochs = event.path("epoch").asInt();
                }
                case "diverged" ->
                    failed = Optional.of(new TrainingEvent.Diverged(
                                    event.path("step").asLong(),
                                    event.path("what").asText(),
                                    Double.parseDouble(event.path("value").asText()),
                                    event.path("learningRate").asDouble())
                            .describe());
                default -> {
                    // Saved states are none of a result's business.
                }
            }
        }

        private void evaluated(JsonNode event) {
            int epoch = event.path("epoch").asInt();
            if (epoch == 0) {
                // What training began with is no epoch's end.
                return;
            }
            epochs = Math.max(epochs, epoch);
            curve.put(
                    epoch,
                    new Result.Epoch(
                            epoch,
                            Double.parseDouble(event.path("meanLoss").asText()),
                            Double.parseDouble(event.path("value").asText())));
            if (event.path("best").asBoolean()) {
                bestEpoch = Math.max(bestEpoch, epoch);
            }
        }

        TrainingLog log() {
            Collections.sort(millis);
            return new TrainingLog(
                    trained,
                    epochs,
                    List.copyOf(curve.values()),
                    bestEpoch,
                    end,
                    failed,
                    steps,
                    spent,
                    millis.isEmpty() ? Double.NaN : millis.get(millis.size() / 2));
        }
    }
}
