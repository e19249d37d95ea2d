package org.unipelt.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;

final class TableTest {
    private static final ColumnNames USUAL = ColumnNames.textsAndLabels();

    @TempDir
    Path folder;

    @Test
    void everyFormatGivesTheSameExamples() throws IOException {
        String tsv = "text\tlabel\nso \"good\", really\tpos\nnaïve 😀\tneg\n";
        String csv = "text,label\r\n\"so \"\"good\"\", really\",pos\r\nnaïve 😀,neg\r\n";
        String json = """
                {"text": "so \\"good\\", really", "label": "pos"}
                {"label": "neg", "text": "na\\u00efve 😀"}
                """;
        Dataset expected = read("a.tsv", tsv);
        assertThat(expected.examples())
                .containsExactly(
                        new Example("so \"good\", really", Optional.empty(), Optional.of("pos"), 2),
                        new Example("naïve 😀", Optional.empty(), Optional.of("neg"), 3));
        for (Dataset other : new Dataset[] {
            read("a.txt", tsv), read("a.csv", csv), read("a.jsonl", json), read("a.ndjson", json), read("a.json", json)
        }) {
            assertThat(other.fingerprint()).as(other.name()).isEqualTo(expected.fingerprint());
        }
        for (String name : new String[] {"z.tsv.gz", "z.csv.gz", "z.jsonl.gz"}) {
            String content = name.contains("tsv") ? tsv : name.contains("csv") ? csv : json;
            Path file = write(name, gzip(content));
            assertThat(Table.read(file).dataset(USUAL).fingerprint()).as(name).isEqualTo(expected.fingerprint());
        }
    }

    @Test
    void aByteOrderMarkWindowsLineEndsAndATrailingBlankLineAreNoMatter() throws IOException {
        Dataset dataset = read("a.tsv", "\uFEFFtext\tlabel\r\nfine\t1\r\nnot\t0\r\n\r\n\t\r\n");
        assertThat(dataset).hasSize(2);
        assertThat(dataset.get(1).label()).contains("0");
        assertThat(read("b.jsonl", "\uFEFF{\"text\": \"a\", \"label\": 1}\n\n")
                        .get(0)
                        .label())
                .contains("1");
        assertThat(read("c.csv", "\uFEFFtext,label\n\"a\",1\n,\n\n")).hasSize(1);
        assertThat(read("d.tsv", "text\tlabel\nfine\t1").get(0).line()).isEqualTo(2);
    }

    @Test
    void aQuotedCellMayHoldLineBreaksAndLaterLinesAreStillCountedRight() throws IOException {
        Path file = write("a.csv", "text,label\n\"one\ntwo\r\nthree\",x\nfour,y\nfive,\nsix,z");
        assertThatThrownBy(() -> Table.read(file).dataset(USUAL))
                .hasMessage(file + ": 1 bad row; correct or remove it, or skip it with --skip-bad-rows:\n  " + file
                        + ":6: the label in column 'label' is missing");
        Dataset dataset = Table.read(file).dataset(ColumnNames.textsOnly());
        assertThat(dataset.examples().stream().map(Example::line)).containsExactly(2, 5, 6, 7);
        assertThat(dataset.get(0).text()).isEqualTo("one\ntwo\nthree");
    }

    @Test
    void everyKindOfLineEndCountsAsOneLine() throws IOException {
        for (String name : new String[] {"a.tsv", "a.csv"}) {
            String row = name.endsWith("tsv") ? "a\t1" : "a,1";
            Path file = write(
                    name, String.join("\r", row.replace("a", "text").replace("1", "label"), row, "", row) + "\r\n");
            assertThat(Table.read(file).dataset(USUAL).examples().stream().map(Example::line))
                    .as("a blank line counts, and is skipped")
                    .containsExactly(2, 4);
            write(name, row.replace("a", "text").replace("1", "label") + "\r" + row + "\r\n" + row + "\n" + row + "\r");
            assertThat(Table.read(file).dataset(USUAL).examples().stream().map(Example::line))
                    .containsExactly(2, 3, 4);
        }
    }

    @Test
    void aCsvMayHaveSemicolonsOrTabs() throws IOException {
        String rows = "text,label\n\"one;two\tand three\",x\nfour,y\n".replace(",", "\u0001");
        List<Example> expected = read("a.csv", rows.replace("\u0001", ",")).examples();
        for (String divider : new String[] {";", "\t"}) {
            assertThat(read("b.csv", rows.replace("\u0001", divider)).examples())
                    .isEqualTo(expected);
        }
        assertThat(read("c.csv", "text,label,of;me,\"a;b;c;d\"\nfine,x,y,z\n")
                        .get(0)
                        .text())
                .as("of a header with both the more frequent one, outside quotes")
                .isEqualTo("fine");
        Path file = write("d.tsv", rows.replace("\u0001", "|"));
        Dialect bars = new Dialect(Optional.of("|"), Optional.empty());
        assertThat(Table.read(file, bars).dataset(USUAL).examples()).isEqualTo(expected);
        assertThat(new Dialect(Optional.of("\\t"), Optional.empty()).delimiter())
                .contains("tab");
    }

    @Test
    void anotherEncodingIsReadWhereItIsNamed() throws IOException {
        Path file = folder.resolve("a.tsv");
        Files.write(file, "text\tlabel\n\u20ac 5 f\u00fcr\tgut\n".getBytes("windows-1252"));
        Dialect windows = new Dialect(Optional.empty(), Optional.of("windows-1252"));
        assertThat(Table.read(file, windows).dataset(USUAL).get(0).text()).isEqualTo("\u20ac 5 f\u00fcr");
        Dialect chinese = new Dialect(Optional.empty(), Optional.of("gb18030"));
        Files.write(file, "text\tlabel\n\u5f88\u597d\tgut\n".getBytes("gb18030"));
        assertThat(Table.read(file, chinese).dataset(USUAL).get(0).text()).isEqualTo("\u5f88\u597d");
        // 0x81 is nothing in this encoding.
        Files.write(file, new byte[] {'t', 'e', 'x', 't', '\t', 'l', 'a', 'b', 'e', 'l', '\n', 'a', (byte) 0x81, '\n'});
        assertThatThrownBy(() -> Table.read(file, windows).dataset(USUAL))
                .hasMessageContaining(":2: is not windows-1252 near 'a'; check --encoding");
    }

    @Test
    void badRowsAreSkippedAndToldWhereThatIsWanted() throws IOException {
        Path file = write("a.tsv", "text\tlabel\nfine\tx\nalone\n\n\ty\nso\tz\n");
        Preparation skipping = new Preparation(Dialect.USUAL, true, false, 1);
        List<String> remarks = new ArrayList<>();
        assertThat(skipping.read(file, USUAL, remarks::add).examples().stream().map(Example::line))
                .containsExactly(2, 6);
        assertThat(remarks)
                .containsExactly("skipped: " + file + ": 2 bad rows:\n  " + file
                        + ":3: has 1 column where the header has 2\n  " + file
                        + ":5: the text in column 'text' is empty");
        Path none = write("b.tsv", "text\tlabel\nalone\n");
        assertThatThrownBy(() -> skipping.read(none, USUAL, remarks::add)).hasMessageContaining("1 bad row");
    }

    @Test
    void badRowsAreToldTogetherInTheFilesOrder() throws IOException {
        Path file = folder.resolve("bad.tsv");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write("text\tlabel\ngood\t1\nalone\n \t1\nfine\t\n".getBytes(StandardCharsets.UTF_8));
        bytes.write("caf\u00e9\t0\n".getBytes(StandardCharsets.ISO_8859_1));
        bytes.write("\na\tb\tc\nzero\0\t1\nlast\t0\n".getBytes(StandardCharsets.UTF_8));
        Files.write(file, bytes.toByteArray());
        assertThatThrownBy(() -> Table.read(file).dataset(USUAL))
                .isInstanceOf(InputException.class)
                .hasMessage(String.join(
                        "\n",
                        file + ": 6 bad rows; correct or remove them, or skip them with --skip-bad-rows:",
                        "  " + file + ":3: has 1 column where the header has 2",
                        "  " + file + ":4: the text in column 'text' is empty",
                        "  " + file + ":5: the label in column 'label' is missing",
                        "  " + file + ":6: is not UTF-8 near 'caf'; save the file as UTF-8, or name its encoding with"
                                + " --encoding (in Windows-1252 the next character is 'é')",
                        "  " + file + ":8: has 3 columns where the header has 2",
                        "  " + file + ":9: holds a zero byte; is this text?"));
    }

    @Test
    void noMoreThanTwentyBadRowsAreShown() throws IOException {
        String rows = IntStream.range(0, 35).mapToObj(i -> "\t1\n").collect(Collectors.joining());
        Path file = write("a.tsv", "text\tlabel\n" + rows);
        assertThatThrownBy(() -> Table.read(file).dataset(USUAL))
                .hasMessageStartingWith(file
                        + ": 35 bad rows; correct or remove them, or skip them with --skip-bad-rows (the first 20 are"
                        + " shown):\n")
                .hasMessageContaining(":21: ")
                .hasMessageNotContaining(":22: ");
    }

    @Test
    void malformedUtf8InACsvCellIsFoundOnItsRow() throws IOException {
        Path file =
                write("a.csv", "text,label\nok,1\n\"two\nl\u00efnes\",1\nok,0\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> Table.read(file).dataset(USUAL))
                .hasMessageContaining("\n  " + file + ":3: is not UTF-8 near 'l'; save the file as UTF-8")
                .hasMessageContaining("1 bad row;");
    }

    @Test
    void quotesThatNeverCloseAreOneBadRow() throws IOException {
        Path file = write("a.csv", "text,label\nok,1\n\"open,0\nnext,1\n");
        assertThatThrownBy(() -> Table.read(file).dataset(USUAL))
                .hasMessageContaining(file + ":3: its quotes do not match");
        Path other = write("b.csv", "text,label\nok,1\n\"a\"b,0\nnext,1\n");
        assertThatThrownBy(() -> Table.read(other).dataset(USUAL))
                .hasMessageContaining(other + ":3: its quotes do not match");
    }

    @Test
    void badJsonIsToldLineByLine() throws IOException {
        Path file = write("a.jsonl", """
                {"text": "ok", "label": 1}
                {"text": "cut
                [1, 2]
                {"text": "twice", "text": "twice", "label": 1}
                {"text": "more"} {"text": "more"}
                {"text": ["list"], "label": 0}
                {"label": 0}
                {"text": "x", "label": null}
                {"text": "half \\ud83d", "label": 1}
                {"text": "x", "label": NaN}
                """);
        assertThatThrownBy(() -> Table.read(file).dataset(USUAL)).satisfies(thrown -> {
            String[] lines = thrown.getMessage().split("\n");
            assertThat(lines).hasSize(10);
            assertThat(lines[1]).startsWith("  " + file + ":2: is not JSON: ");
            assertThat(lines[2]).isEqualTo("  " + file + ":3: is not a JSON object but ARRAY");
            assertThat(lines[3]).startsWith("  " + file + ":4: is not JSON: the key 'text' appears twice");
            assertThat(lines[4]).startsWith("  " + file + ":5: is not JSON: ");
            assertThat(lines[5]).isEqualTo("  " + file + ":6: has no text under 'text'");
            assertThat(lines[6]).isEqualTo("  " + file + ":7: has no text under 'text'");
            assertThat(lines[7]).isEqualTo("  " + file + ":8: the label in column 'label' is missing");
            assertThat(lines[8]).endsWith(":9: the text in column 'text' holds half a surrogate pair");
            assertThat(lines[9]).startsWith("  " + file + ":10: is not JSON: unexpected 'NaN' in column");
        });
    }

    @Test
    void jsonNumbersAndBooleansAreLabelsAsWritten() throws IOException {
        Dataset dataset = read("a.jsonl", """
                {"text": "a", "label": 3}
                {"text": "b", "label": 3.50}
                {"id": 7, "text": "c", "label": true}
                """);
        assertThat(dataset.examples().stream().map(e -> e.label().orElseThrow()))
                .containsExactly("3", "3.50", "true");
    }

    @Test
    void jsonThatIsOneArrayIsExplained() throws IOException {
        Path file = write("a.json", "[{\"text\": \"a\", \"label\": 1}]");
        assertThatThrownBy(() -> Table.read(file)).hasMessageContaining("is one JSON array; write JSON Lines instead");
    }

    @Test
    void filesThatCannotBeReadAreOneLine() throws IOException {
        refused(folder.resolve("none.tsv")).hasMessageContaining("there is no such file");
        refused(folder).hasMessageContaining("ending");
        refused(Files.createDirectory(folder.resolve("dir.tsv"))).hasMessageContaining("is a folder");
        refused(write("a.xlsx", "x")).hasMessageContaining("the ending does not say what this is");
        refused(write("a.tsv", "")).hasMessageContaining("is empty");
        refused(write("b.tsv", "\n\n")).hasMessageContaining("is empty");
        refused(write("a.csv", "")).hasMessageContaining("is empty");
        refused(write("a.jsonl", "\n")).hasMessageContaining("is empty");
        refused(write("c.tsv", "text\tlabel\n")).hasMessageContaining("has a header but no rows");
        refused(write("d.tsv", "a\0b\n")).hasMessageContaining("is a binary file");
        refused(write("e.tsv", gzip("text\tlabel\na\tb\n"))).hasMessageContaining("is compressed by gzip");
        refused(write("f.csv", "PK\u0003\u0004...")).hasMessageContaining("is a zip file or a spreadsheet");
        refused(write("g.csv", "text,label\na,b\n".getBytes(StandardCharsets.UTF_16)))
                .hasMessageContaining("is UTF-16");
        refused(write("h.tsv.gz", "text\tlabel\n")).hasMessageContaining("is not a whole gzip file");
        refused(write("i.tsv.gz", "")).hasMessageContaining("is not a whole gzip file");
    }

    @Test
    void aDamagedGzipIsOneLine() throws IOException {
        String content = IntStream.range(0, 20_000)
                .mapToObj(i -> "text number " + i * 7919L % 104729 + "\t" + i % 2 + "\n")
                .collect(Collectors.joining("", "text\tlabel\n", ""));
        byte[] whole = gzip(content);
        byte[] damaged = whole.clone();
        Arrays.fill(damaged, whole.length / 2, whole.length / 2 + 64, (byte) 0xFF);
        for (String ending : new String[] {".tsv.gz", ".csv.gz", ".jsonl.gz"}) {
            refused(write("cut" + ending, Arrays.copyOf(whole, whole.length - 9)))
                    .hasMessageEndingWith("is not a whole gzip file; download or compress it again");
        }
        refused(write("cut.tsv.gz", Arrays.copyOf(whole, whole.length / 2))).hasMessageEndingWith("compress it again");
        refused(write("damaged.csv.gz", damaged)).hasMessageEndingWith("compress it again");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text,label",
                "sentence,label",
                "id,review,label",
                ",review,label",
                "label,Text",
                "text,other,Label",
                "index,title,LABEL"
            })
    void theTextColumnIsFound(String header) throws IOException {
        String row = Arrays.stream(header.split(",", -1))
                .map(name -> name.equalsIgnoreCase("label")
                        ? "y"
                        : name.matches("(?i)text|sentence|review|title") ? "x" : "-")
                .collect(Collectors.joining(","));
        Example example = read("a.csv", header + "\n" + row + "\n").get(0);
        assertThat(example.text()).isEqualTo("x");
        assertThat(example.pair()).isEmpty();
        assertThat(example.label()).contains("y");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text,text_pair",
                "sentence1,sentence2",
                "question1,question2",
                "premise,hypothesis",
                "question,sentence"
            })
    void theUsualCouplesArePairs(String couple) throws IOException {
        Example example = read("a.csv", "id," + couple + ",label\n1,a,b,y\n").get(0);
        assertThat(example.text()).isEqualTo("a");
        assertThat(example.pair()).contains("b");
        String first = couple.split(",")[0];
        assertThat(Table.read(folder.resolve("a.csv"))
                        .dataset(USUAL.withText(first))
                        .get(0)
                        .pair())
                .isEmpty();
        assertThat(Table.read(folder.resolve("a.csv"))
                        .dataset(USUAL.withPair(couple.split(",")[1]))
                        .get(0)
                        .text())
                .isEqualTo("a");
    }

    @Test
    void namedColumnsAreTaken() throws IOException {
        Path file = write("a.csv", "text,title,body,stars\nw,x,y,z\n");
        Columns columns =
                Table.read(file).choose(USUAL.withText("title").withPair("Body").withLabel("stars"));
        assertThat(columns.text()).isEqualTo(new Column(1, "title"));
        assertThat(columns.pair()).contains(new Column(2, "body"));
        assertThat(Table.read(file).dataset(columns).get(0))
                .isEqualTo(new Example("x", Optional.of("y"), Optional.of("z"), 2));
    }

    @Test
    void columnsThatCannotBeFoundAreToldWithThoseThereAre() throws IOException {
        Path file = write("a.csv", "title,body,stars\nx,y,z\n");
        Table table = Table.read(file);
        assertThatThrownBy(() -> table.choose(USUAL.withText("tittle").withLabel("stars")))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        file + ": there is no column 'tittle' for the text; did you mean 'title'? columns: title, body,"
                                + " stars; choose one with --text (in a spec: columns: {text: NAME})");
        assertThatThrownBy(() -> table.choose(USUAL))
                .hasMessage(file + ": there is no column 'label' for the label; columns: title, body, stars; choose one"
                        + " with --label (in a spec: columns: {label: NAME})");
        assertThatThrownBy(() -> table.choose(USUAL.withLabel("stars")))
                .hasMessage(file + ": which column holds the text? none is called 'text' or 'sentence'; columns:"
                        + " title, body, stars; choose one with --text (in a spec: columns: {text: NAME})");
        assertThatThrownBy(() -> table.choose(USUAL.withText("title").withLabel("title")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is asked for twice");
        Table twice = Table.read(write("b.csv", "text,text,label\nx,y,z\n"));
        assertThatThrownBy(() -> twice.choose(USUAL)).hasMessageContaining("2 columns are called 'text'");
        Table bars = Table.read(write("c.csv", "text|label\nx|y\n"));
        assertThatThrownBy(() -> bars.choose(USUAL)).hasMessageContaining("the header looks divided by '|'");
    }

    @Test
    void messagesStayShortWhateverTheCellsHold() throws IOException {
        String page = "so it goes on\n".repeat(1000);
        Table table = Table.read(write("a.csv", "\"" + page + "\",label\nx,a\ny,\"" + page + "\"\n"));
        assertThatThrownBy(() -> table.choose(USUAL.withText("nothing")))
                .hasMessageContaining("columns: so it goes on so it goes on so it goes o…, label; choose");
        Dataset dataset = table.dataset(USUAL);
        assertThatThrownBy(() -> new Labels.Classes(List.of("a", "b")).check(dataset))
                .satisfies(thrown -> {
                    assertThat(thrown.getMessage().lines()).hasSize(2);
                    assertThat(thrown.getMessage().length()).isLessThan(1000);
                });
    }

    @Test
    void otherKindsOfFilesAreKnownBySight() throws IOException {
        refused(write("a.csv", "\"text\"|\"label\"\n\"so| good\"|\"1\"\n"))
                .hasMessageEndingWith(
                        "a.csv:1: its quotes do not match, and the header looks divided by '|'; say so with"
                                + " --delimiter");
        refused(write("b.csv", "text|label\n\"so| good\"|1\n")).hasMessageContaining("looks divided by '|'");
        // Commas within the quotes are none between cells.
        refused(write("c.csv", "\"text, or so\"|\"label\"\na|1\n")).hasMessageContaining("looks divided by '|'");
        refused(write("d.tsv", "text\tlabel\na\t1\n".getBytes(StandardCharsets.UTF_16LE)))
                .hasMessageEndingWith("is UTF-16; save it as UTF-8");
        refused(write("e.csv", "<!DOCTYPE html>\n<html>\n")).hasMessageContaining("is a web page or XML, not a table");
        refused(write("f.jsonl", "version https://git-lfs.github.com/spec/v1\noid sha256:12\n"))
                .hasMessageEndingWith("is a git-lfs pointer, not the file itself; run git lfs pull");
        refused(write("g.csv", "%PDF-1.7\n")).hasMessageContaining("is a PDF");
        refused(write("h.csv", new byte[] {(byte) 0xD0, (byte) 0xCF, 0x11, (byte) 0xE0}))
                .hasMessageContaining("is an old Office file");
        refused(write("i.tsv", new byte[] {(byte) 0xFD, '7', 'z', 'X', 'Z', 0}))
                .hasMessageEndingWith("is compressed by xz; unpack it");
    }

    @Test
    void whatCannotBeSeenIsBlank() throws IOException {
        for (String nothing : new String[] {"\u00a0", "\u200b", " \ufeff\u2003", "\u0007"}) {
            refused(write("a.tsv", "text\tlabel\n" + nothing + "\t1\nb\t0\n"))
                    .hasMessageEndingWith("a.tsv:2: the text in column 'text' is empty");
            refused(write("b.jsonl", "{\"text\": \"a\", \"label\": \"" + nothing.replace("\u0007", "") + "\"}\n"))
                    .hasMessageEndingWith("b.jsonl:1: the label in column 'label' is missing");
        }
    }

    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aPipeWithoutAWriterIsRefusedAndNotWaitedFor() throws IOException, InterruptedException {
        Path pipe = folder.resolve("a.tsv");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
        refused(pipe).hasMessage(pipe + ": is a pipe or a device; write the table to a file first");
        assertThatThrownBy(() -> TextReader.open(pipe, ColumnNames.textsOnly(), false, Dialect.USUAL))
                .hasMessage(pipe + ": is a pipe or a device; write the table to a file first");
    }

    @Test
    void aTableOfShortLinesIsRefusedAtTheLineWhereItIsTooMuch() throws IOException {
        // 40 MB of text in 40 KB of gzip, and ten times as much in memory.
        Path file = write("a.tsv.gz", gzip("text\tlabel\n" + "a\tb\n".repeat(10_000_000)));
        within("table", "16", () -> assertThatThrownBy(() -> Table.read(file))
                .isInstanceOf(InputException.class)
                .hasMessageMatching(
                        "(?s).*a\\.tsv\\.gz:5\\d{4}: the table takes more than 16 MiB of memory up to here; give"
                                + " fewer rows, or give Java more, as in JDK_JAVA_OPTIONS=-Xmx16g, or set unipelt.limit.table"
                                + " higher"));
    }

    @Test
    void badRowsAreCountedAndNotKept() throws IOException {
        Path file = write("a.jsonl.gz", gzip("1\n".repeat(2_000_000) + "{\"text\": \"x\", \"label\": \"y\"}\n"));
        within("table", "16", () -> refused(file)
                .hasMessageContaining("2000000 bad rows; correct or remove them")
                .hasMessageContaining(":20: is not a JSON object")
                .hasMessageNotContaining(":21: "));
    }

    @Test
    void aLineOrARowThatIsTooLongIsRefusedByItsNumber() throws IOException {
        String mebibyte = "x".repeat(1 << 20);
        within("line", "1", () -> {
            refused(write("a.tsv", "text\tlabel\na\t1\n" + mebibyte + "\t0\n"))
                    .hasMessageEndingWith(
                            "a.tsv:3: the line is longer than 1 MiB; shorten it, or set unipelt.limit.line higher");
            // A quote that never closes takes in line after line.
            refused(write("a.csv", "text,label\na,1\n\"" + "many short lines\n".repeat(70_000)))
                    .hasMessageContaining("a.csv:3: the row is longer than 1 MiB, or its quotes do not match");
        });
        within("line", "2", () -> assertThat(read("b.tsv", "text\tlabel\n" + mebibyte + "\t0\n"))
                .hasSize(1));
        within("line", "none", () -> assertThatThrownBy(() -> Table.read(folder.resolve("b.tsv")))
                .hasMessage("unipelt.limit.line is 'none'; give a whole number from 1 to 1024"));
    }

    @Test
    void moreClassesThanTheLimitAreRefused() throws IOException {
        List<String> names = List.of("a", "b", "c", "d");
        within("classes", "3", () -> assertThatThrownBy(() -> new Labels.Classes(names))
                .hasMessage("there are 4 classes, which is more than 3; choose another label column, or set"
                        + " unipelt.limit.classes higher"));
        assertThat(new Labels.Classes(names).outputs()).isEqualTo(4);
    }

    /** Something that may fail to read. */
    private interface Reading {
        void run() throws IOException;
    }

    private static void within(String limit, String value, Reading reading) throws IOException {
        System.setProperty("unipelt.limit." + limit, value);
        try {
            reading.run();
        } finally {
            System.clearProperty("unipelt.limit." + limit);
        }
    }

    @Test
    void aLineWithoutEndIsRefusedBeforeItFillsTheMemory() throws IOException {
        byte[] line = new byte[(1 << 20) + 2];
        Arrays.fill(line, (byte) 'x');
        assertThatThrownBy(() -> Table.read(write("a.tsv", line)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(":1: the line is longer than 1 MiB");
    }

    @Test
    void tablesWithoutHeaderNumberTheirColumns() throws IOException {
        Table table = Table.readWithoutHeader(write("a.tsv", "s1\t1\t\tfine\ns2\t0\t*\tnot\n"));
        assertThat(table.columns()).containsExactly("1", "2", "3", "4");
        Dataset dataset = table.dataset(USUAL.withText("4").withLabel("2"));
        assertThat(dataset.get(0)).isEqualTo(new Example("fine", Optional.empty(), Optional.of("1"), 1));
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(Path file) {
        return assertThatThrownBy(() -> Table.read(file).dataset(USUAL))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file + ":");
    }

    private Dataset read(String name, String content) throws IOException {
        return Table.read(write(name, content)).dataset(USUAL);
    }

    private Path write(String name, String content) throws IOException {
        return write(name, content.getBytes(StandardCharsets.UTF_8));
    }

    private Path write(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private static byte[] gzip(String content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    @Test
    void aWrongEncodingIsShownInThreeRows() throws IOException {
        Path file = folder.resolve("latin.csv");
        Files.write(file, ("text,label\n" + "gr\u00fc\u00dfe,a\n".repeat(30)).getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> Table.read(file).dataset(ColumnNames.textsAndLabels()))
                .hasMessageContainingAll("30 bad rows", "(the first 3 are shown):", ":4: is not UTF-8 near 'gr'")
                .hasMessageNotContaining(":5:");
    }
}
