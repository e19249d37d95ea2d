package org.unipelt.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.TinyTable;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.testkit.TinyBert;
import org.unipelt.training.End;
import org.unipelt.training.EventLog;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataSpec;

class TensorBoardTest {
    private static final String GOLDEN =
            "1800000000000000a37f4b2209000000c00b5ad6411a0d627261696e2e4576656e743a324ca9a464";

    private static final Clock NOON = Clock.fixed(Instant.ofEpochSecond(1_500_000_000), ZoneOffset.UTC);

    @TempDir
    Path folder;

    private final List<String> warnings = new ArrayList<>();

    /** An event as it was read: a number, a restart, or something else. */
    private record Read(long step, String tag, Float value, boolean restart) {}

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith("events.out.tfevents."))
                    .sorted()
                    .toList();
        }
    }

    /** Reads the records of a file; checks both checksums of each. */
    private static List<Read> read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Read> events = new ArrayList<>();
        while (bytes.hasRemaining()) {
            byte[] length = take(bytes, 8);
            assertThat(bytes.getInt()).isEqualTo(masked(length));
            byte[] event = take(bytes, (int)
                    ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong());
            assertThat(bytes.getInt()).isEqualTo(masked(event));
            events.add(event(event));
        }
        return events;
    }

    private static byte[] take(ByteBuffer bytes, int count) {
        byte[] taken = new byte[count];
        bytes.get(taken);
        return taken;
    }

    /** As TensorFlow's documentation of TFRecord says it. */
    private static int masked(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        long value = crc.getValue();
        return (int) (((value >> 15) | (value << 17)) + 0xa282ead8L);
    }

    private static Read event(byte[] bytes) throws IOException {
        long step = 0;
        String tag = "";
        Float value = null;
        boolean restart = false;
        CodedInputStream in = CodedInputStream.newInstance(bytes);
        for (int field = in.readTag(); field != 0; field = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(field)) {
                case 2 -> step = in.readInt64();
                case 3 -> tag = in.readString();
                case 5 -> {
                    CodedInputStream summary = CodedInputStream.newInstance(in.readByteArray());
                    summary.readTag();
                    CodedInputStream one = CodedInputStream.newInstance(summary.readByteArray());
                    for (int part = one.readTag(); part != 0; part = one.readTag()) {
                        switch (WireFormat.getTagFieldNumber(part)) {
                            case 1 -> tag = one.readString();
                            case 2 -> value = one.readFloat();
                            default -> one.skipField(part);
                        }
                    }
                }
                case 7 -> {
                    in.skipField(field);
                    restart = true;
                }
                default -> in.skipField(field);
            }
        }
        return new Read(step, tag, value, restart);
    }

    /** The first record that tensorboard's RecordWriter makes of tensorboard's Event, at this time. */
    @Test
    void theFirstRecordHasTheBytesOfTensorBoardsOwnWriter() throws IOException {
        TensorBoard board = TensorBoard.in(folder, warnings::add, NOON, EventFile::create);
        board.settings(Map.of());
        board.over(End.STOPPED);
        assertThat(files().get(0).getFileName().toString()).startsWith("events.out.tfevents.1500000000.unipelt.");
        assertThat(HexFormat.of().formatHex(Files.readAllBytes(files().get(0)), 0, 40))
                .isEqualTo(GOLDEN);
    }

    @Test
    void everyNumberOfATrainingIsInTheFile() throws IOException {
        Path rows = TinyTable.rows(folder.resolve("rows.tsv"), 16, "text", "label");
        DataSpec data = DataSpec.of(rows).withDev(rows).withTest(rows);
        try (BaseModel base =
                BaseModel.open(TinyBert.write(folder.resolve("bert")).toString())) {
            Tuning.of(base, "bitfit")
                    .on(data)
                    .with(settings -> settings.epochs(2).batchSize(8).maxLength(16))
                    .tell(TensorBoard.in(folder, warnings::add))
                    .train(folder.resolve("model"))
                    .close();
        }
        List<Read> events = read(files().get(0));
        assertThat(events).extracting(Read::tag).startsWith("brain.Event:2", "_hparams_/session_start_info");
        assertThat(events).last().extracting(Read::tag).isEqualTo("_hparams_/session_end_info");
        List<Read> wanted = new ArrayList<>();
        for (EventLog.Entry entry : EventLog.read(folder.resolve("model/events.jsonl"))) {
            if (entry.event() instanceof TrainingEvent.Stepped made) {
                wanted.add(new Read(made.step(), "train/loss", (float) made.loss(), false));
                wanted.add(new Read(made.step(), "train/learning_rate", (float) made.learningRate(), false));
            } else if (entry.event() instanceof TrainingEvent.Evaluated judged) {
                if (judged.epoch() > 0) {
                    wanted.add(new Read(judged.step(), "train/epoch_loss", (float) judged.meanLoss(), false));
                }
                wanted.add(new Read(judged.step(), "dev/loss", (float) judged.devLoss(), false));
                wanted.add(new Read(judged.step(), "dev/" + judged.metric(), (float) judged.value(), false));
            }
        }
        assertThat(wanted).hasSizeGreaterThan(8);
        List<Read> numbers =
                events.stream().filter(event -> event.value() != null).toList();
        assertThat(numbers.subList(0, wanted.size())).isEqualTo(wanted);
        assertThat(numbers.subList(wanted.size(), numbers.size()))
                .extracting(Read::tag)
                .contains("final/dev/accuracy", "final/test/accuracy", "final/test/macro-f1")
                .allMatch(tag -> tag.startsWith("final/"));
        assertThat(warnings).isEmpty();
    }

    @Test
    void aResumedTrainingAddsAFileAndTakesBackLaterSteps() throws IOException {
        TensorBoard board = TensorBoard.in(folder, warnings::add, NOON, EventFile::create);
        for (long made : new long[] {0, 3}) {
            board.settings(Map.of("epochs", "2"));
            board.on(new TrainingEvent.Started(made, 8, 2, 16, 10, "accuracy", "cpu"));
            board.on(new TrainingEvent.Stepped(1, made + 1, 0.5, 0.1, 4, 40));
            board.over(End.STOPPED);
        }
        assertThat(files()).hasSize(2);
        assertThat(read(files().get(0))).noneMatch(Read::restart);
        assertThat(read(files().get(1)))
                .filteredOn(Read::restart)
                .extracting(Read::step)
                .containsExactly(4L);
    }

    @Test
    void whatCannotBeWrittenIsToldBeforeTheTraining() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> TensorBoard.in(file, warnings::add).settings(Map.of()))
                .isInstanceOf(InputException.class)
                .hasMessage(file + ": is a file; choose another folder for TensorBoard's events");
        assertThatThrownBy(() ->
                        TensorBoard.in(file.resolve("below"), warnings::add).settings(Map.of()))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file.resolve("below") + ": the events for TensorBoard cannot be written: ");
    }

    @Test
    void aFullDiskWarnsOnceAndTheTrainingGoesOn() {
        ByteArrayOutputStream disk = new ByteArrayOutputStream() {
            @Override
            public void write(byte[] bytes) throws IOException {
                if (size() > 200) {
                    throw new IOException("No space left on device");
                }
                super.write(bytes);
            }
        };
        TensorBoard board = TensorBoard.in(folder, warnings::add, NOON, (place, clock) -> disk);
        board.settings(Map.of());
        for (int step = 1; step < 9; step++) {
            board.on(new TrainingEvent.Stepped(1, step, 0.5, 0.1, 4, 40));
        }
        board.scores(Map.of("test", Map.of("accuracy", 1.0)));
        board.over(End.FINISHED);
        assertThat(warnings)
                .containsExactly(folder + ": the events for TensorBoard cannot be written any more: No space left on"
                        + " device; the training goes on without them");
    }
}
