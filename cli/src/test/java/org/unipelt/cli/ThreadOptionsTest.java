package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.runtime.Engine;

class ThreadOptionsTest {
    private Properties before;

    @BeforeEach
    void keepProperties() {
        before = (Properties) System.getProperties().clone();
    }

    @AfterEach
    void restoreProperties() {
        System.setProperties(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "quickstart --samples 3",
                "train --train nix.tsv",
                "train --resume nix",
                "sweep nix.yaml",
                "compare --train nix.tsv",
                "evaluate nix --data nix.tsv",
                "predict nix text",
                "serve nix",
                "gates nix --data nix.tsv",
                "import nix --out nix",
                "export nix --format peft --out nix",
                "report nix"
            })
    void everyCommandThatComputesTakesThem(String line) {
        Shell.Outcome outcome = Shell.run((Object[]) (line + " --threads 3").split(" "));
        assertThat(outcome.err()).doesNotContain("--threads").contains("unipelt: ");
        assertThat(System.getProperty(Engine.THREADS)).isEqualTo("3");
        assertThat(Shell.run(line.split(" ")[0], "--help").out()).contains("--threads=N");
    }

    @ParameterizedTest
    @ValueSource(strings = {"methods", "sweep status nix", "sweep pack nix --out nix.zip"})
    void whatComputesNothingDoesNot(String line) {
        assertThat(Shell.run((Object[]) (line + " --threads 3").split(" ")).err())
                .contains("unknown option '--threads'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-2"})
    void thereIsAtLeastOne(String count) {
        Shell.Outcome outcome = Shell.run("predict", "nix", "text", "--threads", count);
        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err())
                .isEqualToIgnoringNewLines(
                        "unipelt: --threads must be at least 1, got " + count + "; see unipelt predict --help");
        assertThat(System.getProperty(Engine.THREADS)).isEqualTo(before.getProperty(Engine.THREADS));
    }

    @Test
    void soManyThreadsComputeAndTokenise() throws Exception {
        assertThat(threads("predict", "nix", "text", "--threads", "3")).isEqualTo("3 and 3");
        assertThat(threads("predict", "nix", "text", "--threads", "1")).isEqualTo("1 and 1");
    }

    /** How many workers the engine has after a command, and how many threads tokenise, in a process of its own. */
    private static String threads(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                ThreadsProcess.class.getName()));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said.strip();
    }

    /** Runs a command, then says how many threads there are. */
    static final class ThreadsProcess {
        private ThreadsProcess() {}

        /** The arguments are the command's. */
        public static void main(String[] args) {
            Main.run(args, Console.ofProcess());
            System.out.println(Engine.workers().count() + " and " + parallel());
        }

        /** How many threads a parallel stream has, as the tokenizer takes one. */
        private static long parallel() {
            return IntStream.range(0, 200)
                    .parallel()
                    .mapToObj(i -> {
                        try {
                            Thread.sleep(1);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        return Thread.currentThread().getName();
                    })
                    .distinct()
                    .count();
        }
    }
}
