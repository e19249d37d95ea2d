package org.unipelt.experiment.report;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.unipelt.experiment.report.Report.Format;
import org.unipelt.files.AtomicFile;

/**
 * What a report consists of, whatever it is about.
 *
 * @param heading the title, then the summary, a paragraph each
 * @param tables its tables
 * @param page makes its page
 */
record Contents(List<String> heading, List<ReportTable> tables, Supplier<String> page) {
    /** Writes the report, all of it or nothing. */
    void write(Path file, Format format) {
        byte[] bytes = format.text(this).getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(file, channel -> {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        });
    }
}
