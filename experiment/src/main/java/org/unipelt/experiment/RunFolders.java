package org.unipelt.experiment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.unipelt.InputException;

/**
 * The trainings and sweeps in a folder and in the folders below it.
 *
 * @param runs tuned models and unfinished runs
 * @param sweeps sweeps; their runs are not among {@code runs}, but a comparison's best model is
 * @param damaged what cannot be read
 */
public record RunFolders(List<FoundRun> runs, List<FoundSweep> sweeps, List<Damaged> damaged) {
    /**
     * A sweep.
     *
     * @param folder its folder
     * @param runs number of its runs
     * @param done how many of them have a result
     */
    public record FoundSweep(Path folder, int runs, int done) {}

    /**
     * A folder that cannot be read.
     *
     * @param folder the folder
     * @param reason what is wrong, in a line that names the file
     */
    public record Damaged(Path folder, String reason) {}

    /** Copies the lists. */
    public RunFolders {
        runs = List.copyOf(runs);
        sweeps = List.copyOf(sweeps);
        damaged = List.copyOf(damaged);
    }

    /**
     * Looks for trainings and sweeps. Leaves out folders whose names begin with a dot, and those that may not be opened.
     *
     * @param folder where to begin; it may itself be a training
     * @param depth how many folders deep, 0 for this folder alone
     * @throws InputException if there is no such folder
     */
    public static RunFolders in(Path folder, int depth) {
        Objects.requireNonNull(folder, "folder is null");
        if (!Files.isDirectory(folder)) {
            throw new InputException(folder + ": there is no such folder; check the path");
        }
        Search search = new Search(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        search.visit(folder, depth);
        return new RunFolders(search.runs, search.sweeps, search.damaged);
    }

    /** Goes from folder to folder. */
    private record Search(List<FoundRun> runs, List<FoundSweep> sweeps, List<Damaged> damaged) {
        void visit(Path folder, int depth) {
            Store store = new Store(folder);
            try {
                if (FoundRun.isOne(folder)) {
                    runs.add(FoundRun.read(folder));
                    return;
                }
                if (store.isThere()) {
                    List<Cell> cells = store.grid().cells();
                    sweeps.add(new FoundSweep(folder, cells.size(), (int) cells.stream()
                            .filter(cell -> store.isDone(cell.hash()))
                            .count()));
                }
            } catch (InputException e) {
                damaged.add(new Damaged(folder, e.getMessage()));
            }
            if (depth > 0) {
                folders(folder).stream()
                        .filter(each -> !store.isThere() || !each.endsWith(Store.RUNS))
                        .forEach(each -> visit(each, depth - 1));
            }
        }
    }

    private static List<Path> folders(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(each -> Files.isDirectory(each)
                            && !each.getFileName().toString().startsWith("."))
                    .map(Path::normalize)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
