package org.unipelt.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.TimeZone;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;

/** Files that PyTorch wrote (tools/torch_file_fixture.py), and files that it would never write. */
class TorchFileTest {
    private static final int DAMAGES = Integer.getInteger("torch.damages", 5000);
    private static final Path FIXTURES = Path.of("src/test/resources/org/unipelt/tensor/torch");

    /** A table with one tensor "a" of two floats in the storage "0". */
    private static final String TABLE = tensor("FloatStorage", 2, 0, ints(2), ints(1));

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"zip.bin, tensors", "sequence.bin, tensors", "module.bin, module"})
    void readsWhatPyTorchWrote(String file, String expected) {
        try (Weights read = TorchFile.read(FIXTURES.resolve(file));
                Weights right = Safetensors.read(FIXTURES.resolve(expected + ".safetensors"));
                PointerScope scope = new PointerScope()) {
            assertThat(read.names()).hasSameElementsAs(right.names());
            for (String name : right.names()) {
                Tensor tensor = read.get(name);
                assertThat(DType.of(tensor)).as(name).isEqualTo(DType.of(right.get(name)));
                assertThat(tensor.shape()).as(name).isEqualTo(right.get(name).shape());
                assertThat(tensor.is_contiguous()).as(name).isTrue();
                assertThat(tensor.equal(right.get(name))).as(name).isTrue();
            }
        }
    }

    @Test
    void tensorsOfOneStorageShareItOnlyIfTheyCoverIt() {
        try (Weights read = TorchFile.read(FIXTURES.resolve("zip.bin"))) {
            assertThat(read.get("tied").data_ptr().address())
                    .isEqualTo(read.get("whole").data_ptr().address());
            assertThat(read.get("first").storage().nbytes()).isEqualTo(8 * Float.BYTES);
        }
    }

    /** That PyTorch reads them too, {@code tools/interop.py} shows. */
    @Test
    void writesWhatItReads() throws IOException {
        Path once = folder.resolve("once.bin");
        Path again = folder.resolve("again/once.bin");
        Files.createDirectory(again.getParent());
        try (Weights right = TorchFile.read(FIXTURES.resolve("zip.bin"));
                PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>(right.asMap());
            // Not contiguous, and in a storage that is longer than it.
            String matrix = tensors.keySet().stream()
                    .filter(name -> tensors.get(name).dim() == 2)
                    .findFirst()
                    .orElseThrow();
            tensors.put("turned", tensors.get(matrix).t().narrow(0, 0, 1));
            TorchFile.write(once, tensors);
            TimeZone zone = TimeZone.getDefault();
            try {
                TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Apia"));
                TorchFile.write(again, tensors);
            } finally {
                TimeZone.setDefault(zone);
            }
            try (Weights read = TorchFile.read(once)) {
                assertThat(read.names()).containsExactlyElementsOf(tensors.keySet());
                tensors.forEach((name, tensor) -> {
                    assertThat(DType.of(read.get(name))).as(name).isEqualTo(DType.of(tensor));
                    assertThat(read.get(name).equal(tensor)).as(name).isTrue();
                });
            }
        }
        assertThat(once).hasSameBinaryContentAs(again);
        try (ZipFile zip = new ZipFile(once.toFile())) {
            assertThat(zip.stream())
                    .allMatch(entry -> entry.getMethod() == ZipEntry.STORED)
                    .extracting(ZipEntry::getName)
                    .contains("once/data.pkl", "once/byteorder", "once/version", "once/data/0");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "whole-module.bin | names torch.nn.modules.container.Sequential, which is not part of a table | nothing was executed",
                "nested.bin | its entry 'state_dict' is not a tensor | save model.state_dict() alone",
                "protocol-4.bin | is a pickle of protocol 4, but only protocol 2 | nothing was executed",
                "tensors.safetensors | it is not a file of torch.save | download"
            })
    void refusesOtherFilesOfPyTorch(String file, String reason, String advice) {
        assertThatThrownBy(() -> TorchFile.read(FIXTURES.resolve(file)))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(file, reason, advice)
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsATableMadeByHand(boolean zip) throws IOException {
        try (Weights read = TorchFile.read(write(zip, TABLE))) {
            assertThat(read.get("a").shape()).containsExactly(2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void executesNothing(boolean zip) throws IOException {
        Path proof = folder.resolve("proof");
        String command = "touch " + proof;
        refused(zip, "cposix\nsystem\n" + string(command) + "\u0085R.", "names posix.system", "nothing was executed");
        refused(zip, "c__builtin__\neval\n" + string("1") + "\u0085R.", "names __builtin__.eval");
        // A name built at run time, an instance, an object: other ways to reach a class.
        refused(zip, string("os") + string("system") + "\u0093.", "instruction 0x93");
        refused(zip, "(ios\nsystem\n.", "instruction 0x69");
        refused(zip, "(cos\nsystem\no.", "names os.system");
        refused(zip, ")\u0081.", "instruction 0x81");
        refused(zip, "\u0082\1.", "instruction 0x82");
        refused(zip, "Pid\n.", "instruction 0x50");
        // A known name that is no function, and a value in place of a name.
        refused(zip, "ctorch\nFloatStorage\n)R.", "calls something that cannot be called");
        refused(zip, string("collections.OrderedDict") + ")R.", "calls something that cannot be called");
        assertThat(proof).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void refusesDamagedTables(boolean zip) throws IOException {
        // In the earlier form the next pickle follows.
        String incomplete = zip ? "incomplete" : "";
        refused(zip, "", incomplete);
        refused(zip, ".", incomplete);
        refused(zip, "}", incomplete);
        refused(zip, "u.", incomplete);
        refused(zip, "}" + "h\5.", "refers to a value that it does not have");
        refused(zip, "}" + string("a") + "X\u00ff\u00ff\u00ff\u007fabc", "incomplete");
        refused(zip, "}(" + string("a") + "u.", "a name without a value");
        refused(zip, "}(" + "}K\1u.", "neither text nor a number");
        refused(zip, "].", "holds no table of tensors");
        refused(zip, "K\1.", "holds no table of tensors");
        refused(zip, "}" + string("a") + "K\1s.", "'a' is not a tensor");
        refused(zip, "}K\1K\1s.", "'1' is not a tensor");
        refused(zip, "}q\0" + string("a") + "h\0s.", "'a' is not a tensor");
        refused(zip, "K\1)b.", "something else in place of a table");
        refused(zip, "ccollections\nOrderedDict\nK\1\u0085R.", "from something else than tensors");
        refused(zip, "}" + string("a") + "K\1Qs.", "in place of a list");
        refused(zip, "}" + string("a") + "(" + string("module") + "tQs.", "not a tensor's storage");
        refused(zip, "}" + string("\u00ff\u00fe") + "Ns.", "not UTF-8");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void refusesTensorsOutsideTheirStorage(boolean zip) throws IOException {
        String outside = "tensor 'a' is not within its storage";
        refused(zip, tensor("FloatStorage", 2, 1, ints(2), ints(1)), outside);
        refused(zip, tensor("FloatStorage", 2, -1, ints(2), ints(1)), outside);
        refused(zip, tensor("FloatStorage", 2, 0, ints(3), ints(1)), outside);
        refused(zip, tensor("FloatStorage", 2, 0, ints(-2), ints(1)), outside);
        refused(zip, tensor("FloatStorage", 2, 0, ints(2), ints(-1)), outside);
        refused(zip, tensor("FloatStorage", 2, 0, ints(2, 1), ints(1)), outside);
        refused(zip, tensor("FloatStorage", 2, 0, ints(1 << 30), ints(0)), outside);
        int much = Integer.MAX_VALUE;
        refused(zip, tensor("FloatStorage", 2, 0, ints(much, much, much, much), ints(much, much, much, 0)), outside);
        refused(zip, tensor("FloatStorage", 2, 0, ints(new int[17]), ints(new int[17])), outside);
        refused(zip, tensor("FloatStorage", much, 0, ints(2), ints(1)), zip ? "longer than" : "another size");
        refused(zip, tensor("DoubleStorage", 2, 0, ints(2), ints(1)), zip ? "another size" : "it ends within");
        refused(zip, tensor("FloatStorage", -2, 0, ints(2), ints(1)), "without type, name or size");
    }

    @Test
    void refusesArchivesThatPyTorchDoesNotWrite() throws IOException {
        Path file = folder.resolve("file.bin");
        archive(file, true, "folder/data.pkl", bytes("\u0080\2" + TABLE), "folder/data/0", new byte[8]);
        refused(file, "its entry folder/data.pkl is compressed");
        archive(file, false, "folder/data.pkl", bytes("\u0080\2" + TABLE));
        refused(file, "lacks the storage 0");
        archive(file, false, "model.txt", new byte[8]);
        refused(file, "without data.pkl");
        archive(
                file,
                false,
                "a/data.pkl",
                bytes("\u0080\2" + TABLE),
                "a/byteorder",
                bytes("big"),
                "a/data/0",
                new byte[8]);
        refused(file, "big-endian");
        byte[] whole = Files.readAllBytes(FIXTURES.resolve("zip.bin"));
        Files.write(file, Arrays.copyOf(whole, whole.length - 30));
        refused(file, "its zip archive is damaged");
        archive(file, false, "a/data.pkl", bytes("\u0080\2" + TABLE), "a/data/0", bytes("12345678"));
        String archive = Files.readString(file, StandardCharsets.ISO_8859_1);
        Files.writeString(file, archive.replace("12345678", "12345679"), StandardCharsets.ISO_8859_1);
        refused(file, "checksum of its entry a/data/0 is wrong");
        Files.writeString(file, "Repository not found");
        refused(file, "is text, not weights");
        Files.write(file, new byte[0]);
        refused(file, "not a file of torch.save");
    }

    /**
     * Random damages end in a table or in one line, and take no more memory than the file. {@code -Dtorch.damages=100000} tries
     * more than usual.
     */
    @Test
    void survivesDamage() throws IOException {
        byte[] sequence = Files.readAllBytes(FIXTURES.resolve("sequence.bin"));
        byte[] table;
        try (ZipFile zip = new ZipFile(FIXTURES.resolve("zip.bin").toFile());
                InputStream stream = zip.getInputStream(zip.getEntry("zip/data.pkl"))) {
            table = stream.readAllBytes();
        }
        byte[] archive = Files.readAllBytes(FIXTURES.resolve("zip.bin"));
        Path file = folder.resolve("file.bin");
        int read = 0;
        for (int seed = 0; seed < DAMAGES; seed++) {
            switch (seed % 4) {
                case 0, 1 -> Files.write(file, damaged(sequence, seed));
                case 2 -> archive(file, false, "zip/data.pkl", damaged(table, seed), "zip/data/0", new byte[48]);
                default -> Files.write(file, damaged(archive, seed));
            }
            try (Weights weights = TorchFile.read(file)) {
                long bytes = weights.asMap().values().stream()
                        .mapToLong(Tensor::nbytes)
                        .sum();
                // Names may be many, but tied tensors have one memory; the fixtures have two for one storage.
                assertThat(bytes).as("seed %d", seed).isLessThan(3 * Files.size(file));
                read++;
            } catch (InputException e) {
                assertThat(e).as("seed %d", seed).hasMessageNotContaining("\n");
            } catch (RuntimeException | Error e) {
                fail("seed " + seed, e);
            }
        }
        assertThat(read).as("some damages change only values").isGreaterThan(DAMAGES / 40);
    }

    private static byte[] damaged(byte[] whole, int seed) {
        Random random = new Random(seed);
        byte[] bytes = whole.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes[at] = bytes[random.nextInt(bytes.length)];
                case 3 ->
                    Arrays.fill(bytes, at, Math.min(bytes.length, at + 4), (byte) (random.nextBoolean() ? 0xff : 0));
                default -> bytes = random.nextInt(20) == 0 ? Arrays.copyOf(bytes, at + 1) : bytes;
            }
        }
        return bytes;
    }

    private void refused(boolean zip, String table, String... reasons) throws IOException {
        refused(write(zip, table), reasons);
    }

    private static void refused(Path file, String... reasons) {
        assertThatThrownBy(() -> TorchFile.read(file).close())
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContainingAll(reasons)
                .hasMessageNotContaining("\n");
    }

    /** Writes a table and the storage "0" of eight bytes, in one of PyTorch's two forms. */
    private Path write(boolean zip, String table) throws IOException {
        Path file = folder.resolve("file.bin");
        byte[] values = new byte[2 * Float.BYTES];
        if (zip) {
            archive(file, false, "folder/data.pkl", bytes("\u0080\2" + table), "folder/data/0", values);
            return file;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes("\u0080\2\u008a\12l\u00fc\u009cF\u00f9 j\u00a8P\31."));
        out.write(bytes("\u0080\2M\u00e9\3."));
        out.write(bytes("\u0080\2}" + string("little_endian") + "\u0088s."));
        out.write(bytes("\u0080\2" + table));
        out.write(bytes("\u0080\2](" + string("0") + "e."));
        out.write(bytes("\2\0\0\0\0\0\0\0"));
        out.write(values);
        return Files.write(file, out.toByteArray());
    }

    private static void archive(Path file, boolean compressed, Object... namesAndBytes) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (int i = 0; i < namesAndBytes.length; i += 2) {
                byte[] bytes = (byte[]) namesAndBytes[i + 1];
                ZipEntry entry = new ZipEntry((String) namesAndBytes[i]);
                if (!compressed) {
                    CRC32 checksum = new CRC32();
                    checksum.update(bytes);
                    entry.setMethod(ZipEntry.STORED);
                    entry.setSize(bytes.length);
                    entry.setCrc(checksum.getValue());
                }
                zip.putNextEntry(entry);
                zip.write(bytes);
            }
        }
    }

    private static String tensor(String type, int elements, int offset, String shape, String stride) {
        return "}" + string("a") + "ctorch._utils\n_rebuild_tensor_v2\n((" + string("storage") + "ctorch\n" + type
                + "\n"
                + string("0") + string("cpu") + integer(elements) + "tQ" + integer(offset) + shape + stride
                + "\u0089}tRs.";
    }

    private static String ints(int... values) {
        StringBuilder tuple = new StringBuilder("(");
        for (int value : values) {
            tuple.append(integer(value));
        }
        return tuple.append('t').toString();
    }

    private static String integer(int value) {
        return "J" + fourBytes(value);
    }

    private static String string(String latin) {
        return "X" + fourBytes(latin.length()) + latin;
    }

    private static String fourBytes(int value) {
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            bytes.append((char) (value >>> (8 * i) & 255));
        }
        return bytes.toString();
    }

    private static byte[] bytes(String latin) {
        return latin.getBytes(StandardCharsets.ISO_8859_1);
    }
}
