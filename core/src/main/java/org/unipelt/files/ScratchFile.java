package org.unipelt.files;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A temporary file of this process alone: for data that need not fit into the heap. On most systems it has no name once it
 * is open, so nobody else can change it, and its space is free again when it is closed or the process ends, however that
 * happens.
 *
 * <p>It is read and not mapped: Java unmaps a file only when the garbage collector comes by, and until then its space is not
 * free. An interrupt does not close it, as it would close a channel. Any number of threads may use it.
 */
public final class ScratchFile implements AutoCloseable {
    private final Path path;
    private final RandomAccessFile file;

    private ScratchFile(Path path, RandomAccessFile file) {
        this.path = path;
        this.file = file;
    }

    /** The folder of temporary files. */
    public static Path folder() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    /** Opens an empty file in {@link #folder()}. */
    public static ScratchFile open() throws IOException {
        Path path = Files.createTempFile(folder(), "unipelt-", ".scratch");
        ScratchFile opened = null;
        try {
            opened = new ScratchFile(path, new RandomAccessFile(path.toFile(), "rw"));
        } finally {
            if (opened == null || !opened.unlink()) {
                path.toFile().deleteOnExit();
            }
        }
        return opened;
    }

    /** Takes the file's name away. Windows does so only when the file is closed. */
    private boolean unlink() {
        try {
            return Files.deleteIfExists(path);
        } catch (IOException e) {
            return false;
        }
    }

    /** Writes the first {@code count} bytes at a place. */
    public synchronized void write(long at, byte[] bytes, int count) throws IOException {
        file.seek(at);
        file.write(bytes, 0, count);
    }

    /** Reads {@code count} bytes from a place. */
    public synchronized void read(long at, byte[] bytes, int count) throws IOException {
        file.seek(at);
        file.readFully(bytes, 0, count);
    }

    /** Frees its space. */
    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            // Nothing in it is needed any more.
        }
        unlink();
    }
}
