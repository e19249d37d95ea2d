package org.unipelt.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;

final class TextReaderTest {
    private static final ColumnNames USUAL = ColumnNames.textsOnly();

    @TempDir
    Path folder;

    /** The same line again and again, without end. */
    @SuppressWarnings("InputStreamSlowMultibyteRead") // A test's.
    private static final class Endless extends InputStream {
        private final byte[] line;
        private long read;

        Endless(String line) {
            this.line = line.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public int available() {
            return Integer.MAX_VALUE;
        }

        @Override
        public int read() {
            return line[(int) (read++ % line.length)];
        }
    }

    @Test
    void aStreamIsReadNoFurtherThanItIsAskedFor() {
        try (TextReader reader = TextReader.of("standard input", new Endless("so good\n"), false, Dialect.USUAL)) {
            for (int part = 0; part < 5; part++) {
                assertThat(reader.next()).hasSize(1024);
            }
        }
        try (TextReader reader =
                TextReader.of("standard input", new Endless("long".repeat(1 << 18) + "\n"), false, Dialect.USUAL)) {
            assertThat(reader.next().size()).as("texts of a MiB in a part").isLessThan(10);
        }
    }

    /** An input from which nothing more comes unless somebody waits for it. */
    @Test
    void whatHasComeIsNotHeldBack() {
        InputStream slow = new InputStream() {
            private final byte[] lines = "one\ntwo\n".getBytes(StandardCharsets.UTF_8);
            private int place;

            @Override
            public int available() {
                return place >= lines.length ? 0 : 4 - place % 4;
            }

            @Override
            public int read() {
                return place < lines.length ? lines[place++] : -1;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                int count = Math.min(length, available());
                System.arraycopy(lines, place, buffer, offset, count);
                place += count;
                return count == 0 ? -1 : count;
            }
        };
        // As a pipe that is written line by line: a read gives what one write put in.
        InputStream waiting = new FilterInputStream(slow) {
            @Override
            public int available() {
                return 0;
            }
        };
        try (TextReader reader = TextReader.of("standard input", waiting, false, Dialect.USUAL)) {
            assertThat(reader.next()).singleElement().matches(row -> row.line() == 1);
            assertThat(reader.next()).singleElement().matches(row -> row.line() == 2);
            assertThat(reader.next()).isEmpty();
        }
    }

    @Test
    void everyLineAndEveryRowThatIsNotBlankHasItsPlace() throws IOException {
        String many = "a\n".repeat(2000);
        List<TextReader.Row> lines = rows(open("a.txt", many + "\nb\n"));
        assertThat(lines).hasSize(2002);
        assertThat(lines.get(2000)).matches(TextReader.Row::blank).matches(row -> row.line() == 2001);
        List<TextReader.Row> table = rows(open("a.tsv", "text\n" + many + "\na\tb\nlast\n"));
        assertThat(table).hasSize(2002);
        assertThat(table.get(2000).problem()).contains("has 2 columns where the header has 1");
        assertThat(table.get(2000).line()).isEqualTo(2003);
        assertThat(table.get(2001).example().orElseThrow().text()).isEqualTo("last");
        assertThatThrownBy(() -> rows(open("b.txt", "\n\n")))
                .isInstanceOf(InputException.class)
                .hasMessageEndingWith("b.txt: holds no text; give one text a line");
        assertThatThrownBy(() -> open("b.tsv", "text\n")).hasMessageContaining("has a header but no rows");
    }

    @Test
    void aLineThatIsTooLongIsNotKeptAndTheNextIsRead() {
        String longLine = "x".repeat(3 << 20);
        InputStream in = new ByteArrayInputStream((longLine + "\nshort\n").getBytes(StandardCharsets.UTF_8));
        try (TextReader reader = TextReader.of("standard input", in, false, Dialect.USUAL)) {
            List<TextReader.Row> rows = reader.next();
            assertThat(rows.get(0).problem())
                    .contains("the line is longer than 1 MiB; shorten it, or set" + " unipelt.limit.line higher");
            assertThat(rows.get(1).example().orElseThrow().text()).isEqualTo("short");
        }
    }

    @Test
    void everyFormatGivesTheTextsOfTheTable() throws IOException {
        List<String> texts = IntStream.range(0, 3000).mapToObj(i -> "text " + i).toList();
        String tsv = "label\ttext\nx\t" + String.join("\nx\t", texts) + "\n";
        StringBuilder json = new StringBuilder("{\"label\": 1, \"text\": \"text 0\"}\n");
        // A column that comes late is one of every row.
        texts.subList(1, 3000).forEach(text -> json.append("{\"text\": \"" + text + "\", \"late\": 1}\n"));
        assertThat(all(open("a.tsv", tsv))).isEqualTo(texts);
        assertThat(all(open("a.csv", tsv.replace("\t", ",")))).isEqualTo(texts);
        assertThat(all(open("a.jsonl", json.toString()))).isEqualTo(texts);
        assertThat(all(open("a.txt", tsv))).isEqualTo(texts);
        assertThat(all(open("a", String.join("\n", texts)))).isEqualTo(texts);
        assertThat(all(TextReader.of(
                        new Dataset("x", texts.stream().map(Example::of).toList()))))
                .isEqualTo(texts);
    }

    @Test
    void aTextFileIsATableOnlyIfItsFirstLineNamesColumns() throws IOException {
        assertThat(open("a.txt", "text\tlabel\nfine\t1\n").columns()).isPresent();
        assertThat(open("b.txt", "review\tLabel\nfine\t1\n").columns()).isPresent();
        assertThat(open("c.txt", "id\treview\n1\tfine\n", USUAL.withText("review"))
                        .columns())
                .isPresent();
        assertThat(open("d.txt", "text\nfine\n").columns()).as("a single word").isEmpty();
        assertThat(open("e.txt", "a\ttab in a text\n").columns()).isEmpty();
        assertThat(open("f.txt", "the label on the text\n").columns()).isEmpty();
        assertThat(open("g.log", "text\tlabel\nfine\t1\n").columns())
                .as("another ending")
                .isEmpty();
    }

    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void linesMayComeThroughAPipe() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
        Thread writer = new Thread(() -> {
            try {
                Files.writeString(pipe, "one\ntwo\n");
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        writer.start();
        assertThat(all(TextReader.open(pipe, USUAL, false, Dialect.USUAL))).containsExactly("one", "two");
        writer.join();
    }

    private TextReader open(String name, String content) throws IOException {
        return open(name, content, USUAL);
    }

    private TextReader open(String name, String content, ColumnNames names) throws IOException {
        return TextReader.open(Files.writeString(folder.resolve(name), content), names, false, Dialect.USUAL);
    }

    private static List<String> all(TextReader reader) {
        return rows(reader).stream()
                .map(row -> row.example().orElseThrow().text())
                .toList();
    }

    private static List<TextReader.Row> rows(TextReader reader) {
        List<TextReader.Row> rows = new ArrayList<>();
        try (reader) {
            for (List<TextReader.Row> part = reader.next(); !part.isEmpty(); part = reader.next()) {
                rows.addAll(part);
            }
        }
        return rows;
    }
}
