package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.runtime.Engine;
import org.unipelt.testkit.TinyBert;

/**
 * Trainings and comparisons that end at random moments, by {@code kill -9}, by SIGTERM, or as the disk is full or
 * read-only. What is gone on with then leaves the files, to the byte, of one that was left alone; whatever is refused
 * is so in one line. {@code -Dcrash.ends=100} lets more processes end than usual.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
@Tag("slow")
class CrashTest {
    private static final int ENDS = Integer.getInteger("crash.ends", 5);
    private static final long SEED = Long.getLong("crash.seed", 13);

    @TempDir
    static Path home;

    private static Path base;
    private static Path table;
    private static Work training;
    private static Work comparison;

    /**
     * A command that leaves a folder, the files of an uninterrupted one, and how long it works after its first word.
     */
    private record Work(List<Object> command, Path whole, long millis) {
        static Work of(String name, String words, String data) throws IOException, InterruptedException {
            Path whole = home.resolve("whole-" + name);
            List<Object> command = new ArrayList<>(List.of(words.split(" ")));
            command.addAll(List.of(data, table, "--model", base));
            Work work = new Work(command, whole, 0);
            Process process = start(work.into(whole));
            assertThat(process.getErrorStream().read()).isPositive();
            long before = System.nanoTime();
            String said = rest(process);
            assertThat(process.waitFor()).as(said).isZero();
            return new Work(work.command(), whole, (System.nanoTime() - before) / 1_000_000);
        }

        /** What is typed to begin in a folder, or to go on in it. */
        Object[] into(Path folder) {
            if (Files.exists(folder.resolve("run.json"))) {
                return new Object[] {"train", "--resume", folder, "--threads", threads()};
            }
            List<Object> words = new ArrayList<>(command);
            words.addAll(List.of("--out", folder, "--threads", threads()));
            return words.toArray();
        }

        /** A training that was ended between its last file and its exit has nothing left to do. */
        boolean isDone(Path folder) {
            return command.get(0).equals("train") && Files.exists(folder.resolve("adapter.json"));
        }

        /** Goes on to the end, and compares. */
        void complete(Path folder) throws IOException {
            if (!isDone(folder)) {
                Shell.Outcome last = Shell.run(into(folder));
                assertThat(last.code()).as(last.err()).isZero();
            }
            if (command.get(0).equals("train")) {
                Shell.Outcome again = Shell.run("train", "--resume", folder);
                assertThat(again.code()).isEqualTo(2);
                assertThat(again.err()).contains("this run is finished");
            }
            assertThat(files(folder)).isEqualTo(files(whole));
        }
    }

    @BeforeAll
    static void begin() throws IOException, InterruptedException {
        base = TinyBert.write(home.resolve("tiny-bert"));
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 60; i++) {
            rows.append(i % 3 == 0 ? "awful film w" : "great film w").append(i % 20);
            rows.append(i % 3 == 0 ? "\tbad\n" : "\tgood\n");
        }
        table = Files.writeString(home.resolve("films.tsv"), rows);
        training = Work.of(
                "training",
                "train --method unipelt-al --epochs 15 --max-length 16 --keep best --patience 15",
                "--train");
        comparison =
                Work.of("comparison", "compare --methods probe,lora --runs 2 --epochs 4 --max-length 16", "--train");
    }

    @Test
    void killedAtRandomMoments() throws IOException, InterruptedException {
        Random random = new Random(SEED);
        Map<String, Integer> ends = new TreeMap<>();
        for (int i = 0, number = 0; i < ENDS; number++) {
            Work work = number % 2 == 0 ? training : comparison;
            Path folder = home.resolve("killed-" + number);
            for (int inOne = random.nextInt(1, 4); inOne > 0 && i < ENDS; inOne--, i++) {
                boolean softly = random.nextInt(4) == 0;
                String how = end(work, folder, softly, random);
                ends.merge(work.command().get(0) + " " + how, 1, Integer::sum);
                if (how.equals("came to its end") || work.isDone(folder)) {
                    break;
                }
            }
            work.complete(folder);
        }
        System.out.println("Processes ended at random moments, all gone on with to the same bytes: " + ends);
    }

    /** Starts a process that goes on, and ends it at a random moment. */
    private static String end(Work work, Path folder, boolean softly, Random random)
            throws IOException, InterruptedException {
        Process process = start(work.into(folder));
        boolean early = random.nextInt(8) == 0;
        long millis = early ? random.nextLong(800) : random.nextLong(work.millis() + 50);
        if (!early) {
            process.getErrorStream().read();
        }
        if (!process.waitFor(millis, TimeUnit.MILLISECONDS)) {
            // By the handle: the process itself would close the stream of its errors.
            if (softly) {
                process.toHandle().destroy();
            } else {
                process.toHandle().destroyForcibly();
            }
        }
        String said = rest(process);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        // Its first letter may have been read.
        assertThat(said).doesNotContain("nipelt: ");
        return switch (process.exitValue()) {
            case 0 -> "came to its end";
            case 128 + 9 -> "killed";
            case 128 + 15 -> "terminated";
            default -> throw new AssertionError("exit " + process.exitValue() + ": " + said);
        };
    }

    @Test
    void whileOneTrainsAnotherIsRefused() throws IOException, InterruptedException {
        Path folder = home.resolve("living");
        List<Object> words = new ArrayList<>(training.command());
        words.addAll(List.of("--out", folder));
        words.set(words.indexOf("--epochs") + 1, 2_000);
        words.set(words.indexOf("--patience") + 1, 2_000);
        Process process = start(words.toArray());
        try {
            while (!Files.exists(folder.resolve("state.safetensors")) && process.isAlive()) {
                Thread.sleep(20);
            }
            Map<String, String> before = files(folder);
            for (Object[] again : List.of(training.into(folder), words.toArray())) {
                Shell.Outcome second = Shell.run(again);
                assertThat(second.code()).isEqualTo(2);
                assertThat(second.err())
                        .isEqualTo("unipelt: " + folder + ": process " + process.pid()
                                + " is using this folder; wait for it or stop it\n");
            }
            assertThat(files(folder)).isEqualTo(before);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** The disk takes ever more before it is full, until all finds room. */
    @Test
    void onAFullDisk() throws IOException, InterruptedException {
        Path disk = Files.createDirectory(home.resolve("disk"));
        for (Work work : List.of(training, comparison)) {
            boolean done = false;
            int fulls = 0;
            for (int pages = 1; !done; pages += 1 + pages / 2) {
                assumeTrue(mount(disk, "size=" + 4 * pages + "k"), "may not mount");
                try {
                    Path folder = disk.resolve("out");
                    Shell.Outcome full = Shell.run(work.into(folder));
                    done = full.code() == 0;
                    if (!done) {
                        fulls++;
                        refused(full, "No space left on device");
                    }
                    assertThat(mount(disk, "remount,size=50m")).isTrue();
                    work.complete(folder);
                } finally {
                    ended("umount", disk.toString());
                }
            }
            System.out.println("Disks that were full, " + work.command().get(0) + ": " + fulls);
            assertThat(fulls).isGreaterThan(4);
        }
    }

    /** So it is where nothing can be mounted: no file may grow beyond a limit. */
    @Test
    void atTheLimitOfAFilesSize() throws IOException, InterruptedException {
        for (int blocks : List.of(0, 40)) {
            Path folder = home.resolve("limited-" + blocks);
            List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -f " + blocks + "; exec \"$@\"", "sh"));
            command.addAll(command(training.into(folder)));
            command.add(5, "-XX:-UsePerfData");
            Process process = new ProcessBuilder(command).start();
            String said = rest(process);
            assertThat(process.waitFor()).as(said).isEqualTo(2);
            refused(new Shell.Outcome(2, "", said), "File too large");
            training.complete(folder);
        }
    }

    @Test
    void inAReadOnlyFolder() throws IOException, InterruptedException {
        Path disk = Files.createDirectory(home.resolve("read-only"));
        assumeTrue(mount(disk, "size=50m"), "may not mount");
        try {
            for (Work work : List.of(training, comparison)) {
                Path folder = disk.resolve(work.whole().getFileName());
                // Nothing, then an unfinished one.
                for (int i = 0; i < 2; i++) {
                    Map<String, String> before = files(disk);
                    assertThat(mount(disk, "remount,ro")).isTrue();
                    refused(Shell.run(work.into(folder)), "read-only", "Read-only");
                    assertThat(files(disk)).isEqualTo(before);
                    assertThat(mount(disk, "remount,rw")).isTrue();
                    if (i == 0) {
                        Process process = start(work.into(folder));
                        process.getErrorStream().read();
                        process.waitFor(work.millis() / 2, TimeUnit.MILLISECONDS);
                        process.destroyForcibly().waitFor();
                    }
                }
                work.complete(folder);
            }
        } finally {
            ended("umount", disk.toString());
        }
    }

    private static void refused(Shell.Outcome outcome, String... why) {
        assertThat(outcome.code()).as(outcome.err()).isEqualTo(2);
        assertThat(outcome.err().lines().filter(line -> line.startsWith("unipelt: ")))
                .as(outcome.err())
                .hasSize(1)
                .allMatch(line -> Arrays.stream(why).anyMatch(line::contains))
                .noneMatch(line -> line.contains("an error inside"));
    }

    /** Every file of a folder by its name, with what it holds unless that tells of times. */
    private static Map<String, String> files(Path folder) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(file).toString();
                boolean timed = name.matches("(.*/)?(events.jsonl|timing.json|state.safetensors)");
                byte[] bytes = timed ? new byte[0] : Files.readAllBytes(file);
                files.put(name, bytes.length + " bytes, " + Arrays.hashCode(bytes));
            }
        }
        return files;
    }

    private static int threads() {
        return Engine.workers().count();
    }

    private static Process start(Object... args) throws IOException {
        return new ProcessBuilder(command(args))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static List<String> command(Object... args) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
        Arrays.stream(args).map(Object::toString).forEach(command::add);
        return command;
    }

    private static String rest(Process process) throws IOException {
        try (InputStream err = process.getErrorStream()) {
            return new String(err.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static boolean mount(Path disk, String options) throws InterruptedException {
        return ended("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk.toString()) == 0;
    }

    private static int ended(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return -1;
        }
    }
}
