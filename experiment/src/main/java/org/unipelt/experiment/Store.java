package org.unipelt.experiment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.files.AtomicFile;
import org.unipelt.files.FolderLock;

/**
 * The folder of a sweep, on the disk or, to be read, at the top of a zip (see {@link StoredStudy}):
 *
 * <pre>
 * sweep.yaml              the spec, if it was a file
 * grid.json               the cells
 * runs/HASH/result.json   the result of a cell
 * runs/HASH/timing.json   how long it took
 * runs/HASH/work/         an unfinished run
 * runs/HASH/model/        the tuned model, if models are kept
 * best/                   the model of a comparison's best method, with its result
 * </pre>
 *
 * A run is done when it has a {@code result.json}.
 */
public final class Store {
    private static final String SPEC = "sweep.yaml";
    private static final String GRID = "grid.json";
    /** The folder of the runs, one for each cell. */
    static final String RUNS = "runs";

    /** The file of a finished run that is written last. */
    public static final String RESULT = "result.json";

    private static final String TIMING = "timing.json";
    private static final String WORK = "work";
    private static final String MODEL = "model";
    private static final String BEST = "best";
    private static final String REPLACED = "replaced";

    private final Path folder;

    /** The store in a folder, which may not exist yet. */
    public Store(Path folder) {
        this.folder = folder;
    }

    /** The folder. */
    public Path folder() {
        return folder;
    }

    /** The path of a cell's {@code result.json}, which may not exist yet. */
    public Path resultFile(String hash) {
        return run(hash).resolve(RESULT);
    }

    /** Whether a cell has a result. */
    public boolean isDone(String hash) {
        return Files.exists(resultFile(hash));
    }

    /** Whether a cell was started, but has no result. */
    public boolean isBegun(String hash) {
        return !isDone(hash) && Files.exists(work(hash));
    }

    /**
     * The result of a cell.
     *
     * @throws InputException if its {@code result.json} is missing or damaged, or not of the cell that it names
     */
    public Result result(String hash) {
        return ResultFile.read(resultFile(hash));
    }

    /** The result of a cell that is done, without its predictions. */
    ResultFile.Summary summary(String hash) {
        return ResultFile.summary(resultFile(hash));
    }

    /** How long a cell took, if known. */
    public Optional<Timing> timing(String hash) {
        Path file = run(hash).resolve(TIMING);
        return Files.exists(file) ? Optional.of(Timing.read(file)) : Optional.empty();
    }

    /**
     * The cells of the sweep.
     *
     * @throws InputException if there is no sweep here
     */
    public Grid grid() {
        if (!Files.exists(folder.resolve(GRID))) {
            throw new InputException(folder + ": holds no sweep; give the folder of 'unipelt sweep --out'");
        }
        return GridFile.read(folder.resolve(GRID));
    }

    /** Whether the folder holds a sweep. */
    public boolean isThere() {
        return Files.exists(folder.resolve(GRID));
    }

    /** The folder of a cell's run, which may not exist yet. */
    public Path run(String hash) {
        return folder.resolve(RUNS).resolve(hash);
    }

    /** The folder of a cell's unfinished run, which may not exist yet. */
    public Path work(String hash) {
        return run(hash).resolve(WORK);
    }

    /** The folder of a cell's tuned model, which is there if it was kept. */
    public Path model(String hash) {
        return run(hash).resolve(MODEL);
    }

    /**
     * Locks the folder: nobody else can run a sweep in it until the lock is closed or the process ends.
     *
     * @throws InputException if another process holds the lock, or the folder cannot be written
     */
    FolderLock lock() {
        create(folder);
        return FolderLock.take(folder);
    }

    /** Whether a sweep runs here. None runs inside a zip, where asking would write. */
    boolean isLocked() {
        return folder.getFileSystem() == FileSystems.getDefault() && FolderLock.isHeld(folder);
    }

    /**
     * The names of the files that tell a study, sorted: spec, grid, and result and time of each run.
     *
     * @param done the hashes of the finished runs
     */
    List<String> files(List<String> done) {
        Stream<String> ofRuns =
                done.stream().flatMap(hash -> Stream.of(RESULT, TIMING).map(name -> RUNS + "/" + hash + "/" + name));
        return Stream.concat(Stream.of(SPEC, GRID), ofRuns)
                .filter(name -> Files.exists(folder.resolve(name)))
                .sorted()
                .toList();
    }

    /** Writes the grid, and a copy of the spec if that is a file. */
    public void begin(Optional<Path> spec, Grid grid) {
        create(folder.resolve(RUNS));
        spec.ifPresent(file -> {
            try {
                byte[] bytes = Files.readAllBytes(file);
                AtomicFile.write(folder.resolve(SPEC), channel -> {
                    ByteBuffer rest = ByteBuffer.wrap(bytes);
                    while (rest.hasRemaining()) {
                        channel.write(rest);
                    }
                });
            } catch (IOException e) {
                throw new InputException(file + ": cannot be read: " + e.getMessage(), e);
            }
        });
        // Last: if it exists, the rest does.
        GridFile.write(folder.resolve(GRID), grid);
    }

    /** Writes a cell's outcome and removes its other files. */
    public void finish(Outcome outcome, boolean keepModel) {
        Result result = outcome.result();
        String hash = result.run().hash();
        create(run(hash));
        outcome.timing().write(run(hash).resolve(TIMING));
        ResultFile.write(resultFile(hash), result);
        tidy(hash, keepModel && result.failed().isEmpty());
    }

    /** Removes what a finished run no longer needs, also after a kill during an earlier removal. */
    void tidy(String hash, boolean keepModel) {
        Path model = run(hash).resolve(MODEL);
        try {
            if (keepModel && Files.exists(work(hash)) && !Files.exists(model)) {
                Files.move(work(hash), model);
            }
            Set<String> kept = Set.of(RESULT, TIMING, MODEL);
            try (Stream<Path> entries = Files.list(run(hash))) {
                for (Path entry : entries.toList()) {
                    if (!kept.contains(entry.getFileName().toString())) {
                        remove(entry);
                    }
                }
            }
        } catch (IOException e) {
            throw new InputException(run(hash) + ": files cannot be removed: " + e.getMessage(), e);
        }
    }

    /** Whether a folder holds a complete tuned model. */
    static boolean isModel(Path folder) {
        return Files.exists(folder.resolve("adapter.json"));
    }

    /** The folder of the best method's model, which may not exist yet. */
    public Path best() {
        return folder.resolve(BEST);
    }

    /**
     * Checks that the best model can be put into its folder.
     *
     * @throws InputException if the folder holds something else
     */
    public void demandPlaceForBest() {
        boolean own = isModel(best()) && Files.exists(best().resolve(RESULT));
        if (Files.exists(best()) && !own) {
            throw new InputException(best()
                    + ": is not a model of a comparison, but the best model goes there; move it or choose another folder"
                    + " with --out");
        }
    }

    /**
     * Moves the model of a finished run to {@link #best()} and removes the models of the other runs. After a kill, the
     * best model is there complete or not at all.
     *
     * @return whether it is there; otherwise the model was not kept, and the run's result is removed so that it runs
     *     again
     * @throws InputException if another process holds the lock, or the folder holds something else
     */
    public boolean keepBest(String hash) {
        try (FolderLock lock = lock()) {
            demandPlaceForBest();
            Path result = best().resolve(RESULT);
            boolean there = Files.exists(result) && Files.mismatch(result, resultFile(hash)) < 0;
            Path model = run(hash).resolve(MODEL);
            if (!there && !isModel(model)) {
                Files.delete(resultFile(hash));
                return false;
            }
            if (!there) {
                Files.copy(resultFile(hash), model.resolve(RESULT), StandardCopyOption.REPLACE_EXISTING);
                Path replaced = run(hash).resolve(REPLACED);
                remove(replaced);
                if (Files.exists(best())) {
                    Files.move(best(), replaced);
                }
                Files.move(model, best());
            }
            for (Cell cell : grid().cells()) {
                remove(run(cell.hash()).resolve(MODEL));
            }
            remove(run(hash).resolve(REPLACED));
            return true;
        } catch (IOException e) {
            throw new InputException(best() + ": cannot be written: " + e.getMessage(), e);
        }
    }

    /** Removes a file, or a folder with its contents. */
    static void remove(Path root) {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> entries = Files.walk(root)) {
            List<Path> deepestFirst = new ArrayList<>(entries.toList());
            deepestFirst.sort(Comparator.comparing(Path::getNameCount).reversed());
            for (Path entry : deepestFirst) {
                Files.deleteIfExists(entry);
            }
        } catch (IOException e) {
            throw new InputException(root + ": cannot be removed: " + e.getMessage(), e);
        }
    }

    private static void create(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new InputException(
                    folder + ": cannot make this folder (" + e.getClass().getSimpleName()
                            + "); choose another with --out",
                    e);
        }
    }
}
