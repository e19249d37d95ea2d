package org.unipelt.tuned;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.testkit.TinyBert;

/** Loads tuned models from jars and zips. */
class AdapterCopyTest {
    @TempDir
    private static Path work;

    private static BaseModel base;
    private static TunedModel model;
    private static Map<String, byte[]> files;

    @BeforeAll
    static void train() throws IOException {
        base = BaseModel.open(TinyBert.write(work.resolve("bert")).toString());
        Dataset rows =
                Dataset.of(List.of("good", "bad", "good w1", "bad w1"), text -> text, text -> text.split(" ")[0]);
        Path tuned = work.resolve("tuned");
        model = Tuning.of(base, "lora(rank=2)")
                .on(rows)
                .with(settings -> settings.epochs(1).maxLength(16))
                .train(tuned);
        files = new LinkedHashMap<>();
        for (String file : List.of("events.jsonl", "adapter.safetensors", "adapter.json")) {
            files.put("models/tickets/" + file, Files.readAllBytes(tuned.resolve(file)));
        }
    }

    @AfterAll
    static void close() {
        model.close();
        base.close();
    }

    private static byte[] zip(Map<String, byte[]> entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        }
        return bytes.toByteArray();
    }

    private static Map<String, byte[]> with(String name, byte[] content) {
        Map<String, byte[]> changed = new LinkedHashMap<>(files);
        changed.put(name, content);
        return changed;
    }

    private static long copies() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(path -> path.getFileName().toString().startsWith("unipelt-model"))
                    .count();
        }
    }

    @Test
    void aZipOfTheFolderGivesTheSameAnswersAndLeavesNothing() throws IOException {
        long before = copies();
        try (InputStream in = new ByteArrayInputStream(zip(files));
                TunedModel loaded = TunedModel.load(in, base)) {
            assertThat(loaded.predict("w3 good")).isEqualTo(model.predict("w3 good"));
            assertThat(loaded.card()).isEqualTo(model.card());
        }
        assertThat(copies()).isEqualTo(before);
    }

    @Test
    void aJarOnTheClassPathHoldsAModel() throws IOException, ReflectiveOperationException {
        Map<String, byte[]> jar = new LinkedHashMap<>(files);
        String entry = AdapterCopyTest.class.getName().replace('.', '/') + ".class";
        try (InputStream in = AdapterCopyTest.class.getResourceAsStream("/" + entry)) {
            jar.put(entry, in.readAllBytes());
        }
        Path file = Files.write(work.resolve("a.jar"), zip(jar));
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {file.toUri().toURL()},
                ClassLoader.getPlatformClassLoader().getParent())) {
            Class<?> owner = loader.loadClass(AdapterCopyTest.class.getName());
            try (TunedModel loaded = TunedModel.load(owner, "/models/tickets/", base)) {
                assertThat(loaded.predict("w3 good")).isEqualTo(model.predict("w3 good"));
            }
            assertThatThrownBy(() -> TunedModel.load(owner, "models/tickets", base))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("the class path's models/tickets: " + AdapterCopyTest.class.getName()
                            + " sees no adapter.json there");
        }
    }

    @Test
    void whatIsNoModelIsRefusedByName() throws IOException {
        long before = copies();
        refused("no zip".getBytes(StandardCharsets.UTF_8), "the zip: is no zip, or holds no adapter.json");
        refused(zip(Map.of("a/adapter.json", new byte[0])), "the zip: holds no adapter.safetensors");
        refused(
                zip(with("other/adapter.json", new byte[0])),
                "the zip: holds models/tickets/adapter.json and other/adapter.json; give a zip of one model's folder");
        byte[] changed = files.get("models/tickets/adapter.safetensors").clone();
        changed[changed.length - 1] ^= 1;
        refused(
                zip(with("models/tickets/adapter.safetensors", changed)),
                "the zip: adapter.safetensors: does not belong to the adapter.json beside it (checksum differs)");
        refused(
                zip(with("models/tickets/adapter.json", "{}".getBytes(StandardCharsets.UTF_8))),
                "the zip: adapter.json: unknown format");
        byte[] whole = zip(files);
        refused(Arrays.copyOf(whole, whole.length / 2), "the zip: cannot be read or copied: ");
        System.setProperty("unipelt.limit.adapter", "1");
        try {
            refused(zip(with("other.bin", new byte[2 << 20])), "the zip: unpacks to more than 1 MiB");
        } finally {
            System.clearProperty("unipelt.limit.adapter");
        }
        assertThat(copies()).isEqualTo(before);
    }

    private static void refused(byte[] zip, String why) {
        assertThatThrownBy(() -> TunedModel.load(new ByteArrayInputStream(zip), base))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(why)
                .hasMessageNotContaining("unipelt-model");
    }
}
