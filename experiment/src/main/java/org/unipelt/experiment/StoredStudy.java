package org.unipelt.experiment;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipOutputStream;
import org.unipelt.InputException;
import org.unipelt.files.AtomicFile;
import org.unipelt.files.WholeFile;

/**
 * A study on the disk: the folder of a sweep, or one zip file with the layout of that folder. A zip is read as a file system
 * and never unpacked, so no name in it leads outside.
 *
 * @param path the folder or the zip, which may not exist yet
 */
public record StoredStudy(Path path) {
    private static final String ZIP = ".zip";

    /** JDK 25 and later then refuse to write; earlier ones ignore this, and nothing here writes. */
    private static final Map<String, String> READ_ONLY = Map.of("accessMode", "readOnly");

    /**
     * The time of every entry. With the first moment of 1980, which stands for all earlier ones, an entry would also store the
     * time in UTC, and so depend on the time zone.
     */
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

    /** Checks that the path is not null. */
    public StoredStudy {
        Objects.requireNonNull(path, "path is null");
    }

    /**
     * What a packed study holds.
     *
     * @param runs number of runs of its grid
     * @param done how many of them have a result, which is in the zip
     * @param bytes length of the zip
     */
    public record Packed(int runs, int done, long bytes) {}

    private record Draft(int runs, int done, byte[] bytes) {}

    /** Whether it is a zip by its name, and not a folder of such a name. */
    public boolean isZip() {
        return isZipName(path) && !Files.isDirectory(path);
    }

    private static boolean isZipName(Path file) {
        return file.getFileName() != null
                && file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(ZIP);
    }

    /**
     * Reads the study. A zip is open during this call only, so the result must hold no path of the store.
     *
     * @param reading what to read; must not write
     * @throws InputException what {@code reading} throws, with the name of the zip; or if the zip is missing or damaged, or
     *     has no sweep at its top
     */
    public <T> T read(Function<Store, T> reading) {
        if (!isZip()) {
            return reading.apply(new Store(path));
        }
        if (!WholeFile.isThere(path)) {
            throw new InputException(path + ": there is no such file; check the path");
        }
        WholeFile.refuseIrregular(path);
        try (FileSystem inside = open()) {
            // The empty path is the top, and keeps names in messages relative.
            Store store = new Store(inside.getPath(""));
            demandSweep(store);
            return read(store, reading);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private FileSystem open() {
        try {
            return FileSystems.newFileSystem(path, READ_ONLY);
        } catch (ZipException | ProviderNotFoundException | IllegalArgumentException e) {
            throw new InputException(
                    path + ": is no whole zip file (" + e.getMessage()
                            + "); restore it, or make it anew with 'unipelt sweep pack'",
                    e);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private InputException unreadable(IOException e) {
        return new InputException(path + ": cannot be read; check the file and its permissions", e);
    }

    private <T> T read(Store store, Function<Store, T> reading) {
        try {
            return reading.apply(store);
        } catch (InputException e) {
            throw new InputException(path + ": " + e.getMessage(), e);
        }
    }

    private void demandSweep(Store store) throws IOException {
        if (store.isThere()) {
            return;
        }
        try (Stream<Path> entries = Files.list(store.folder())) {
            Optional<String> below = entries.filter(entry -> new Store(entry).isThere())
                    .map(entry -> entry.toString().replace("/", ""))
                    .sorted()
                    .findFirst();
            throw new InputException(path
                    + below.map(folder -> ": its sweep is one folder down, in " + folder
                                    + "; unzip it, and pack that folder with 'unipelt sweep pack'")
                            .orElse(": holds no sweep; make such a zip with 'unipelt sweep pack'"));
        }
    }

    /**
     * Returns the store of a folder to write.
     *
     * @throws InputException if this is a zip, which is only read
     */
    public Store toWrite() {
        if (isZip()) {
            throw new InputException(
                    path + ": is a zip, which is only read; name a folder with --out, and pack it later with"
                            + " 'unipelt sweep pack'");
        }
        return new Store(path);
    }

    /**
     * Packs the study into a zip: its spec, its grid, and the results and times of finished runs. Leaves out models and unfinished
     * runs. The same study gives the same bytes, where the JDK compresses alike.
     *
     * @param zip the file to write, which is replaced if it exists
     * @throws InputException if the name does not end in {@code .zip}, there is no sweep, no run has ended, a file of it is
     *     damaged, or the zip cannot be written
     */
    public Packed pack(Path zip) {
        if (!isZipName(zip)) {
            throw new InputException(zip + ": is no name of a zip; give one that ends in " + ZIP + " with --out");
        }
        Draft draft = read(StoredStudy::draft);
        if (draft.done == 0) {
            throw new InputException(path + ": no run has ended yet; let unipelt sweep finish some");
        }
        AtomicFile.write(zip, channel -> {
            ByteBuffer rest = ByteBuffer.wrap(draft.bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        });
        return new Packed(draft.runs, draft.done, draft.bytes.length);
    }

    private static Draft draft(Store store) {
        List<Cell> planned = store.grid().cells();
        List<String> done =
                planned.stream().map(Cell::hash).filter(store::isDone).toList();
        for (String hash : done) {
            // A damaged file is found now, not when the folder is gone.
            store.result(hash);
            store.timing(hash);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setLevel(Deflater.BEST_COMPRESSION);
            for (String name : store.files(done)) {
                ZipEntry entry = new ZipEntry(name);
                entry.setTimeLocal(TIME);
                zip.putNextEntry(entry);
                zip.write(WholeFile.bytes(store.folder().resolve(name), WholeFile.LIST));
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new IllegalStateException("memory takes every byte", e);
        }
        return new Draft(planned.size(), done.size(), bytes.toByteArray());
    }
}
