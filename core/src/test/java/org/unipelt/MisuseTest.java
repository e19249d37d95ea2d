package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs {@link Misuse} in a process of its own: a crash or a deadlock there is a failed test here, and tells at which case.
 * {@code -Dmisuse.times=100} repeats the cases of chance so often.
 */
class MisuseTest {
    @TempDir
    Path work;

    @Test
    void noMisuseEndsTheProcess() throws IOException, InterruptedException {
        int times = Integer.getInteger("misuse.times", 6);
        Path log = work.resolve("said");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx1g",
                        "-XX:ErrorFile=" + work.resolve("crash"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Misuse.class.getName(),
                        Files.createDirectory(work.resolve("work")).toString(),
                        Integer.toString(times))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(180 + 10L * times, TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
        List<String> lines = Files.readAllLines(log);
        String all = String.join("\n", lines);
        assertThat(ended).as("a deadlock after:\n" + all).isTrue();
        assertThat(process.exitValue()).as("a crash after:\n" + all).isZero();
        assertThat(lines).as(all).last().isEqualTo("all done");
        assertThat(lines.stream().filter(line -> line.startsWith("end\t")))
                .allMatch(line -> line.endsWith("\tas it must"));
    }
}
