package org.unipelt.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.unipelt.InputException;

/** Starts the engine in a process with an environment of its own, and says with how many workers, or what is wrong. */
final class EngineProcess {
    private EngineProcess() {}

    /**
     * Prints a line with the number of workers, and the processors that they may run on where Linux tells them.
     *
     * @param args nothing, or after how many milliseconds to end the process while libtorch may still load
     */
    public static void main(String[] args) throws InterruptedException {
        if (args.length == 1) {
            Engine.prepare();
            Thread.sleep(Long.parseLong(args[0]));
            System.exit(0);
        }
        try {
            Workers workers = Engine.workers();
            Callable<List<String>> allowed = EngineProcess::allowed;
            TreeSet<String> lists = new TreeSet<>();
            workers.all(Collections.nCopies(workers.count(), allowed)).forEach(lists::addAll);
            System.out.println(workers.count() + " workers, processors " + String.join(" and ", lists));
        } catch (InputException e) {
            System.out.println("refused: " + e.getMessage());
        }
    }

    private static List<String> allowed() throws Exception {
        Path status = Path.of("/proc/thread-self/status");
        return !Files.exists(status)
                ? List.of()
                : Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("Cpus_allowed_list:"))
                        .map(line -> line.replaceFirst(".*:\\s*", ""))
                        .toList();
    }
}
