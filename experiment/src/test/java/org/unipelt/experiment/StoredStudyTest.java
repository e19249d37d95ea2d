package org.unipelt.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.experiment.report.Report;
import org.unipelt.files.WholeFile;

class StoredStudyTest {
    @TempDir
    Path home;

    private Path study;
    private Path zip;
    private List<Cell> cells;

    /** A sweep with two finished runs, one that is begun, and one that is not. */
    @BeforeEach
    void makeUpAStudy() throws IOException {
        study = home.resolve("study");
        zip = home.resolve("study.zip");
        cells = List.of(cell(111), cell(222), cell(333), cell(444));
        Path spec = Files.writeString(home.resolve("spec.yaml"), "model: made-up\n");
        Store store = new Store(study);
        store.begin(Optional.of(spec), new Grid(Optional.empty(), Optional.empty(), cells));
        for (Cell cell : cells.subList(0, 2)) {
            store.finish(new Outcome(result(cell), new Timing(1, 1, 1, 1, 2, 1)), false);
        }
        Files.createDirectories(store.work(cells.get(2).hash()));
    }

    private static Cell cell(long dataSeed) {
        Cell one = ResultTest.result().run();
        return new Cell(
                one.model(),
                one.task(),
                one.samples(),
                one.method(),
                one.text(),
                dataSeed,
                one.seed(),
                one.vary(),
                one.training(),
                one.devRows(),
                one.testRows(),
                one.data(),
                one.base());
    }

    private static Result result(Cell cell) {
        Result one = ResultTest.result();
        return new Result(
                cell,
                one.metric(),
                one.scores(),
                one.failed(),
                one.epochs(),
                one.bestEpoch(),
                one.stoppedBy(),
                one.trainedParameters(),
                one.paperParameters(),
                one.backboneParameters(),
                one.curve(),
                one.gates(),
                one.test());
    }

    private static List<String> names(Path zip) throws IOException {
        try (ZipFile file = new ZipFile(zip.toFile())) {
            return file.stream().map(ZipEntry::getName).toList();
        }
    }

    private static Map<String, byte[]> contents(Path zip) throws IOException {
        Map<String, byte[]> contents = new LinkedHashMap<>();
        try (ZipFile file = new ZipFile(zip.toFile())) {
            for (ZipEntry entry : file.stream().toList()) {
                contents.put(entry.getName(), file.getInputStream(entry).readAllBytes());
            }
        }
        return contents;
    }

    private Path zipOf(String name, Map<String, byte[]> contents) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : contents.entrySet()) {
                out.putNextEntry(new ZipEntry(entry.getKey()));
                out.write(entry.getValue());
            }
        }
        return Files.write(home.resolve(name), bytes.toByteArray());
    }

    @Test
    void aZipTellsWhatTheFolderTells() {
        assertThat(new StoredStudy(study).pack(zip))
                .isEqualTo(new StoredStudy.Packed(4, 2, zip.toFile().length()));
        for (Report.Format format : Report.Format.values()) {
            assertThat(Report.of(zip).text(format)).isEqualTo(Report.of(study).text(format));
        }
        Progress progress = new StoredStudy(zip).read(Progress::of);
        assertThat(progress.table()).isEqualTo(Progress.of(new Store(study)).table());
        assertThat(progress.done()).isEqualTo(2);
        // What was only begun is not kept.
        assertThat(progress.stopped()).isZero();
        assertThat(progress.left()).isEqualTo(2);
    }

    @Test
    void itHoldsFinishedRunsAndNothingElse() throws IOException {
        String one = cells.get(0).hash();
        for (String other : List.of(
                "lock",
                "report.html",
                "best/adapter.json",
                "best/result.json",
                "runs/" + one + "/model/adapter.json",
                "runs/" + one + "/.result.json.0f8fad5b-d9cb-469f-a165-70867728950e.part",
                "runs/" + cells.get(2).hash() + "/timing.json",
                String.join("/", "runs", cells.get(2).hash(), "work", "events.jsonl"),
                "runs/0123456789abcdef/result.json")) {
            Path file = study.resolve(other);
            Files.createDirectories(file.getParent());
            Files.writeString(file, "{}");
        }
        new StoredStudy(study).pack(zip);
        List<String> expected = new ArrayList<>(List.of("grid.json", "sweep.yaml"));
        cells.subList(0, 2).forEach(cell -> {
            expected.add("runs/" + cell.hash() + "/result.json");
            expected.add("runs/" + cell.hash() + "/timing.json");
        });
        assertThat(names(zip)).isEqualTo(expected.stream().sorted().toList());
    }

    @Test
    void theSameStudyGivesTheSameBytes() throws IOException {
        new StoredStudy(study).pack(zip);
        byte[] bytes = Files.readAllBytes(zip);
        // The files are those of another day, and the machine is on another continent.
        for (Map.Entry<String, byte[]> file : contents(zip).entrySet()) {
            Path copy = home.resolve("copy").resolve(file.getKey());
            Files.createDirectories(copy.getParent());
            Files.write(copy, file.getValue());
            Files.setLastModifiedTime(copy, FileTime.fromMillis(1_000_000_000_000L));
        }
        TimeZone before = TimeZone.getDefault();
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Apia"));
            Path again = home.resolve("again.zip");
            new StoredStudy(home.resolve("copy")).pack(again);
            assertThat(again).hasBinaryContent(bytes);
            // A zip that another program made is packed anew.
            Path other = zipOf("other.zip", contents(zip));
            assertThat(Files.readAllBytes(other)).isNotEqualTo(bytes);
            new StoredStudy(other).pack(other);
            assertThat(other).hasBinaryContent(bytes);
        } finally {
            TimeZone.setDefault(before);
        }
    }

    @Test
    void aDamagedResultIsNotPacked() throws IOException {
        Path result = new Store(study).resultFile(cells.get(1).hash());
        Files.writeString(result, Files.readString(result).replace("0.25", "0.75"));
        refused(() -> new StoredStudy(study).pack(zip), result + ": was changed or damaged since it was written");
        assertThat(zip).doesNotExist();
    }

    @Test
    void aStudyWithoutAnyResultIsNotPacked() throws IOException {
        refused(() -> new StoredStudy(home).pack(zip), home + ": holds no sweep");
        refused(() -> new StoredStudy(study).pack(study), study + ": is no name of a zip; give one that ends in .zip");
        refused(() -> new StoredStudy(study).pack(home.resolve("no/study.zip")), "its folder does not exist");
        for (Cell cell : cells.subList(0, 2)) {
            Files.delete(new Store(study).resultFile(cell.hash()));
        }
        refused(() -> new StoredStudy(study).pack(zip), study + ": no run has ended yet");
        assertThat(zip).doesNotExist();
    }

    @Test
    void aZipThatCannotBeReadIsRefusedInOneLine() throws IOException {
        refused(() -> Report.of(zip), zip + ": there is no such file; check the path");
        new StoredStudy(study).pack(zip);
        byte[] bytes = Files.readAllBytes(zip);
        for (String name : List.of("half.zip", "half.ZIP")) {
            Path half = Files.write(home.resolve(name), Arrays.copyOf(bytes, bytes.length / 2));
            refused(() -> Report.of(half), half + ": is no whole zip file (", "restore it, or make it anew");
        }
        Path text = Files.writeString(home.resolve("text.zip"), "not a zip");
        refused(() -> Report.of(text), text + ": is no whole zip file (");
        Path empty = zipOf("empty.zip", Map.of("a.txt", bytes));
        refused(() -> Report.of(empty), empty + ": holds no sweep; make such a zip with 'unipelt sweep pack'");
        Map<String, byte[]> below = new LinkedHashMap<>();
        contents(zip).forEach((name, content) -> below.put("table1/" + name, content));
        Path down = zipOf("down.zip", below);
        refused(
                () -> Report.of(down),
                down + ": its sweep is one folder down, in table1; unzip it, and pack that folder with");
    }

    @Test
    void aDamagedFileInsideIsNamedWithItsZip() throws IOException {
        new StoredStudy(study).pack(zip);
        Map<String, byte[]> contents = contents(zip);
        String name = "runs/" + cells.get(0).hash() + "/result.json";
        String whole = new String(contents.get(name), StandardCharsets.UTF_8);
        contents.put(name, whole.replace("0.25", "0.75").getBytes(StandardCharsets.UTF_8));
        Path changed = zipOf("changed.zip", contents);
        refused(() -> Report.of(changed), changed + ": " + name + ": was changed or damaged since it was written");
    }

    @Test
    void noNameInsideLeadsOutside() throws IOException {
        new StoredStudy(study).pack(zip);
        Map<String, byte[]> contents = contents(zip);
        contents.put("../escaped.json", "{}".getBytes(StandardCharsets.UTF_8));
        contents.put("/etc/escaped.json", "{}".getBytes(StandardCharsets.UTF_8));
        Path out = zipOf("out.zip", contents);
        refused(() -> Report.of(out), out + ": is no whole zip file (");
        assertThat(home.resolve("escaped.json")).doesNotExist();
        assertThat(home.resolveSibling("escaped.json")).doesNotExist();
    }

    @Test
    void aFileInsideHasTheLimitOfAFile() throws IOException {
        new StoredStudy(study).pack(zip);
        Map<String, byte[]> contents = contents(zip);
        String name = "runs/" + cells.get(0).hash() + "/result.json";
        contents.put(name, new byte[2 << 20]);
        Path large = zipOf("large.zip", contents);
        assertThat(large.toFile().length()).isLessThan(10_000);
        System.setProperty(WholeFile.LIMIT, "1");
        try {
            refused(() -> Report.of(large), large + ": " + name + ": is longer than 1 MiB");
        } finally {
            System.clearProperty(WholeFile.LIMIT);
        }
    }

    @Test
    void readingChangesNoZip() throws IOException {
        new StoredStudy(study).pack(zip);
        Map<String, byte[]> contents = contents(zip);
        contents.put("lock", "1\n".getBytes(StandardCharsets.UTF_8));
        contents.put(String.join("/", "runs", cells.get(3).hash(), "work", "events.jsonl"), new byte[0]);
        Path locked = zipOf("locked.zip", contents);
        byte[] before = Files.readAllBytes(locked);
        Progress progress = new StoredStudy(locked).read(Progress::of);
        assertThat(progress.running()).isZero();
        assertThat(progress.stopped()).isEqualTo(1);
        Report.of(locked);
        assertThat(locked).hasBinaryContent(before);
    }

    @Test
    void nothingIsWrittenIntoAZip() throws IOException {
        refused(() -> new StoredStudy(zip).toWrite(), zip + ": is a zip, which is only read; name a folder with --out");
        // A folder may have such a name.
        Path folder = Files.createDirectories(home.resolve("folder.zip"));
        assertThat(new StoredStudy(folder).toWrite().folder()).isEqualTo(folder);
        assertThat(new StoredStudy(study).toWrite().folder()).isEqualTo(study);
    }

    private static void refused(ThrowingCallable reading, String... said) {
        assertThatThrownBy(reading)
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(said)
                .hasMessageNotContaining("\n");
    }
}
