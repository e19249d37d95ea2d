package org.unipelt.tensor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.InputException;
import org.unipelt.files.AtomicFile;
import org.unipelt.files.WholeFile;
import org.unipelt.runtime.Engine;

/**
 * Reads and writes the safetensors format, strictly and deterministically.
 *
 * <p>Reading fills the tensors' memory directly from the file, without a second copy and without memory mapping. A file
 * that shrinks or breaks during the read is an {@link InputException}, never a crash.
 *
 * @see <a href="https://github.com/huggingface/safetensors">the format's description</a>
 */
public final class Safetensors {
    /** The file name of unsharded weights. */
    public static final String SINGLE_FILE = "model.safetensors";
    /** The file name of the index of shards, for weights in several files. */
    public static final String INDEX_FILE = "model.safetensors.index.json";

    private static final JsonFactory JSON = new JsonFactory();

    private Safetensors() {}

    /**
     * Reads every tensor of a file with its stored type, in the order of the data. The caller owns the result.
     *
     * @throws InputException if the file is missing or damaged, or has a type that is not in {@link DType}
     */
    public static Weights read(Path file) {
        Engine.start();
        try (FileChannel channel = open(file)) {
            SafetensorsHeader header = SafetensorsHeader.read(file, channel);
            List<SafetensorsHeader.Entry> entries = List.copyOf(header.entries());
            Tensor[] read = new Tensor[entries.size()];
            try {
                // Most of the time goes into copies and into memory's pages, which every core can do.
                Engine.workers()
                        .allUninterruptibly(IntStream.range(0, read.length)
                                .<Callable<Void>>mapToObj(i -> () -> {
                                    read[i] = retained(file, channel, entries.get(i), header.dataStart());
                                    return null;
                                })
                                .toList());
                Map<String, Tensor> tensors = new LinkedHashMap<>();
                for (int i = 0; i < read.length; i++) {
                    tensors.put(entries.get(i).name(), read[i]);
                }
                return Weights.of(tensors);
            } finally {
                Arrays.stream(read).filter(Objects::nonNull).forEach(Tensor::releaseReference);
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static Tensor retained(Path file, FileChannel channel, SafetensorsHeader.Entry entry, long dataStart) {
        try (PointerScope scope = new PointerScope()) {
            return read(file, channel, entry, dataStart).retainReference();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Reads the metadata of a file, e.g. {@code format=pt}; empty if there is none. */
    public static Map<String, String> metadata(Path file) {
        try (FileChannel channel = open(file)) {
            return SafetensorsHeader.read(file, channel).metadata();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /**
     * Writes tensors and metadata to a file; see {@link AtomicFile#write}. The same content gives the same bytes as the
     * format's reference implementation: tensors sorted by type ({@link DType}, largest first), then by name; metadata
     * sorted by key; the header padded with spaces to a multiple of 8.
     *
     * @throws InputException if the file cannot be written
     * @throws IllegalArgumentException if a tensor's type is not in {@link DType}, or a name is {@code __metadata__}
     */
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
        Engine.start();
        List<String> names = new ArrayList<>(tensors.keySet());
        names.sort(Comparator.comparing((String name) -> DType.of(Objects.requireNonNull(tensors.get(name))))
                .reversed()
                .thenComparing(name -> name.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
        ByteBuffer header = header(names, tensors, metadata);
        AtomicFile.write(file, channel -> {
            writeFully(channel, header.duplicate());
            for (String name : names) {
                try (PointerScope scope = new PointerScope()) {
                    write(
                            channel,
                            Objects.requireNonNull(tensors.get(name))
                                    .detach()
                                    .cpu()
                                    .contiguous());
                }
            }
        });
    }

    private static FileChannel open(Path file) throws IOException {
        WholeFile.refuseIrregular(file);
        return FileChannel.open(file, StandardOpenOption.READ);
    }

    private static Tensor read(Path file, FileChannel channel, SafetensorsHeader.Entry entry, long dataStart)
            throws IOException {
        Tensor tensor;
        try {
            tensor = torch.empty(
                    entry.dimensions(), new TensorOptions(entry.dtype().scalarType()), new MemoryFormatOptional());
        } catch (RuntimeException e) {
            throw new InputException(
                    file + ": not enough memory for tensor '" + entry.name() + "' of " + entry.size()
                            + " bytes; close other programs or use a smaller model",
                    e);
        }
        for (long done = 0; done < entry.size(); done += TensorMemory.CHUNK) {
            ByteBuffer buffer = TensorMemory.bytes(tensor, done);
            long from = dataStart + entry.begin() + done;
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, from + buffer.position()) < 0) {
                    throw SafetensorsHeader.damaged(file, "it ends within tensor '" + entry.name() + "'");
                }
            }
        }
        if (entry.dtype() == DType.BOOL) {
            checkBooleans(file, entry.name(), tensor);
        }
        return tensor;
    }

    /** Refuses booleans other than 0 and 1: libtorch computes with them what it likes. */
    static void checkBooleans(Path file, String name, Tensor tensor) {
        for (long done = 0; done < tensor.nbytes(); done += TensorMemory.CHUNK) {
            ByteBuffer bytes = TensorMemory.bytes(tensor, done);
            while (bytes.hasRemaining()) {
                int value = bytes.get();
                if (value != 0 && value != 1) {
                    throw SafetensorsHeader.damaged(file, "tensor '" + name + "' of BOOL holds the byte " + value);
                }
            }
        }
    }

    private static void write(FileChannel channel, Tensor tensor) throws IOException {
        for (long done = 0; done < tensor.nbytes(); done += TensorMemory.CHUNK) {
            writeFully(channel, TensorMemory.bytes(tensor, done));
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static ByteBuffer header(List<String> names, Map<String, Tensor> tensors, Map<String, String> metadata) {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator out = JSON.createGenerator(json)) {
            out.writeStartObject();
            if (!metadata.isEmpty()) {
                out.writeObjectFieldStart(SafetensorsHeader.METADATA);
                for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
                    out.writeStringField(entry.getKey(), entry.getValue());
                }
                out.writeEndObject();
            }
            long offset = 0;
            for (String name : names) {
                if (name.equals(SafetensorsHeader.METADATA)) {
                    throw new IllegalArgumentException("a tensor cannot have the name " + name);
                }
                Tensor tensor = Objects.requireNonNull(tensors.get(name));
                long[] shape = tensor.shape();
                long end = offset + tensor.numel() * DType.of(tensor).bytes();
                out.writeObjectFieldStart(name);
                out.writeStringField("dtype", DType.of(tensor).name());
                out.writeFieldName("shape");
                out.writeArray(shape, 0, shape.length);
                out.writeFieldName("data_offsets");
                out.writeArray(new long[] {offset, end}, 0, 2);
                out.writeEndObject();
                offset = end;
            }
            out.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        int length = (json.size() + 7) / 8 * 8;
        ByteBuffer header = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(length).put(json.toByteArray());
        while (header.hasRemaining()) {
            header.put((byte) ' ');
        }
        return header.flip();
    }

    static RuntimeException unreadable(Path file, IOException e) {
        if (e instanceof ClosedByInterruptException) {
            return new CancellationException("interrupted while reading " + file);
        }
        if (e instanceof NoSuchFileException) {
            return new InputException("no such file: " + file + "; check the path", e);
        }
        return new InputException(file + ": cannot be read; check the file and its permissions", e);
    }
}
