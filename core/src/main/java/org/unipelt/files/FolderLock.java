package org.unipelt.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.unipelt.InputException;

/**
 * A lock on a folder for one thread of one process. Until it is closed, the file {@code lock} in the folder is locked
 * and holds the process id. The OS releases the lock when the process dies; the file alone locks nothing.
 */
public final class FolderLock implements AutoCloseable {
    private static final String NAME = "lock";

    /** A process that only checks the lock holds it for a moment, so taking it is retried, with pauses in ms. */
    private static final int TRIES = 5;

    private static final long BETWEEN_TRIES = 20;

    private final Path file;
    private final Optional<FileChannel> withinJvm;
    private final FileChannel channel;

    private FolderLock(Path file, Optional<FileChannel> withinJvm, FileChannel channel) {
        this.file = file;
        this.withinJvm = withinJvm;
        this.channel = channel;
    }

    /**
     * Locks a folder, and deletes the drafts that a killed process left in it.
     *
     * @throws InputException if another thread or process holds the lock, or the folder is not writable
     */
    public static FolderLock take(Path folder) {
        // An interrupt would close the channels.
        boolean interrupted = Thread.interrupted();
        try {
            FolderLock lock = lockAmongAskers(folder);
            AtomicFile.clearDrafts(folder);
            return lock;
        } catch (IOException e) {
            throw new InputException("cannot write " + folder.resolve(NAME) + ": " + AtomicFile.reason(e), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Locks a folder as soon as nobody else holds its lock.
     *
     * @param folder an existing folder
     * @param waiting called before each pause, in the calling thread; what it throws ends the wait
     * @throws InputException if the folder is not writable
     */
    public static FolderLock takeWhenFree(Path folder, Runnable waiting) {
        while (true) {
            // An interrupt would close the channels.
            boolean interrupted = Thread.interrupted();
            try {
                return lock(folder);
            } catch (InputException e) {
                // Somebody holds it.
            } catch (IOException e) {
                throw new InputException("cannot write " + folder.resolve(NAME) + ": " + AtomicFile.reason(e), e);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
            waiting.run();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(BETWEEN_TRIES));
        }
    }

    /**
     * Checks that nobody holds the lock of a folder now. The folder need not exist.
     *
     * @throws InputException if somebody holds it
     */
    public static void demandFree(Path folder) {
        if (Files.exists(folder.resolve(NAME))) {
            try {
                lock(folder).close();
            } catch (IOException e) {
                // Without write permission there is no way to know.
            }
        }
    }

    /** Returns whether somebody holds the lock of a folder. */
    public static boolean isHeld(Path folder) {
        try {
            demandFree(folder);
            return false;
        } catch (InputException e) {
            return true;
        }
    }

    /** Returns whether a file is only the lock file or a draft. */
    public static boolean isTrace(Path file) {
        return file.endsWith(NAME) || AtomicFile.isDraft(file);
    }

    private static FolderLock lockAmongAskers(Path folder) throws IOException {
        for (int left = TRIES - 1; ; left--) {
            try {
                return lock(folder);
            } catch (InputException e) {
                if (left == 0) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(BETWEEN_TRIES));
            }
        }
    }

    private static FolderLock lock(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        // First: closing the file a second time would unlock it for the whole process.
        Optional<FileChannel> withinJvm = lockWithinJvm(folder);
        try {
            while (true) {
                Optional<FileChannel> channel = lockFile(folder, file);
                if (channel.isPresent()) {
                    return new FolderLock(file, withinJvm, channel.get());
                }
            }
        } catch (IOException | InputException e) {
            withinJvm.ifPresent(FolderLock::close);
            throw e;
        }
    }

    /** Locks the folder itself against other threads of this process; does nothing on systems without such locks. */
    private static Optional<FileChannel> lockWithinJvm(Path folder) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(folder, StandardOpenOption.READ);
            channel.tryLock(0, Long.MAX_VALUE, true);
            return Optional.of(channel);
        } catch (OverlappingFileLockException e) {
            close(Objects.requireNonNull(channel));
            throw inUse(folder, ProcessHandle.current().pid() + " (this one)");
        } catch (IOException e) {
            return Optional.ofNullable(channel);
        }
    }

    /** Locks the file. Returns empty if the previous holder deleted it before it was locked. */
    private static Optional<FileChannel> lockFile(Path folder, Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean taken = false;
        try {
            Optional<String> opened = identity(file);
            if (channel.tryLock() == null) {
                throw inUse(
                        folder,
                        StandardCharsets.US_ASCII
                                .decode(content(channel))
                                .toString()
                                .strip());
            }
            if (opened.isEmpty() || !opened.equals(identity(file))) {
                return Optional.empty();
            }
            sign(channel, file);
            taken = true;
            return Optional.of(channel);
        } finally {
            if (!taken) {
                close(channel);
            }
        }
    }

    /** Writes the process id into the lock file; gives the lock back if the disk is full. */
    private static void sign(FileChannel channel, Path file) throws IOException {
        try {
            channel.truncate(0);
            channel.write(
                    StandardCharsets.US_ASCII.encode(ProcessHandle.current().pid() + "\n"));
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    private static ByteBuffer content(FileChannel channel) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(20);
        channel.read(content);
        return content.flip();
    }

    private static Optional<String> identity(Path file) throws IOException {
        try {
            return Optional.of(String.valueOf(
                    Files.readAttributes(file, BasicFileAttributes.class).fileKey()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static InputException inUse(Path folder, String process) {
        return new InputException(folder + ": " + (process.isEmpty() ? "another process" : "process " + process)
                + " is using this folder; wait for it or stop it");
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // The OS closes it when the process ends.
        }
    }

    /** Releases the lock. */
    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // A leftover file locks nothing.
        }
        close(channel);
        withinJvm.ifPresent(FolderLock::close);
    }
}
