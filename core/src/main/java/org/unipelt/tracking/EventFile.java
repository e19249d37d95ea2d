package org.unipelt.tracking;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A file of TensorBoard's events: TFRecords of {@code tensorflow.Event} (tensorflow/core/util/event.proto,
 * tensorflow/core/framework/summary.proto, tensorboard/plugins/hparams/plugin_data.proto). A record is
 *
 * <pre>
 *   length    8 bytes, little-endian
 *   checksum  4 bytes: masked CRC-32C of the length
 *   event     as many bytes as the length says
 *   checksum  4 bytes: masked CRC-32C of the event
 * </pre>
 *
 * Every record goes to the file at once, so that TensorBoard shows it while the training runs.
 */
final class EventFile implements AutoCloseable {
    /** Distinguishes a checksum from the checksum of data that holds checksums (tensorflow/core/lib/hash/crc32c.h). */
    private static final int MASK = 0xa282ead8;

    private static final String VERSION = "brain.Event:2";
    private static final String HPARAMS = "hparams";

    private static final int SUCCESS = 1;
    private static final int FAILURE = 2;

    private final OutputStream file;
    private final Clock clock;

    /** Writes the fields of a message. */
    @FunctionalInterface
    private interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    EventFile(OutputStream file, Clock clock) throws IOException {
        this.file = file;
        this.clock = clock;
        event(out -> out.writeString(3, VERSION));
    }

    /** Creates a new file in a folder that exists; TensorBoard reads the files of a folder in the order of their names. */
    static OutputStream create(Path folder, Clock clock) throws IOException {
        for (int number = 0; ; number++) {
            Path file = folder.resolve(String.format(
                    Locale.ROOT,
                    "events.out.tfevents.%010d.unipelt.%d.%d",
                    clock.instant().getEpochSecond(),
                    ProcessHandle.current().pid(),
                    number));
            try {
                Files.createFile(file);
                // An interrupt of the training would close a channel.
                return new FileOutputStream(file.toFile());
            } catch (FileAlreadyExistsException e) {
                // A training of the same second.
            }
        }
    }

    /** Says that a training goes on at a step: what an earlier file has of it and later steps no longer counts. */
    void restart(long step) throws IOException {
        event(out -> {
            out.writeInt64(2, step);
            // SessionLog.status = START
            message(out, 7, log -> log.writeEnum(1, 1));
        });
    }

    /** Writes numbers of one step. */
    void scalars(List<Scalar> scalars) throws IOException {
        for (Scalar scalar : scalars) {
            event(out -> {
                out.writeInt64(2, scalar.step());
                message(
                        out,
                        5,
                        summary -> message(summary, 1, value -> {
                            value.writeString(1, scalar.name());
                            value.writeFloat(2, (float) scalar.value());
                        }));
            });
        }
    }

    /** Writes the settings of the training that begins, for the page of hyperparameters. */
    void begin(Map<String, String> settings) throws IOException {
        hparams("_hparams_/session_start_info", 3, info -> {
            for (Map.Entry<String, String> setting : settings.entrySet()) {
                message(info, 1, entry -> {
                    entry.writeString(1, setting.getKey());
                    message(entry, 2, value -> value(value, setting.getValue()));
                });
            }
            info.writeDouble(5, seconds());
        });
    }

    /** Writes that the training ended. */
    void end(boolean success) throws IOException {
        hparams("_hparams_/session_end_info", 4, info -> {
            info.writeEnum(1, success ? SUCCESS : FAILURE);
            info.writeDouble(2, seconds());
        });
    }

    /** A {@code google.protobuf.Value}: a number where the text is one. */
    private static void value(CodedOutputStream out, String text) throws IOException {
        if (text.matches("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?")) {
            out.writeDouble(2, Double.parseDouble(text));
        } else if (text.equals("true") || text.equals("false")) {
            out.writeBool(4, text.equals("true"));
        } else {
            out.writeString(3, text);
        }
    }

    /** A summary without a value: the plugin reads what the metadata hold. */
    private void hparams(String tag, int field, Fields content) throws IOException {
        event(out -> message(
                out,
                5,
                summary -> message(summary, 1, value -> {
                    value.writeString(1, tag);
                    message(
                            value,
                            9,
                            metadata -> message(metadata, 1, plugin -> {
                                plugin.writeString(1, HPARAMS);
                                message(plugin, 2, data -> message(data, field, content));
                            }));
                })));
    }

    private double seconds() {
        return clock.millis() / 1e3;
    }

    private void event(Fields fields) throws IOException {
        write(bytes(out -> {
            out.writeDouble(1, seconds());
            fields.write(out);
        }));
    }

    private static void message(CodedOutputStream out, int field, Fields fields) throws IOException {
        out.writeBytes(field, ByteString.copyFrom(bytes(fields)));
    }

    private static byte[] bytes(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            fields.write(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private void write(byte[] event) throws IOException {
        file.write(record(event).array());
    }

    private static ByteBuffer record(byte... event) {
        ByteBuffer record = ByteBuffer.allocate(event.length + 16).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(event.length);
        record.putInt(masked(record.array(), 0, 8));
        record.put(event);
        record.putInt(masked(event, 0, event.length));
        return record;
    }

    private static int masked(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
