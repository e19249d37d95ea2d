package org.unipelt.tuned;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;

/**
 * A copy of a tuned model's two files in a temporary folder, for a model that comes from a jar or a stream. It is then read
 * and checked like any folder; closing deletes it.
 */
final class AdapterCopy implements AutoCloseable {
    /** The system property for the most bytes that a model's jar entries or zip may unpack to, in MiB. */
    private static final String LIMIT = "unipelt.limit.adapter";

    private static final int USUAL_LIMIT = 2048;
    private static final List<String> FILES = List.of(AdapterDirectory.CARD, AdapterDirectory.WEIGHTS);

    private final String name;
    private final Path folder;
    private long left = (long) Integer.getInteger(LIMIT, USUAL_LIMIT) << 20;

    private AdapterCopy(String name) throws IOException {
        this.name = name;
        this.folder = Files.createTempDirectory("unipelt-model");
    }

    /**
     * Copies a model from the class path.
     *
     * @param owner a class of the jar or the module that holds the files
     * @param place their folder, e.g. {@code /models/tickets}; without a slash in front it begins at the owner's package
     */
    static AdapterCopy of(Class<?> owner, String place) {
        String from = place.endsWith("/") ? place.substring(0, place.length() - 1) : place;
        String name = "the class path's " + from;
        return copied(name, copy -> {
            for (String file : FILES) {
                try (InputStream in = owner.getResourceAsStream(from + "/" + file)) {
                    if (in == null) {
                        throw new InputException(
                                name + ": " + owner.getName() + " sees no " + file + " there; check the folder's name,"
                                        + " which begins with / if it is not below the class's package");
                    }
                    copy.take(in, file);
                }
            }
        });
    }

    /** Copies a model from a zip of its folder. */
    static AdapterCopy of(InputStream zip) {
        String name = "the zip";
        return copied(name, copy -> {
            // Not closed: it would close the caller's stream.
            ZipInputStream in = new ZipInputStream(zip);
            Map<String, String> found = new HashMap<>();
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                String file = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
                boolean wanted = FILES.contains(file);
                String before = wanted ? found.put(file, entry.getName()) : null;
                if (before != null) {
                    throw new InputException(name + ": holds " + before + " and " + entry.getName()
                            + "; give a zip of one model's folder");
                }
                copy.take(in, wanted ? file : null);
            }
            for (String file : FILES) {
                if (!found.containsKey(file)) {
                    throw new InputException(name + ": " + (found.isEmpty() ? "is no zip, or " : "") + "holds no "
                            + file + "; give a zip of a tuned model's folder");
                }
            }
        });
    }

    /** Fills a copy. */
    @FunctionalInterface
    private interface Filling {
        void fill(AdapterCopy copy) throws IOException;
    }

    private static AdapterCopy copied(String name, Filling filling) {
        AdapterCopy copy = null;
        boolean done = false;
        try {
            copy = new AdapterCopy(name);
            filling.fill(copy);
            done = true;
            return copy;
        } catch (IOException e) {
            throw new InputException(
                    name + ": cannot be read or copied: " + e.getMessage()
                            + "; check that it is whole, and that the folder for temporary files has room",
                    e);
        } finally {
            if (!done && copy != null) {
                copy.close();
            }
        }
    }

    /** Copies to a file of the folder; or reads what has no file, which counts too. */
    private void take(InputStream in, @Nullable String file) throws IOException {
        try (OutputStream out =
                file == null ? OutputStream.nullOutputStream() : Files.newOutputStream(folder.resolve(file))) {
            byte[] part = new byte[1 << 16];
            for (int read = in.read(part); read >= 0; read = in.read(part)) {
                left -= read;
                if (left < 0) {
                    throw new InputException(name + ": unpacks to more than " + Integer.getInteger(LIMIT, USUAL_LIMIT)
                            + " MiB, so it is probably no tuned model; check it, or set " + LIMIT + " higher");
                }
                out.write(part, 0, read);
            }
        }
    }

    /** Loads the model; messages name where it comes from, not the copy. */
    TunedModel load(BaseModel base) {
        try {
            return TunedModel.load(folder, base);
        } catch (InputException e) {
            String message = e.getMessage()
                    .replace(folder + folder.getFileSystem().getSeparator(), "")
                    .replace(folder + ": ", "");
            throw new InputException(name + ": " + message, e);
        }
    }

    @Override
    public void close() {
        try {
            for (String file : FILES) {
                Files.deleteIfExists(folder.resolve(file));
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new InputException(folder + ": cannot be deleted: " + e.getMessage() + "; delete it", e);
        }
    }
}
