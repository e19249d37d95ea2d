package org.unipelt.download;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.files.AtomicFile;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;

/**
 * The layout of the cache that {@code huggingface_hub} 2.0 and earlier keep, and nothing else of it. For each repository
 * {@code models--org--name}:
 *
 * <pre>
 *   refs/main                      the commit of a branch or tag
 *   blobs/HASH                     a content, named by its hash
 *   snapshots/COMMIT/config.json   a relative link to it; where links are impossible, the content itself
 *   .no_exist/COMMIT/merges.txt    an empty file: the commit has no such file
 *   trees/COMMIT.json              the files that the commit has; only Python writes it
 * </pre>
 *
 * <p>Keeps nothing but paths, so any number of threads may share it.
 *
 * @see <a href="https://huggingface.co/docs/huggingface_hub/guides/manage-cache">its description</a>
 */
public final class HubCache {
    private static final String FOLDER = "models--";
    private static final String BETWEEN = "--";

    private final Path root;
    private final boolean links;

    /**
     * A cache.
     *
     * @param root its folder, which need not exist
     * @param links whether to make symbolic links where the file system can
     */
    HubCache(Path root, boolean links) {
        this.root = root;
        this.links = links;
    }

    /** Returns its folder. */
    public Path root() {
        return root;
    }

    /** Returns the branches and tags of which it has something, sorted; a commit where it knows neither. */
    public List<HubName> names() {
        List<HubName> names = new ArrayList<>();
        for (Path folder : entries(root)) {
            String repository = folder.getFileName().toString();
            if (!repository.startsWith(FOLDER)) {
                continue;
            }
            Path refs = folder.resolve("refs");
            List<String> revisions = files(refs).stream()
                    .map(ref -> refs.relativize(ref).toString().replace('\\', '/'))
                    .toList();
            if (revisions.isEmpty()) {
                revisions = entries(folder.resolve("snapshots")).stream()
                        .map(commit -> commit.getFileName().toString())
                        .toList();
            }
            revisions.stream()
                    .map(revision -> repository.substring(FOLDER.length()).replace(BETWEEN, "/") + "@" + revision)
                    .flatMap(name -> HubName.parse(name).stream())
                    .forEach(names::add);
        }
        return names;
    }

    private static List<Path> entries(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            throw new InputException(folder + ": the cache cannot be read; check its permissions", e);
        }
    }

    private static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new InputException(folder + ": the cache cannot be read; check its permissions", e);
        }
    }

    /** Returns the commit that a revision had when it was last asked for; empty if it never was. */
    public Optional<String> commit(HubName name) {
        Objects.requireNonNull(name, "name is null");
        if (name.isCommit()) {
            return Optional.of(name.revision()).filter(commit -> Files.isDirectory(snapshot(name, commit)));
        }
        Path ref = folder(name).resolve("refs").resolve(name.revision());
        return Files.isRegularFile(ref)
                ? Optional.of(WholeFile.text(ref, WholeFile.SETTINGS).strip()).filter(HubCache::isCommit)
                : Optional.empty();
    }

    /** Returns the folder with the files of a commit. */
    public Path snapshot(HubName name, String commit) {
        Objects.requireNonNull(name, "name is null");
        Objects.requireNonNull(commit, "commit is null");
        return folder(name).resolve("snapshots").resolve(commit);
    }

    private Path folder(HubName name) {
        return root.resolve(FOLDER + name.repository().replace("/", BETWEEN));
    }

    /** Returns a file of a commit, if it is there. */
    Optional<Path> file(HubName name, String commit, String file) {
        return Optional.of(snapshot(name, commit).resolve(file)).filter(Files::isRegularFile);
    }

    /** Returns whether a commit is known to lack a file. */
    boolean isKnownToLack(HubName name, String commit, String file) {
        if (Files.exists(folder(name).resolve(".no_exist").resolve(commit).resolve(file))) {
            return true;
        }
        Path tree = folder(name).resolve("trees").resolve(commit + ".json");
        if (!Files.isRegularFile(tree)) {
            return false;
        }
        JsonNode files = StrictJson.read(tree, WholeFile.LIST).path("files");
        return files.isObject() && !files.isEmpty() && !files.has(file);
    }

    /** Notes that a commit lacks a file, so that nobody asks again. */
    void noteLack(HubName name, String commit, String file) throws IOException {
        Path mark = folder(name).resolve(".no_exist").resolve(commit).resolve(file);
        Files.createDirectories(mark.getParent());
        if (!Files.exists(mark)) {
            Files.createFile(mark);
        }
    }

    /** Notes the commit that a revision has now. */
    void noteCommit(HubName name, String commit) throws IOException {
        if (!name.isCommit() && !commit(name).equals(Optional.of(commit))) {
            Path ref = folder(name).resolve("refs").resolve(name.revision());
            Files.createDirectories(ref.getParent());
            AtomicFile.write(ref, to -> to.write(StandardCharsets.US_ASCII.encode(commit)));
        }
    }

    /** Returns where a content is. */
    Path blob(HubName name, String hash) {
        return folder(name).resolve("blobs").resolve(hash);
    }

    /**
     * Returns where a content is while it is downloaded. Python's programs end their names alike, so that they clean
     * them up, but never write to this one: their locks and ours do not see each other on Linux.
     */
    Path part(HubName name, String hash) {
        return folder(name).resolve("blobs").resolve(hash + ".unipelt.incomplete");
    }

    /** Returns the folder of a repository's locks; makes it and those of contents. */
    Path makeFolders(HubName name) throws IOException {
        Files.createDirectories(folder(name).resolve("blobs"));
        // A standard mark, https://bford.info/cachedir, by which backups know what they need not save.
        Path tag = root.resolve("CACHEDIR.TAG");
        if (!Files.exists(tag)) {
            AtomicFile.write(
                    tag,
                    to -> to.write(StandardCharsets.US_ASCII.encode(
                            "Signature: 8a477f597d28d172789f06886806bc55\n# Files of the Hugging Face hub.\n")));
        }
        return Files.createDirectories(
                root.resolve(".locks").resolve(folder(name).getFileName()));
    }

    /** Puts a content, which is there, into the folder of a commit under a file's name. */
    void place(HubName name, String commit, String file, String hash, boolean isNew) throws IOException {
        Path place = snapshot(name, commit).resolve(file);
        Path blob = blob(name, hash);
        Files.createDirectories(place.getParent());
        // What is there is no file, only a link that leads nowhere.
        Files.deleteIfExists(place);
        if (links) {
            try {
                Files.createSymbolicLink(
                        place, Objects.requireNonNull(place.getParent()).relativize(blob));
                return;
            } catch (FileAlreadyExistsException e) {
                // Python was faster.
                return;
            } catch (IOException | UnsupportedOperationException e) {
                // As on Windows without the permission: put the content there itself.
            }
        }
        if (isNew) {
            Files.move(blob, place, StandardCopyOption.ATOMIC_MOVE);
        } else {
            Files.copy(blob, place);
        }
    }

    static boolean isCommit(String text) {
        return text.matches("[0-9a-f]{40}");
    }

    /** Returns whether a path with slashes stays inside the folder that it is resolved in. */
    static boolean isInside(String path) {
        return Stream.of(path.split("/", -1))
                .allMatch(part -> part.matches("[^\\\\:\\p{Cntrl}]+") && !part.matches("\\.+"));
    }
}
