package org.unipelt.files;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.stream.Stream;
import org.unipelt.InputException;

/** Writes a file so that its name never stands for half of it: beside it, to the disk, then renamed. */
public final class AtomicFile {
    private AtomicFile() {}

    /** What goes into the file. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes everything to {@code channel}, from its start; it is closed by the caller. Called again if an interrupt
         * closed the channel half-way.
         */
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Makes {@code file} hold {@code content}, all of it or, after an error or a crash at any moment, what was there
     * before. An existing file is replaced. The folder must exist. An interrupted thread writes to the end, and stays
     * interrupted.
     *
     * @throws InputException if the folder is missing or read-only, the disk full, or the like
     */
    public static void write(Path file, Content content) {
        Path target = file.toAbsolutePath();
        // A name of its own, so that two writers never share one; hidden, so that no reader takes it for the file.
        Path draft = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".part");
        // An interrupt closes any channel that the thread then uses.
        boolean interrupted = Thread.interrupted();
        try {
            while (!isWritten(draft, content)) {
                interrupted |= Thread.interrupted();
            }
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncFolder(target.getParent());
        } catch (IOException e) {
            throw new InputException("cannot write " + file + ": " + reason(e), e);
        } finally {
            discard(draft);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Writes a draft; whether it is whole, or an interrupt came between. */
    private static boolean isWritten(Path draft, Content content) throws IOException {
        try (FileChannel channel = FileChannel.open(
                draft, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            content.writeTo(channel);
            channel.force(true);
            return true;
        } catch (ClosedByInterruptException e) {
            return false;
        }
    }

    /** Whether a file is what a process left that was killed while it wrote. */
    static boolean isDraft(Path file) {
        return file.getFileName().toString().matches("\\..+\\.[0-9a-f-]{36}\\.part");
    }

    /** Removes such files from a folder in which nobody else writes. */
    static void clearDrafts(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            entries.filter(AtomicFile::isDraft).forEach(AtomicFile::discard);
        }
    }

    static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "its folder does not exist; make it first";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied; choose a folder that you may write to";
        }
        if (e instanceof FileSystemException fault && fault.getReason() != null) {
            return fault.getReason();
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static void discard(Path draft) {
        try {
            Files.deleteIfExists(draft);
        } catch (IOException e) {
            // The reason why the write itself failed is worth more than a left-over draft.
        }
    }

    /** Makes the new name itself survive a power cut. Where a folder cannot be opened (Windows), the system does it. */
    private static void syncFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Best effort: the content is on the disk already.
        }
    }
}
