package org.unipelt.download;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.LongConsumer;
import org.unipelt.InputException;
import org.unipelt.files.FolderLock;

/**
 * The files of a repository at one commit. What the cache has is never asked for again. Until it is closed, no other
 * process of this program downloads from the repository.
 */
public final class HubRepository implements AutoCloseable {
    private final Hub hub;
    private final HubName name;
    private final String commit;
    private final Optional<HubClient> client;
    private final Optional<FolderLock> lock;
    private final Set<String> unknown = new LinkedHashSet<>();

    private HubRepository(Hub hub, HubName name, String commit, Optional<HubClient> client, Optional<FolderLock> lock) {
        this.hub = hub;
        this.name = name;
        this.commit = commit;
        this.client = client;
        this.lock = lock;
    }

    /** Opens what the cache has of a repository, without any request. Empty if it does not have the revision. */
    public static Optional<HubRepository> inCache(Hub hub, HubName name) {
        Objects.requireNonNull(hub, "hub is null");
        Objects.requireNonNull(name, "name is null");
        return hub.cache()
                .commit(name)
                .map(commit -> new HubRepository(hub, name, commit, Optional.empty(), Optional.empty()));
    }

    /**
     * Opens a repository to download from. Waits while another process does.
     *
     * @param file a file that it must have: the hub is asked for it if it must be asked for the revision
     * @param newest whether to ask the hub for the revision, even if the cache knows its commit of an earlier time
     * @throws InputException if the hub refuses, or the cache is not writable
     * @throws Unreachable if the hub cannot be asked
     */
    public static HubRepository open(Hub hub, HubName name, String file, boolean newest) throws Unreachable {
        Objects.requireNonNull(hub, "hub is null");
        Objects.requireNonNull(name, "name is null");
        Objects.requireNonNull(file, "file is null");
        HubClient client = new HubClient(hub);
        Optional<String> known = hub.cache().commit(name);
        String commit = known.isPresent() && (!newest || name.isCommit())
                ? known.get()
                : client.find(name, name.revision(), file)
                        .map(HubClient.Found::commit)
                        .orElseThrow(() -> new Refusal(404, "EntryNotFound", "").about(name, file, hub));
        FolderLock lock = lock(hub, name);
        boolean done = false;
        try {
            hub.cache().noteCommit(name, commit);
            done = true;
            return new HubRepository(hub, name, commit, Optional.of(client), Optional.of(lock));
        } catch (IOException e) {
            throw unwritten(hub, e);
        } finally {
            if (!done) {
                lock.close();
            }
        }
    }

    private static FolderLock lock(Hub hub, HubName name) {
        boolean[] told = new boolean[1];
        try {
            return FolderLock.takeWhenFree(hub.cache().makeFolders(name), () -> {
                if (!told[0]) {
                    hub.report(new DownloadEvent.Remark(
                            "another process is downloading " + name.repository() + "; waiting for it"));
                }
                told[0] = true;
                if (Thread.currentThread().isInterrupted()) {
                    throw new CancellationException("interrupted while downloading");
                }
            });
        } catch (IOException e) {
            throw unwritten(hub, e);
        }
    }

    /** Returns the commit. */
    public String commit() {
        return commit;
    }

    /** Returns the folder that has the commit's files, as far as they are downloaded. */
    public Path folder() {
        return hub.cache().snapshot(name, commit);
    }

    /** Returns the files of which the cache does not know whether the commit has them, and nobody was asked. */
    public Set<String> unknown() {
        return Collections.unmodifiableSet(unknown);
    }

    /**
     * Looks for a file: in the cache, else at the hub. Empty if the commit does not have it, or that is {@link
     * #unknown()}.
     *
     * @param file its path in the repository, with slashes
     * @throws InputException if the hub refuses, or the path leads out of the repository
     * @throws Unreachable if the hub cannot be asked
     */
    public Optional<HubFile> find(String file) throws Unreachable {
        Objects.requireNonNull(file, "file is null");
        if (!HubCache.isInside(file)) {
            throw new InputException(
                    name + " names the file '" + file + "', which is not inside of it; use another model");
        }
        Optional<Path> cached = hub.cache().file(name, commit, file);
        if (cached.isPresent()) {
            try {
                return Optional.of(new HubFile(file, "", Files.size(cached.get()), true));
            } catch (IOException e) {
                throw new InputException(cached.get() + ": cannot be read; check the file and its permissions", e);
            }
        }
        if (hub.cache().isKnownToLack(name, commit, file)) {
            return Optional.empty();
        }
        if (client.isEmpty()) {
            unknown.add(file);
            return Optional.empty();
        }
        Optional<HubFile> found = client.get().find(name, commit, file).map(HubClient.Found::file);
        if (found.isEmpty()) {
            try {
                hub.cache().noteLack(name, commit, file);
            } catch (IOException e) {
                throw unwritten(hub, e);
            }
        }
        return found;
    }

    /** Returns how many bytes of a file an earlier download left, or another file with the same content. */
    public long present(HubFile file) {
        Objects.requireNonNull(file, "file is null");
        if (hub.cache().file(name, commit, file.name()).isPresent()) {
            // Downloaded a moment ago, because it names others.
            return 0;
        }
        try {
            for (Path path :
                    List.of(hub.cache().blob(name, file.hash()), hub.cache().part(name, file.hash()))) {
                if (Files.isRegularFile(path)) {
                    return Math.min(Files.size(path), Math.max(file.size(), 0));
                }
            }
        } catch (IOException e) {
            // Only a number to show.
        }
        return 0;
    }

    /**
     * Checks that the disk has room.
     *
     * @param bytes what is to be downloaded
     * @throws InputException if it has less
     */
    public void demandRoom(long bytes) {
        try {
            long free = Files.getFileStore(hub.cache().root()).getUsableSpace();
            if (free < bytes) {
                throw new InputException(name + " needs " + megabytes(bytes) + " more in "
                        + hub.cache().root()
                        + ", but its disk has only " + megabytes(free)
                        + "; make room, or let HF_HOME name a folder elsewhere");
            }
        } catch (IOException e) {
            // The system does not say. A full disk is told when it is.
        }
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%,d MB", (bytes + 999_999) / 1_000_000);
    }

    /**
     * Returns a file's path; downloads it if need be, and checks it against the hub's hash.
     *
     * @param progress receives the number of its bytes that are there
     * @throws InputException if the hub refuses, the connection breaks again and again, the content is not what the hub
     *     announced, or the disk is full
     */
    public Path fetch(HubFile file, LongConsumer progress) {
        Objects.requireNonNull(file, "file is null");
        Objects.requireNonNull(progress, "progress is null");
        Optional<Path> cached = hub.cache().file(name, commit, file.name());
        if (cached.isPresent()) {
            return cached.get();
        }
        Path blob = hub.cache().blob(name, file.hash());
        boolean isNew = !Files.isRegularFile(blob);
        try {
            if (isNew) {
                Path part = hub.cache().part(name, file.hash());
                download(file, part, progress);
                Files.move(part, blob, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
            hub.cache().place(name, commit, file.name(), file.hash(), isNew);
        } catch (IOException e) {
            throw unwritten(hub, e);
        }
        return folder().resolve(file.name());
    }

    private void download(HubFile file, Path part, LongConsumer progress) throws IOException {
        HubClient from = client.orElseThrow();
        boolean continued = Files.isRegularFile(part) && Files.size(part) > 0;
        from.download(name, commit, file, part, progress);
        if (continued && !file.isContentOf(part)) {
            // What an earlier download left may be at fault: a power cut, another program.
            Files.delete(part);
            from.download(name, commit, file, part, progress);
        }
        if (!file.isContentOf(part)) {
            Files.delete(part);
            throw new InputException(file.name() + " of " + name + " arrived from " + hub.host()
                    + " with another content than announced (hash " + file.hash()
                    + "); nothing of it was kept: try again, without a proxy that changes files");
        }
    }

    private static InputException unwritten(Hub hub, IOException e) {
        String why = e instanceof FileSystemException fault && fault.getReason() != null
                ? fault.getReason()
                : e.getClass().getSimpleName();
        return new InputException(
                "cannot write into the cache " + hub.cache().root() + ": " + why
                        + "; let HF_HOME name a folder that you may write to",
                e);
    }

    /** Lets other processes download. */
    @Override
    public void close() {
        lock.ifPresent(FolderLock::close);
    }

    /** Returns the size of several files. */
    public static long bytes(Collection<HubFile> files) {
        return files.stream().mapToLong(file -> Math.max(file.size(), 0)).sum();
    }
}
