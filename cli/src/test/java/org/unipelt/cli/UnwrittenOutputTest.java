package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.testkit.TinyBert;

/** A command that says it went well has written its result. */
class UnwrittenOutputTest {
    private static final File FULL = new File("/dev/full");

    @TempDir
    static Path home;

    private static Path base;
    private static Path table;
    private static Path model;
    private static Path compared;

    @BeforeAll
    static void write() throws IOException {
        base = TinyBert.write(home.resolve("tiny-bert"));
        table = Files.writeString(home.resolve("films.tsv"), MistakeScene.GOOD + "so good\tgood\n".repeat(30));
        model = home.resolve("model");
        ran(
                "train",
                "--train",
                table,
                "--model",
                base,
                "--method",
                "unipelt-al",
                "--epochs",
                1,
                "--max-length",
                16,
                "--out",
                model);
        compared = home.resolve("compared");
        ran(compare());
    }

    private static Object[] compare() {
        return new Object[] {
            "compare",
            "--train",
            table,
            "--model",
            base,
            "--methods",
            "probe",
            "--runs",
            1,
            "--max-length",
            16,
            "--out",
            compared
        };
    }

    private static void ran(Object... args) {
        Shell.Outcome outcome = Shell.run(args);
        assertThat(outcome.code()).as(outcome.err()).isZero();
    }

    static Stream<List<Object>> commands() {
        return Stream.of(
                        List.of("--help"),
                        List.of("--version"),
                        List.of("methods"),
                        List.of("methods", "--json"),
                        List.of("predict", model, "a joy"),
                        List.of("predict", model, "--data", table, "--all"),
                        List.of("predict", model, "a joy", "--json"),
                        List.of("evaluate", model, "--data", table),
                        List.of("evaluate", model, "--data", table, "--json"),
                        List.of("gates", model, "--data", table),
                        List.of("gates", model, "--data", table, "--per-example"),
                        List.of("report", compared, "--format", "markdown"),
                        List.of("report", compared, "--format", "csv"),
                        List.of("report", compared),
                        List.of("sweep", "status", compared),
                        List.of("sweep", "status", compared, "--json"),
                        List.of(compare()),
                        training("--quiet"),
                        training("--json"))
                .map(List::<Object>copyOf);
    }

    private static List<Object> training(String how) {
        return List.of(
                "train",
                "--train",
                table,
                "--model",
                base,
                "--method",
                "head",
                "--epochs",
                1,
                "--max-length",
                16,
                "--out",
                home.resolve("trained-" + System.nanoTime()),
                how);
    }

    private record Outcome(int code, String err) {}

    private static Outcome run(OutputStream to, List<Object> args) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(new ResultStream(to), false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                80,
                false,
                "unipelt");
        int code = Main.run(args.stream().map(Object::toString).toArray(String[]::new), console);
        return new Outcome(code, err.toString(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void aFullDiskIsAnError(List<Object> args) throws IOException {
        assumeTrue(FULL.exists(), "no " + FULL);
        try (OutputStream full = new FileOutputStream(FULL)) {
            Outcome outcome = run(full, args);
            assertThat(outcome.err().lines().filter(line -> line.startsWith("unipelt: ")))
                    .containsExactly("unipelt: the output could not be written: No space left on device");
            assertThat(outcome.code()).isEqualTo(1);
        }
        if (args.contains("--out")) {
            Path folder = (Path) args.get(args.indexOf("--out") + 1);
            assertThat(folder.equals(compared) ? folder.resolve("best") : folder)
                    .as("what the command was to leave")
                    .isDirectoryContaining("glob:**/adapter.json");
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void aReaderThatHasGoneIsNone(List<Object> args) throws IOException {
        OutputStream gone = new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        Outcome outcome = run(gone, args);
        assertThat(outcome.err()).doesNotContain("unipelt: ");
        assertThat(outcome.code()).isZero();
    }

    @Test
    void soItIsInAProcess() throws Exception {
        assumeTrue(FULL.exists(), "no " + FULL);
        Process full = process("methods").redirectOutput(FULL).start();
        assertThat(new String(full.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("unipelt: the output could not be written: No space left on device\n");
        assertThat(full.waitFor()).isEqualTo(1);

        // More than fits into a pipe.
        Path texts = Files.writeString(home.resolve("texts.txt"), "so good\n".repeat(30_000));
        Process head = process("predict", model, "--data", texts).start();
        head.getInputStream().read();
        head.getInputStream().close();
        assertThat(new String(head.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(head.waitFor()).isZero();
    }

    private static ProcessBuilder process(Object... args) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
        Arrays.stream(args).map(Object::toString).forEach(command::add);
        return new ProcessBuilder(command);
    }
}
