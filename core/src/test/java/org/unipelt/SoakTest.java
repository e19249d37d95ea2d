package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Memory does not grow: {@link Soak} in a process of its own. {@code -Dsoak.steps=10000} is the form of docs/trust.md, and
 * prints its figures; without it a small form runs, which sees a leak of ten kilobytes a step.
 */
@EnabledOnOs(OS.LINUX)
class SoakTest {
    private static final int SMALL = 400;

    @TempDir
    Path work;

    @Test
    void memoryDoesNotGrow() throws IOException, InterruptedException {
        int steps = Integer.getInteger("soak.steps", SMALL);
        Path log = work.resolve("said");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // The heap is there from the start: what grows then is native.
                        "-Xms96m",
                        "-Xmx96m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Soak.class.getName(),
                        Files.createDirectory(work.resolve("work")).toString(),
                        Integer.toString(steps))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(300 + steps / 5, TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
        List<String> lines = Files.readAllLines(log);
        assertThat(ended && process.exitValue() == 0)
                .as(String.join("\n", lines))
                .isTrue();
        for (String what : List.of("steps", "predictions", "loads")) {
            long[] kib = lines.stream()
                    .filter(line -> line.startsWith(what + "\t"))
                    .flatMap(line -> Arrays.stream(line.split("\t")).skip(1))
                    .mapToLong(Long::parseLong)
                    .toArray();
            assertThat(kib).hasSize(3);
            if (steps != SMALL) {
                System.out.printf(
                        "%s: %.1f, %.1f, %.1f MiB%n", what, kib[0] / 1024.0, kib[1] / 1024.0, kib[2] / 1024.0);
            }
            // In few steps, what the JVM itself still compiles is more than any leak: a MiB or two.
            assertThat(kib[2]).as(what).isLessThan(kib[1] + Math.max(kib[1] / 100, steps == SMALL ? 2 * 1024 : 0));
        }
    }
}
