package org.unipelt.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.unipelt.InputException;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.Cluster;
import org.unipelt.experiment.Store;

/**
 * A copy of a sweep's finished runs in a folder of one of Hadoop's file systems. Each file is written beside and renamed, and a
 * run's result comes last: where it is, the rest is too.
 */
final class StudyCopy implements Cluster.Copy {
    private static final String DRAFT = ".part";

    private final FileSystem files;
    private final Path runs;
    private final Store store;

    private StudyCopy(FileSystem files, Path runs, Store store) {
        this.files = files;
        this.runs = runs;
        this.store = store;
    }

    static StudyCopy of(Configuration hadoop, Store store, String address) {
        try {
            Path folder = new Path(address);
            return new StudyCopy(folder.getFileSystem(hadoop), new Path(folder, "runs"), store);
        } catch (IOException | IllegalArgumentException e) {
            throw cannot("be reached", address, e);
        }
    }

    private static InputException cannot(String what, Object address, Exception e) {
        return InputException.about("copy", address + ": cannot " + what + ": " + TableJob.firstLine(e));
    }

    @Override
    public int fetch() {
        try {
            int fetched = 0;
            for (FileStatus run : files.exists(runs) ? files.listStatus(runs) : new FileStatus[0]) {
                String hash = run.getPath().getName();
                boolean finished = files.exists(new Path(run.getPath(), Store.RESULT));
                if (finished && !Files.exists(store.run(hash).resolve(Store.RESULT))) {
                    fetch(run.getPath(), store.run(hash));
                    fetched++;
                }
            }
            return fetched;
        } catch (IOException e) {
            throw cannot("be read", runs, e);
        }
    }

    private void fetch(Path run, java.nio.file.Path to) throws IOException {
        List<String> names = new ArrayList<>();
        RemoteIterator<LocatedFileStatus> all = files.listFiles(run, true);
        while (all.hasNext()) {
            String name = run.toUri().relativize(all.next().getPath().toUri()).getPath();
            if (!name.endsWith(DRAFT)) {
                names.add(name);
            }
        }
        names.sort(resultLast());
        for (String name : names) {
            java.nio.file.Path file = to.resolve(name).normalize();
            java.nio.file.Path draft = file.resolveSibling(file.getFileName() + DRAFT);
            Files.createDirectories(file.getParent());
            files.copyToLocalFile(false, new Path(run, name), new Path(draft.toUri()), true);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static Comparator<String> resultLast() {
        return Comparator.<String, Boolean>comparing(Store.RESULT::equals).thenComparing(Comparator.naturalOrder());
    }

    @Override
    public void put(Cell cell) {
        java.nio.file.Path run = store.run(cell.hash());
        Path to = new Path(runs, cell.hash());
        try (Stream<java.nio.file.Path> all = Files.walk(run)) {
            List<String> names = all.filter(Files::isRegularFile)
                    .map(file -> run.relativize(file).toString().replace('\\', '/'))
                    .sorted(resultLast())
                    .toList();
            for (String name : names) {
                Path file = new Path(to, name);
                Path draft = file.suffix(DRAFT);
                files.copyFromLocalFile(false, true, new Path(run.resolve(name).toUri()), draft);
                files.delete(file, false);
                if (!files.rename(draft, file)) {
                    throw new IOException("a file cannot be renamed to " + file.getName());
                }
            }
        } catch (IOException e) {
            throw cannot("be written", to, e);
        }
    }
}
