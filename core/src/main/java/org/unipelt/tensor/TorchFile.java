package org.unipelt.tensor;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.unipelt.tensor.SafetensorsHeader.damaged;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.InputException;
import org.unipelt.files.AtomicFile;
import org.unipelt.files.Sight;
import org.unipelt.files.WholeFile;
import org.unipelt.runtime.Engine;

/**
 * Reads the tables of tensors that PyTorch's {@code torch.save} writes, such as {@code pytorch_model.bin}: as data,
 * without executing anything (see {@link Pickle}). Reads the zip form of PyTorch 1.6 and later, and the earlier form;
 * writes the zip form.
 *
 * <p>The zip form is an archive of uncompressed entries under one folder: {@code data.pkl}, the table, and
 * {@code data/KEY}, the values of each storage. The earlier form is a sequence of pickles (a magic number, a version,
 * the writing machine, the table, the storages' keys), then for each key a number of elements in eight bytes and its
 * values.
 *
 * <p>Several tensors may share a storage. One that covers its storage keeps it; any other gets a copy. Memory is at
 * most twice the file's size.
 */
public final class TorchFile {
    /** The file name of unsharded weights. */
    public static final String SINGLE_FILE = "pytorch_model.bin";
    /** The file name of the index of shards. */
    public static final String INDEX_FILE = "pytorch_model.bin.index.json";

    /** The longest table that is read, in bytes; a tensor takes about 200. */
    private static final int LONGEST_TABLE = 1 << 26;

    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final Long VERSION = 1001L;

    /** More dimensions than any weight has. libtorch's own limit is higher. */
    private static final int MOST_DIMENSIONS = 16;

    /**
     * A fixed time of all entries. Archives know none before 1980; for the first day Java would also write the time in UTC, and so the
     * bytes would depend on the time zone.
     */
    private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 2, 1, 0, 0);

    private final Path file;
    private final long size;
    private final Map<String, Tensor> storages = new HashMap<>();
    private long stored;
    private long copied;

    private TorchFile(Path file, long size) {
        this.file = file;
        this.size = size;
    }

    /** Opens the values of a storage. */
    @FunctionalInterface
    private interface Values {
        void read(Pickle.Storage storage, Tensor into) throws IOException;
    }

    /**
     * Reads every tensor of a file with its stored type, in the table's order. The caller owns the result.
     *
     * @throws InputException if the file is missing or damaged, or holds anything but a table of tensors
     */
    public static Weights read(Path file) {
        Engine.start();
        WholeFile.refuseIrregular(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                PointerScope scope = new PointerScope()) {
            TorchFile torchFile = new TorchFile(file, channel.size());
            ByteBuffer start = read(channel, Sight.LENGTH);
            String form = StandardCharsets.ISO_8859_1
                    .decode(start.slice(0, Math.min(2, start.limit())))
                    .toString();
            return Weights.of(
                    switch (form) {
                        case "PK" -> torchFile.readZip();
                        case "\u0080\2" -> torchFile.readSequence(channel);
                        default -> {
                            byte[] bytes = new byte[start.limit()];
                            start.get(bytes);
                            Sight.refuseText(file.toString(), bytes);
                            throw damaged(file, "it is not a file of torch.save");
                        }
                    });
        } catch (ZipException e) {
            throw damaged(file, "its zip archive is damaged");
        } catch (IOException e) {
            throw Safetensors.unreadable(file, e);
        }
    }

    /**
     * Writes a table of tensors in the zip form, which {@code torch.load} reads, with {@code weights_only} too. Every
     * tensor gets a storage of its own. The same content gives the same bytes.
     *
     * @param tensors in the order of the table
     * @throws InputException if the file cannot be written
     * @throws IllegalArgumentException if a tensor's type is not in {@link DType}
     */
    public static void write(Path file, Map<String, Tensor> tensors) {
        Engine.start();
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> dense = new LinkedHashMap<>();
            tensors.forEach(
                    (name, tensor) -> dense.put(name, tensor.detach().cpu().contiguous()));
            AtomicFile.write(file, channel -> {
                ZipOutputStream zip = new ZipOutputStream(Channels.newOutputStream(channel));
                String folder = file.getFileName().toString().replaceFirst("\\.[^.]*$", "") + "/";
                entry(zip, folder + "data.pkl", List.of(ByteBuffer.wrap(Pickle.write(dense))));
                entry(zip, folder + "byteorder", List.of(US_ASCII.encode("little")));
                int key = 0;
                for (Tensor tensor : dense.values()) {
                    List<ByteBuffer> values = new ArrayList<>();
                    for (long done = 0; done < tensor.nbytes(); done += TensorMemory.CHUNK) {
                        values.add(TensorMemory.bytes(tensor, done));
                    }
                    entry(zip, folder + "data/" + key++, values);
                }
                entry(zip, folder + "version", List.of(US_ASCII.encode("3\n")));
                zip.finish();
            });
        }
    }

    /** PyTorch reads only entries that are not compressed. */
    private static void entry(ZipOutputStream zip, String name, List<ByteBuffer> content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 checksum = new CRC32();
        long size = 0;
        for (ByteBuffer part : content) {
            size += part.remaining();
            checksum.update(part.duplicate());
        }
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(size);
        entry.setCrc(checksum.getValue());
        entry.setTimeLocal(EPOCH);
        zip.putNextEntry(entry);
        WritableByteChannel out = Channels.newChannel(zip);
        for (ByteBuffer part : content) {
            out.write(part);
        }
        zip.closeEntry();
    }

    private Map<String, Tensor> readZip() throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            String table = zip.stream()
                    .map(ZipEntry::getName)
                    .filter(name -> name.matches("[^/]+/data\\.pkl"))
                    .findFirst()
                    .orElseThrow(() -> damaged(file, "it is a zip archive without data.pkl"));
            String folder = table.substring(0, table.lastIndexOf('/') + 1);
            ZipEntry order = zip.getEntry(folder + "byteorder");
            if (order != null && !new String(bytes(zip, order), US_ASCII).equals("little")) {
                throw bigEndian();
            }
            Object value = Pickle.read(file, ByteBuffer.wrap(bytes(zip, zip.getEntry(table))));
            return tensors(value, (storage, into) -> {
                ZipEntry entry = zip.getEntry(folder + "data/" + storage.key());
                if (entry == null) {
                    throw damaged(file, "it lacks the storage " + storage.key());
                }
                requireSize(storage, uncompressed(entry).getSize());
                try (InputStream stream = zip.getInputStream(entry);
                        ReadableByteChannel values = Channels.newChannel(stream)) {
                    requireChecksum(entry, fill(into, values));
                }
            });
        } catch (IllegalArgumentException e) {
            // The archive's names are decoded one by one, when they are asked for.
            throw damaged(file, "its zip archive has a name that is not text");
        }
    }

    private byte[] bytes(ZipFile zip, ZipEntry entry) throws IOException {
        if (uncompressed(entry).getSize() > LONGEST_TABLE) {
            throw tooLong();
        }
        try (InputStream stream = zip.getInputStream(entry)) {
            byte[] bytes = stream.readNBytes((int) entry.getSize());
            CRC32 checksum = new CRC32();
            checksum.update(bytes);
            requireChecksum(entry, checksum.getValue());
            return bytes;
        }
    }

    private void requireChecksum(ZipEntry entry, long found) {
        if (found != entry.getCrc()) {
            throw damaged(file, "the checksum of its entry " + entry.getName() + " is wrong");
        }
    }

    /** PyTorch never compresses; a compressed entry could be far larger than the file. */
    private ZipEntry uncompressed(ZipEntry entry) {
        if (entry.getMethod() != ZipEntry.STORED || entry.getSize() != entry.getCompressedSize()) {
            throw damaged(file, "its entry " + entry.getName() + " is compressed");
        }
        return entry;
    }

    private Map<String, Tensor> readSequence(FileChannel channel) throws IOException {
        ByteBuffer start = read(channel, LONGEST_TABLE);
        Object magic = Pickle.read(file, start);
        Object version = Pickle.read(file, start);
        if (!MAGIC.equals(magic) || !VERSION.equals(version)) {
            throw damaged(file, "it is a pickle, but not a file of torch.save");
        }
        if (Pickle.read(file, start) instanceof Map<?, ?> machine
                && Boolean.FALSE.equals(machine.get("little_endian"))) {
            throw bigEndian();
        }
        Object value = Pickle.read(file, start);
        Map<String, Long> positions = positions(channel, value, Pickle.read(file, start), start.position());
        return tensors(value, (storage, into) -> {
            channel.position(Objects.requireNonNull(positions.get(storage.key())));
            fill(into, channel);
        });
    }

    /** Returns the position of each storage's values; checks that they fill the rest of the file. */
    private Map<String, Long> positions(FileChannel channel, Object table, Object keys, long from) throws IOException {
        Map<String, Pickle.Storage> known = new HashMap<>();
        table(table).values().forEach(tensor -> known.put(tensor.storage().key(), tensor.storage()));
        Map<String, Long> positions = new HashMap<>();
        long at = from;
        for (Object key : keys instanceof List<?> list ? list : List.of()) {
            Pickle.Storage storage = known.get(key instanceof String name ? name : "");
            if (storage == null) {
                throw damaged(file, "it has a storage that no tensor uses");
            }
            ByteBuffer elements = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            if (channel.read(elements, at) != Long.BYTES || elements.flip().getLong() != storage.elements()) {
                throw damaged(file, "the storage " + storage.key() + " has another size than its table says");
            }
            positions.put(storage.key(), at + Long.BYTES);
            // A table read from at most 64 MiB has too few storages for this sum to overflow before it passes the size.
            at += Long.BYTES + bytes(storage);
            if (at > size) {
                throw damaged(file, "it ends within the storage " + storage.key());
            }
        }
        for (String key : known.keySet()) {
            if (!positions.containsKey(key)) {
                throw damaged(file, "it lacks the storage " + key);
            }
        }
        return positions;
    }

    /** Checks that the value is a table from names to tensors. */
    private Map<String, Pickle.StoredTensor> table(Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new InputException(file + ": holds no table of tensors; save model.state_dict(), not the model");
        }
        Map<String, Pickle.StoredTensor> table = new LinkedHashMap<>();
        map.forEach((name, tensor) -> {
            if (!(name instanceof String text) || !(tensor instanceof Pickle.StoredTensor stored)) {
                throw new InputException(file + ": its entry '" + name
                        + "' is not a tensor; save model.state_dict() alone, without other values");
            }
            table.put(text, stored);
        });
        return table;
    }

    private Map<String, Tensor> tensors(Object value, Values values) throws IOException {
        Map<String, Pickle.StoredTensor> table = table(value);
        Map<String, Pickle.Storage> first = new HashMap<>();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, Pickle.StoredTensor> entry : table.entrySet()) {
            Pickle.Storage storage = entry.getValue().storage();
            Pickle.Storage before = first.putIfAbsent(storage.key(), storage);
            if (before == null) {
                storages.put(storage.key(), storage(storage, values));
            } else if (!before.equals(storage)) {
                throw damaged(file, "the storage " + storage.key() + " has two types or sizes");
            }
            tensors.put(entry.getKey(), view(entry.getKey(), entry.getValue()));
        }
        return tensors;
    }

    private Tensor storage(Pickle.Storage storage, Values values) throws IOException {
        stored += bytes(storage);
        // Entries of an archive may overlap; together they are no longer than the file.
        if (stored > size) {
            throw damaged(file, "its storages are longer than the file");
        }
        Tensor flat = torch.empty(
                new long[] {storage.elements()},
                new TensorOptions(storage.dtype().scalarType()),
                new MemoryFormatOptional());
        values.read(storage, flat);
        if (storage.dtype() == DType.BOOL) {
            Safetensors.checkBooleans(file, storage.key(), flat);
        }
        return flat;
    }

    private Tensor view(String name, Pickle.StoredTensor tensor) {
        Pickle.Storage storage = tensor.storage();
        int dimensions = tensor.shape().size();
        if (dimensions != tensor.stride().size() || dimensions > MOST_DIMENSIONS || tensor.offset() < 0) {
            throw outside(name);
        }
        long elements = elements(name, tensor);
        Tensor flat = Objects.requireNonNull(storages.get(storage.key()));
        Tensor view = flat.as_strided(
                longs(tensor.shape()), longs(tensor.stride()), new LongOptional(elements == 0 ? 0 : tensor.offset()));
        if (view.is_contiguous() && elements == storage.elements()) {
            return view;
        }
        copied += elements * storage.dtype().bytes();
        if (copied > size) {
            throw damaged(file, "its tensors share so many values that they are larger than the file");
        }
        return view.is_contiguous() ? view.clone() : view.contiguous();
    }

    /** Returns the tensor's number of elements; checks that every one is within its storage. */
    private long elements(String name, Pickle.StoredTensor tensor) {
        long elements = 1;
        long last = tensor.offset();
        try {
            for (int i = 0; i < tensor.shape().size(); i++) {
                long length = tensor.shape().get(i);
                long stride = tensor.stride().get(i);
                if (length < 0 || stride < 0) {
                    throw outside(name);
                }
                elements = Math.multiplyExact(elements, length);
                last = Math.addExact(last, Math.multiplyExact(Math.max(0, length - 1), stride));
            }
        } catch (ArithmeticException e) {
            throw outside(name);
        }
        long stored = tensor.storage().elements();
        // A tensor without elements is nowhere. One with more elements than its storage repeats some.
        if (elements > 0 && (last >= stored || elements > stored)) {
            throw outside(name);
        }
        return elements;
    }

    private InputException outside(String name) {
        return damaged(file, "tensor '" + name + "' is not within its storage");
    }

    private void requireSize(Pickle.Storage storage, long found) {
        if (found != bytes(storage)) {
            throw damaged(file, "the storage " + storage.key() + " has another size than its table says");
        }
    }

    private long bytes(Pickle.Storage storage) {
        if (storage.elements() > size) {
            throw damaged(file, "its storages are longer than the file");
        }
        return storage.elements() * storage.dtype().bytes();
    }

    /** Fills a tensor's memory and returns the checksum of its bytes. */
    private long fill(Tensor tensor, ReadableByteChannel from) throws IOException {
        CRC32 checksum = new CRC32();
        long bytes = tensor.nbytes();
        for (long done = 0; done < bytes; done += TensorMemory.CHUNK) {
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("interrupted while reading " + file);
            }
            ByteBuffer buffer = TensorMemory.bytes(tensor, done);
            while (buffer.hasRemaining()) {
                if (from.read(buffer) < 0) {
                    throw damaged(file, "it ends within a storage");
                }
            }
            checksum.update(buffer.flip());
        }
        return checksum.getValue();
    }

    /** Reads the start of the file, at most so many bytes. */
    private static ByteBuffer read(FileChannel channel, int most) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(channel.size(), most));
        while (buffer.hasRemaining() && channel.read(buffer, buffer.position()) >= 0) {
            // Reads until the buffer is full or the file ends.
        }
        return buffer.flip();
    }

    private InputException bigEndian() {
        return new InputException(file + ": was written on a big-endian machine; save it again on another");
    }

    private InputException tooLong() {
        return damaged(file, "its table of tensors is longer than " + LONGEST_TABLE + " bytes");
    }

    private static long[] longs(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }
}
