package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedDataSummaryTest {
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    Path root;

    @Test
    void countsWhatThisBuildSkippedForThatReasonInEveryModule() throws IOException {
        report("one", "TEST-a.xml", START, SharedDataSummary.REASON + "there is no /x/glue", 3);
        report("one", "TEST-b.xml", START.plusSeconds(60), SharedDataSummary.REASON + "there is no /x/xsum", 1);
        report("two", "TEST-c.xml", START.plusSeconds(90), SharedDataSummary.REASON + "there is no /x/glue", 2);
        report("two", "TEST-earlier.xml", START.minusSeconds(1), SharedDataSummary.REASON + "there is no /x/glue", 5);
        report("two", "TEST-other.xml", START.plusSeconds(90), "no chromedriver", 7);
        Files.createDirectories(root.resolve("three/src"));
        assertThat(SharedDataSummary.skipped(root, START)).isEqualTo(6);
    }

    @Test
    void theReasonIsTheOneThatTheLibrarysTestsGive() throws IOException {
        assertThat(Files.readString(Path.of("../core/src/test/java/org/unipelt/Repository.java")))
                .contains("\"" + SharedDataSummary.REASON);
    }

    private void report(String module, String name, Instant written, String reason, int times) throws IOException {
        Path folder = Files.createDirectories(root.resolve(module).resolve("target/surefire-reports"));
        String skipped = "<skipped type=\"org.opentest4j.TestAbortedException\"><![CDATA["
                + "org.opentest4j.TestAbortedException: Assumption failed: " + reason + "\n\tat X]]></skipped>\n";
        Path file = Files.writeString(folder.resolve(name), skipped.repeat(times));
        Files.setLastModifiedTime(file, FileTime.from(written));
    }
}
