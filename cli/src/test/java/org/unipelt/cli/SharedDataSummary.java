package org.unipelt.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.regex.Pattern;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestPlan;

/**
 * Says at the end of the tests of the last module that has any how many tests this build skipped in all modules for want of
 * shared data; nothing where none was. A build with {@code -q} would be silent about them.
 */
public final class SharedDataSummary implements TestExecutionListener {
    /** How the reason begins that {@code Repository.shared} of the library's tests gives. */
    static final String REASON = "no shared data: ";

    private static final Pattern SKIPPED = Pattern.compile("TestAbortedException: Assumption failed: " + REASON);

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        String start = System.getProperty("build.start");
        // Not in a development environment, which has no builds and no reports.
        if (start != null) {
            long skipped = skipped(Path.of("..").toAbsolutePath().normalize(), Instant.parse(start));
            if (skipped > 0) {
                System.out.println(
                        skipped + (skipped == 1 ? " test was" : " tests were") + " skipped for want of data in "
                                + System.getProperty("shared.dir", "../shared")
                                + "; -Dshared.dir=FOLDER names another folder, and CONTRIBUTING.md says what it holds");
            }
        }
    }

    /** The tests of every module below a folder that were skipped for this reason since a time. */
    static long skipped(Path root, Instant since) {
        long skipped = 0;
        try (DirectoryStream<Path> modules = Files.newDirectoryStream(root, Files::isDirectory)) {
            for (Path module : modules) {
                Path reports = module.resolve("target/surefire-reports");
                if (Files.isDirectory(reports)) {
                    skipped += skippedIn(reports, since);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return skipped;
    }

    private static long skippedIn(Path reports, Instant since) throws IOException {
        long skipped = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(reports, "TEST-*.xml")) {
            for (Path file : files) {
                if (!Files.getLastModifiedTime(file).toInstant().isBefore(since)) {
                    skipped += SKIPPED.matcher(Files.readString(file)).results().count();
                }
            }
        }
        return skipped;
    }
}
