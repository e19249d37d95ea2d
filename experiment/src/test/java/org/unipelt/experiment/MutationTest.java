package org.unipelt.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.InputException;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.data.ColumnNames;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Labels;
import org.unipelt.data.Table;
import org.unipelt.experiment.report.Report;
import org.unipelt.hub.BaseModel;
import org.unipelt.hub.OnnxFile;
import org.unipelt.run.Run;
import org.unipelt.run.Tuning;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.TorchFile;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;
import org.unipelt.text.TokenBatch;
import org.unipelt.text.Tokenizer;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * Whatever is read, damaged: every input gives a result or one {@link InputException} with a message for a person, in a
 * time and with an allocation that the file's size bounds. The damages are drawn from numbers 0, 1, 2 and so on, as many for
 * each reader as the system property {@code mutations} says for all of them: {@code mvn test -Dtest=MutationTest
 * -Dmutations=100000}. A file that did otherwise stays in the folder that the failure names.
 */
class MutationTest {
    private static final int ALL = Integer.getInteger("mutations", 3000);
    private static final Path FIXTURES = Path.of("../core/src/test/resources/org/unipelt");
    private static final String METHOD = "unipelt(adapter(bottleneck=4),prefix(length=3,network=8),lora(rank=2))";
    /** Far more than any of these files takes, and far less than a hang does. */
    private static final Duration LONGEST = Duration.ofSeconds(20);

    /** What any reader may allocate, and so many times the bytes of what it reads besides. */
    private static final long ALLOCATED = 16 << 20;

    private static final int TIMES = 100;

    /** No line of a message for a person: only several mistakes of one file stand in lines of their own. */
    private static final Pattern NO_LINE =
            Pattern.compile("\\n(?!  )|[\\p{Cntrl}&&[^\\n]]|\\bjava\\.\\w|fasterxml|org\\.unipelt|Exception\\b");

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    // What has failed is to be looked at.
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;

    private static BaseModel base;

    /** What is done with a file. */
    @FunctionalInterface
    private interface Use {
        void of(Path file) throws IOException;
    }

    /**
     * A reader.
     *
     * @param name for messages
     * @param share of all mutations
     * @param file that is damaged; what lies beside it is put back too
     */
    private record Reader(String name, int share, Path file, Mutation kind, Use use) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final List<Reader> READERS = new ArrayList<>();

    @BeforeAll
    static void make() throws IOException {
        Scene scene = Scene.write(folder.resolve("scene"));
        base = BaseModel.open(scene.base().toString());
        bases(scene);
        tokenizers(scene);
        runs();
        tables();
        sweeps();
        for (String form : List.of("zip.bin", "sequence.bin")) {
            Path weights = FIXTURES.resolve("tensor/torch").resolve(form);
            READERS.add(new Reader(
                    form, 4, Files.copy(weights, folder.resolve(form)), Mutation.BINARY, file -> TorchFile.read(file)
                            .close()));
        }
        READERS.add(new Reader(
                "onnx", 4, Files.write(folder.resolve("one.onnx"), OnnxFile.one()), Mutation.BINARY, OnnxFile::read));
    }

    @AfterAll
    static void close() {
        base.close();
        READERS.clear();
    }

    private static void bases(Scene scene) throws IOException {
        Path bert = copy(scene.base(), "bert");
        READERS.add(
                reader("weights", 8, bert.resolve("model.safetensors"), Mutation.SAFETENSORS, MutationTest::opened));
        READERS.add(reader("config", 4, bert.resolve("config.json"), Mutation.JSON, MutationTest::opened));
        for (String name : List.of("roberta-classifier", "electra-discriminator", "mbart-writer")) {
            Path model = copy(FIXTURES.resolve("checkpoints").resolve(name), name);
            READERS.add(
                    reader(name + ", config", 2, model.resolve("config.json"), Mutation.JSON, MutationTest::opened));
            READERS.add(reader(
                    name + ", tokenizer", 4, model.resolve("tokenizer.json"), Mutation.JSON, MutationTest::opened));
        }
        Path writer = folder.resolve("mbart-writer");
        READERS.add(
                reader("generation", 1, writer.resolve("generation_config.json"), Mutation.JSON, MutationTest::opened));
        Path shards = copy(FIXTURES.resolve("checkpoints/bart-bare"), "shards");
        READERS.add(reader(
                "index", 3, shards.resolve("model.safetensors.index.json"), Mutation.JSON, MutationTest::opened));
        READERS.add(reader(
                "shard",
                4,
                shards.resolve("model-00002-of-00003.safetensors"),
                Mutation.SAFETENSORS,
                MutationTest::opened));
    }

    private static void tokenizers(Scene scene) throws IOException {
        Path words = copy(scene.base(), "word-pieces");
        Files.writeString(
                words.resolve("tokenizer_config.json"),
                "{\"do_lower_case\": true, \"strip_accents\": null, \"a\": [1]}");
        READERS.add(reader("vocab.txt", 4, words.resolve("vocab.txt"), Mutation.TEXT, MutationTest::tokenized));
        READERS.add(reader(
                "tokenizer_config", 2, words.resolve("tokenizer_config.json"), Mutation.JSON, MutationTest::tokenized));
        Path pairs = copy(FIXTURES.resolve("text/byte-pair"), "byte-pairs");
        READERS.add(reader("vocab.json", 2, pairs.resolve("vocab.json"), Mutation.JSON, MutationTest::tokenized));
        READERS.add(reader("merges.txt", 2, pairs.resolve("merges.txt"), Mutation.TEXT, MutationTest::tokenized));
        Path unigram = copy(FIXTURES.resolve("text/unigram"), "unigram");
        READERS.add(reader("unigrams", 6, unigram.resolve("tokenizer.json"), Mutation.JSON, MutationTest::tokenized));
    }

    private static void runs() throws IOException {
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 20; i++) {
            rows.append(i % 2 == 0 ? "great film " : "awful film ")
                    .append(i)
                    .append(i % 2 == 0 ? "\tgood\n" : "\tbad\n");
        }
        Path data = Files.writeString(folder.resolve("rows.tsv"), rows);
        Tuning tuning = Tuning.of(base, METHOD)
                .on(DataSpec.of(data))
                .with(settings -> settings.epochs(2).batchSize(4).maxLength(8).keep(TrainingConfig.Keep.BEST));
        Path tuned = folder.resolve("tuned");
        tuning.train(tuned).close();
        READERS.add(
                reader("adapter", 6, tuned.resolve("adapter.safetensors"), Mutation.SAFETENSORS, MutationTest::loaded));
        READERS.add(reader("card", 3, tuned.resolve("adapter.json"), Mutation.JSON, MutationTest::loaded));
        Path early = copy(tuned, "tuned-early");
        earlier(early.resolve("adapter.json"));
        READERS.add(reader(
                "card of an earlier version", 6, early.resolve("adapter.json"), Mutation.JSON, MutationTest::loaded));
        Path run = folder.resolve("run");
        AtomicInteger steps = new AtomicInteger();
        tuning.tell(event -> steps.addAndGet(event instanceof TrainingEvent.Stepped ? 1 : 0))
                .train(run, () -> steps.get() == 6);
        READERS.add(reader("state", 3, run.resolve("state.safetensors"), Mutation.SAFETENSORS, MutationTest::resumed));
        Path old = copy(run, "run-early");
        earlier(old.resolve("run.json"));
        unchecked(old.resolve("state.safetensors"));
        READERS.add(reader(
                "state of an earlier version",
                5,
                old.resolve("state.safetensors"),
                Mutation.SAFETENSORS,
                MutationTest::resumed));
        READERS.add(reader("run", 5, old.resolve("run.json"), Mutation.JSON, MutationTest::resumed));
        READERS.add(reader("log", 3, old.resolve("events.jsonl"), Mutation.JSON_LINES, file -> TrainingLog.read(file)
                .whole()));
    }

    private static void tables() throws IOException {
        StringBuilder csv = new StringBuilder("text,label\n");
        StringBuilder tsv = new StringBuilder("text\tlabel\n");
        StringBuilder json = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            String label = i % 2 == 0 ? "good" : "bad";
            csv.append("\"so, ")
                    .append(i)
                    .append(" \"\"times\"\"\",")
                    .append(label)
                    .append('\n');
            tsv.append("so ").append(i).append('\t').append(label).append('\n');
            json.append("{\"text\": \"so ")
                    .append(i)
                    .append("\", \"label\": \"")
                    .append(label)
                    .append("\"}\n");
        }
        Path tables = Files.createDirectories(folder.resolve("tables"));
        READERS.add(
                reader("csv", 5, Files.writeString(tables.resolve("a.csv"), csv), Mutation.TEXT, MutationTest::read));
        READERS.add(
                reader("tsv", 3, Files.writeString(tables.resolve("a.tsv"), tsv), Mutation.TEXT, MutationTest::read));
        READERS.add(reader(
                "jsonl",
                5,
                Files.writeString(tables.resolve("a.jsonl"), json),
                Mutation.JSON_LINES,
                MutationTest::read));
        READERS.add(reader(
                "gz",
                5,
                Files.write(
                        tables.resolve("a.csv.gz"),
                        Mutation.packed(csv.toString().getBytes(StandardCharsets.UTF_8))),
                Mutation.GZIP,
                MutationTest::read));
    }

    private static void sweeps() throws IOException {
        Path spec = Files.writeString(folder.resolve("scene/spec.yaml"), """
                model: tiny-bert
                data: glue
                recipe: paper
                tasks: [cola, sts-b]
                samples: {cola: [10, all], sts-b: all}
                methods:
                  lora: lora(rank={rank})
                  head: head
                data-seeds: [111, 222]
                seeds: 42
                vary: {rank: [1, 2]}
                learning-rates: {head: [0.01, 0.001]}
                training: {epochs: 2, batch-size: 8}
                dev-rows: 100
                scales:
                  small: {samples: {cola: [5], sts-b: [5]}, test-rows: 7}
                """);
        READERS.add(
                reader("spec", 8, spec, Mutation.TEXT, file -> SweepSpec.read(file, SweepSpec.Overrides.nothing())));
        Result result = ResultTest.result();
        Cell cell = result.run();
        Path sweep = Files.createDirectories(folder.resolve("sweep"));
        Path run = Files.createDirectories(sweep.resolve("runs").resolve(cell.hash()));
        ResultFile.write(run.resolve("result.json"), result);
        earlier(run.resolve("result.json"));
        new Timing(1.5, 100, 12.5, 0.1, 200, 1).write(run.resolve("timing.json"));
        earlier(run.resolve("timing.json"));
        Path grid = sweep.resolve("grid.json");
        GridFile.write(grid, new Grid(Optional.empty(), Optional.of(base.reading()), List.of(cell)));
        earlier(grid);
        Path packed = Files.createDirectories(folder.resolve("packed")).resolve("sweep.zip");
        new StoredStudy(sweep).pack(packed);
        READERS.add(reader("zip", 4, packed, Mutation.BINARY, MutationTest::reported));
        READERS.add(reader("result", 5, run.resolve("result.json"), Mutation.JSON, file -> reported(sweep)));
        READERS.add(reader("timing", 2, run.resolve("timing.json"), Mutation.JSON, file -> reported(sweep)));
        READERS.add(reader("grid", 3, grid, Mutation.JSON, file -> reported(sweep)));
    }

    private static Reader reader(String name, int share, Path file, Mutation kind, Use use) {
        return new Reader(name, share, file, kind, use);
    }

    private static Path copy(Path from, String name) throws IOException {
        Path to = Files.createDirectories(folder.resolve(name));
        for (Map.Entry<String, byte[]> file : files(from).entrySet()) {
            Files.write(to.resolve(file.getKey()), file.getValue());
        }
        return to;
    }

    private static Map<String, byte[]> files(Path from) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(from)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }

    /** A file as earlier versions wrote it: without a checksum, which would find almost every damage before anything else. */
    private static void earlier(Path file) throws IOException {
        String text = Files.readString(file);
        Files.writeString(file, text.replaceFirst(",\\s*\"contentChecksum\" : \"\\w+\"", ""));
    }

    private static void unchecked(Path state) {
        Map<String, String> metadata = new LinkedHashMap<>(Safetensors.metadata(state));
        metadata.remove("checksum");
        try (Weights weights = Safetensors.read(state)) {
            Safetensors.write(state, weights.asMap(), metadata);
        }
    }

    private static void opened(Path file) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                BaseModel model = BaseModel.open(file.getParent().toString())) {
            int length = Math.min(model.backbone().positions(), 12);
            List<Encoding> texts = model.tokenizer()
                    .encodeAll(List.of(Segments.of("the red parcel, so great"), Segments.of("film", "bad")), length);
            TokenBatch batch = model.backbone().batch(texts);
            Modifications none = new Modifications();
            model.backbone().pool(model.backbone().forward(batch, none, Pass.INFERENCE), batch, model.pooling(), none);
        }
    }

    private static void tokenized(Path file) {
        try (Tokenizer tokenizer = Tokenizer.load(file.getParent())) {
            int length = Math.max(20, tokenizer.minLength());
            Encoding text = tokenizer.encode("where is my Order, ünd so?", Optional.of("great film"), length);
            assertThat(Arrays.stream(text.ids())).allMatch(id -> id >= 0 && id < tokenizer.vocabularySize());
            tokenizer.decode(text.ids());
        }
    }

    private static void loaded(Path file) {
        try (TunedModel model = TunedModel.load(file.getParent(), base)) {
            model.predict("great film");
        }
    }

    private static void resumed(Path file) {
        Run run = Run.reopen(file.getParent());
        run.train(base, run.load(), event -> {}, () -> true).ifPresent(TunedModel::close);
    }

    private static void read(Path file) {
        Labels.of(
                Table.read(file).dataset(new ColumnNames(Optional.empty(), Optional.empty(), Optional.empty(), true)),
                LabelKind.AUTO);
    }

    private static void reported(Path sweep) {
        Report.of(sweep);
    }

    static Stream<Reader> readers() {
        return READERS.stream();
    }

    @ParameterizedTest
    @MethodSource("readers")
    void everyDamageGivesAResultOrOneLine(Reader reader) throws IOException {
        int shares = READERS.stream().mapToInt(Reader::share).sum();
        byte[] whole = Files.readAllBytes(reader.file());
        Path around = reader.file().getParent();
        Map<String, byte[]> before = files(around);
        // Whole, it is read.
        reader.use().of(reader.file());
        Map<String, String> faults = new TreeMap<>();
        for (int number = 0; number < Math.max(20, ALL * reader.share() / shares); number++) {
            byte[] damaged = reader.kind().of(whole, number);
            putBack(around, before);
            Files.write(reader.file(), damaged);
            long size = files(around).values().stream()
                    .mapToLong(bytes -> bytes.length)
                    .sum();
            Optional<String> fault = fault(reader, size);
            if (fault.isPresent()) {
                Path kept = Files.write(folder.resolve(reader.name().replace(' ', '-') + "-" + number), damaged);
                faults.putIfAbsent(fault.get().replaceAll("\\d+", "#"), kept + ": " + fault.get());
            }
        }
        // The next reader may read what lies there too.
        putBack(around, before);
        assertThat(faults.values()).isEmpty();
    }

    /** The folder as it was: a run that is resumed leaves other files. */
    private static void putBack(Path around, Map<String, byte[]> before) throws IOException {
        for (String name : files(around).keySet()) {
            Files.delete(around.resolve(name));
        }
        for (Map.Entry<String, byte[]> file : before.entrySet()) {
            Files.write(around.resolve(file.getKey()), file.getValue());
        }
    }

    /** What a reader did that none may do. */
    private static Optional<String> fault(Reader reader, long size) {
        long start = System.nanoTime();
        long allocated = THREADS.getCurrentThreadAllocatedBytes();
        try {
            reader.use().of(reader.file());
        } catch (InputException e) {
            if (e.getMessage().isBlank() || NO_LINE.matcher(e.getMessage()).find()) {
                return Optional.of("a message for no person: " + e.getMessage());
            }
        } catch (Exception | Error e) {
            return Optional.of(
                    e + " at " + Arrays.stream(e.getStackTrace()).limit(12).toList());
        }
        allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
        if (allocated > ALLOCATED + TIMES * size) {
            return Optional.of("allocates " + allocated + " bytes for a file of " + size);
        }
        Duration spent = Duration.ofNanos(System.nanoTime() - start);
        return spent.compareTo(LONGEST) > 0 ? Optional.of("takes " + spent) : Optional.empty();
    }
}
