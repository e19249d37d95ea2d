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
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.unipelt.InputException;

/** Writes files atomically: writes a draft beside the file, syncs it to the disk, and renames it. */
public final class AtomicFile {
    private AtomicFile() {}

    /** The content of a file. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes everything to {@code channel}, from its start; the caller closes it. Called again if an interrupt
         * closes the channel midway.
         */
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Replaces the content of {@code file}. After an error or a crash, the file holds either all of the new content or
     * the old one. The folder must exist. An interrupted thread finishes the write and stays interrupted.
     *
     * @throws InputException if the folder is missing or read-only, or the disk is full
     */
    public static void write(Path file, Content content) {
        Path target = file.toAbsolutePath();
        // A unique name, so that two writers never share one; hidden, so that no reader takes it for the file.
        Path draft = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".part");
        // An interrupt closes any channel that the thread uses afterwards.
        boolean interrupted = Thread.interrupted();
        try {
            while (!isWritten(draft, content)) {
                interrupted |= Thread.interrupted();
            }
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncFolder(Objects.requireNonNull(target.getParent()));
        } catch (IOException e) {
            throw new InputException("cannot write " + file + ": " + reason(e), e);
        } finally {
            discard(draft);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Writes a draft. Returns false if an interrupt stopped it. */
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

    /** Returns whether a file is a draft of a process that was killed while writing. */
    static boolean isDraft(Path file) {
        return file.getFileName().toString().matches("\\..+\\.[0-9a-f-]{36}\\.part");
    }

    /** Deletes drafts from a folder in which nobody else writes. */
    static void clearDrafts(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            entries.filter(AtomicFile::isDraft).forEach(AtomicFile::discard);
        }
    }

    /** Returns why a file cannot be written, in words. */
    public static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "its folder does not exist; create it first";
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
            // The error of the write itself matters more than a leftover draft.
        }
    }

    /** Makes the renaming survive a power cut. If a folder cannot be opened (Windows), the OS takes care of it. */
    private static void syncFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Best effort: the content is on the disk already.
        }
    }
}
