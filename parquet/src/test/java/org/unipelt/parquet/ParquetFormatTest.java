package org.unipelt.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;
import org.unipelt.data.ColumnNames;
import org.unipelt.data.Dialect;
import org.unipelt.data.Table;
import org.unipelt.data.TextReader;

/** Tables that pyarrow wrote (tools/parquet_fixture.py). */
class ParquetFormatTest {
    private static final Path FIXTURES = Path.of("src/test/resources/org/unipelt/parquet");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"none", "snappy", "zstd"})
    void readsTextsNumbersAndBooleans(String compression) {
        Table table = Table.read(FIXTURES.resolve(compression + ".parquet"));
        assertThat(table.columns()).containsExactly("text", "label", "grade", "count", "score", "good");
        assertThat(table.rows().stream().map(Table.Row::cells))
                .containsExactly(
                        Arrays.asList("where is my parcel?", "ask", "1", "1099511627776", "0.5", "true"),
                        Arrays.asList("grüße 🙂", "greet", "2", "1", "1.0", "false"),
                        Arrays.asList(null, "ask", null, "2", "2.25", "true"),
                        Arrays.asList("two\nlines\tand a tab", "ask", "4", "3", null, null),
                        Arrays.asList("", "greet", "5", "4", "1.0E-7", "true"),
                        Arrays.asList("last", "ask", "6", "5", "3.0", "false"));
        assertThat(table.rows().get(5).line()).isEqualTo(6);
    }

    @Test
    void streamsTexts() {
        Path file = FIXTURES.resolve("snappy.parquet");
        try (TextReader reader = TextReader.open(file, ColumnNames.textsOnly(), false, Dialect.USUAL)) {
            assertThat(reader.next().stream().map(row -> row.example().map(example -> example.text())))
                    .startsWith(Optional.of("where is my parcel?"), Optional.of("grüße 🙂"), Optional.empty());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lists.parquet | has no column of plain values",
                "empty.parquet | has a header but no rows",
                "gzip.parquet | is compressed with GZIP, which is not supported; write it with SNAPPY, ZSTD or",
                "none.parquet.gone.parquet | there is no such file"
            })
    void refusesWhatItCannotRead(String file, String reason) {
        assertThatThrownBy(() -> Table.read(FIXTURES.resolve(file)))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(file, reason)
                .hasMessageNotContaining("\n");
    }

    @Test
    void refusesADelimiter() {
        Dialect semicolon = new Dialect(Optional.of(";"), Optional.empty());
        assertThatThrownBy(() -> Table.read(FIXTURES.resolve("none.parquet"), semicolon))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is not text, so it has no delimiter");
    }

    /** Random damages end in a table or in one line. */
    @Test
    void survivesDamage() throws IOException {
        byte[] whole = Files.readAllBytes(FIXTURES.resolve("snappy.parquet"));
        Path file = folder.resolve("file.parquet");
        for (int seed = 0; seed < 1000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = seed % 10 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            for (int i = bytes.length == 0 ? 3 : random.nextInt(3); i < 3; i++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            Files.write(file, bytes);
            try {
                Table.read(file);
            } catch (InputException e) {
                assertThat(e).as("seed %d", seed).hasMessageNotContaining("\n");
            }
        }
    }
}
