package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C, in a process of its own. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class InterruptionTest {
    @TempDir
    Path folder;

    @Test
    void aSignalSavesAndTheRunGoesOn() throws IOException, InterruptedException {
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 20; i++) {
            rows.append("message number ")
                    .append(i)
                    .append('\t')
                    .append(i % 2 == 0 ? "even" : "odd")
                    .append('\n');
        }
        Path table = Files.writeString(folder.resolve("numbers.tsv"), rows);
        Path model = folder.resolve("model");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Main.class.getName(),
                        "train",
                        "--train=" + table,
                        "--method=head",
                        "--epochs=30",
                        "--keep=best",
                        "--patience=30",
                        "--threads=2",
                        "--out=" + model))
                .redirectErrorStream(true)
                .start();
        StringBuilder said = new StringBuilder();
        try (InputStream out = process.getInputStream()) {
            // After the first epoch, in the midst of training.
            for (int next = out.read(); next >= 0 && said.indexOf("epoch 1/30") < 0; next = out.read()) {
                said.append((char) next);
            }
            // TERM goes the same way as Ctrl-C's INT, to which processes started from a background job are deaf.
            new ProcessBuilder("kill", "-TERM", Long.toString(process.pid()))
                    .start()
                    .waitFor();
            said.append(new String(out.readAllBytes(), StandardCharsets.UTF_8));
        }
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said.toString()).isEqualTo(143);
        assertThat(said)
                .contains("stopped and saved; to continue:\n  unipelt train --resume " + model + " --threads 2");

        Shell.Outcome resumed = Shell.run("train", "--resume", model, "--json");
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(resumed.err()).contains("continues after step");
        assertThat(resumed.json().get("epochs").asInt()).isEqualTo(30);
    }
}
