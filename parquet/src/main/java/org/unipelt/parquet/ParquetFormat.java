package org.unipelt.parquet;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.HydratorSupplier;
import blue.strategic.parquet.ParquetReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.parquet.ParquetRuntimeException;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.Type;
import org.unipelt.InputException;
import org.unipelt.data.TableFormat;

/**
 * Parquet, uncompressed or with Snappy or Zstandard. A column of texts, numbers or booleans is a column of the table; lists and structures are left out. Reads one
 * row group at a time.
 */
public final class ParquetFormat implements TableFormat {
    /** The compressions that the library reads without Hadoop. */
    private static final Set<CompressionCodecName> READABLE =
            EnumSet.of(CompressionCodecName.UNCOMPRESSED, CompressionCodecName.SNAPPY, CompressionCodecName.ZSTD);

    /** Creates the format; {@link java.util.ServiceLoader} calls this. */
    public ParquetFormat() {}

    @Override
    public String ending() {
        return ".parquet";
    }

    /** Opens a file; only one whose columns are all lists or structures is refused besides damaged ones. */
    @Override
    public Rows open(Path file) {
        Objects.requireNonNull(file, "file is null");
        try {
            ParquetMetadata metadata = ParquetReader.readMetadata(file.toFile());
            refuseUnreadable(file, metadata);
            List<String> columns = metadata.getFileMetaData().getSchema().getFields().stream()
                    .filter(field -> field.isPrimitive() && !field.isRepetition(Type.Repetition.REPEATED))
                    .map(Type::getName)
                    .toList();
            if (columns.isEmpty()) {
                throw new InputException(
                        file + ": has no column of plain values; write texts and labels as columns of their own");
            }
            // The library takes an empty set of names for all columns.
            Set<String> wanted = new TreeSet<>(columns);
            return new OpenFile(
                    file,
                    columns,
                    ParquetReader.spliterator(file.toFile(), HydratorSupplier.constantly(new Cells(columns)), wanted));
        } catch (IOException | RuntimeException e) {
            throw explained(file, e);
        }
    }

    private static void refuseUnreadable(Path file, ParquetMetadata metadata) {
        for (BlockMetaData rows : metadata.getBlocks()) {
            for (ColumnChunkMetaData column : rows.getColumns()) {
                if (!READABLE.contains(column.getCodec())) {
                    throw new InputException(file + ": is compressed with " + column.getCodec()
                            + ", which is not supported; write it with SNAPPY, ZSTD or without compression");
                }
            }
        }
    }

    /** Collects a row's values as texts. */
    private record Cells(List<String> columns) implements Hydrator<String[], List<String>> {
        @Override
        public String[] start() {
            return new String[columns.size()];
        }

        @Override
        public String[] add(String[] row, String column, Object value) {
            row[columns.indexOf(column)] = value == null ? null : value.toString();
            return row;
        }

        @Override
        public List<String> finish(String[] row) {
            return Arrays.asList(row);
        }
    }

    private record OpenFile(Path file, List<String> columns, ParquetReader<String[], List<String>> rows)
            implements Rows {
        @Override
        public Optional<List<String>> next() {
            List<List<String>> next = new ArrayList<>();
            try {
                rows.tryAdvance(next::add);
            } catch (RuntimeException e) {
                throw explained(file, e);
            }
            return next.stream().findFirst();
        }

        @Override
        public void close() {
            try {
                rows.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The library reports damage by many kinds of exception, some of them Java's own. */
    private static InputException explained(Path file, Exception e) {
        if (e instanceof InputException known) {
            return known;
        }
        boolean unreadable = e instanceof IOException && !(e.getCause() instanceof ParquetRuntimeException);
        return new InputException(
                file + (unreadable ? ": cannot be read" : ": is damaged or not Parquet")
                        + "; check the file, or write it again",
                e);
    }
}
