package org.unipelt.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The cores behind a process's processors, as Linux reports them. Other systems report nothing. */
final class Cores {
    private static final String STATUS = "proc/self/status";
    private static final String ALLOWED = "Cpus_allowed_list:";
    private static final String PROCESSORS = "sys/devices/system/cpu";
    /** The files that list the processors of one core; the second is the name before Linux 5.3. */
    private static final String[] SIBLINGS = {"topology/core_cpus_list", "topology/thread_siblings_list"};

    private Cores() {}

    /**
     * Counts the cores behind the processors that this process may use.
     *
     * @param root the folder that holds {@code proc} and {@code sys}
     * @return empty if each processor has its own core, or if the system does not report it
     */
    static OptionalInt shared(Path root) {
        try {
            int processors = 0;
            Set<String> cores = new HashSet<>();
            for (int processor : allowed(root.resolve(STATUS))) {
                Optional<String> siblings = siblings(root.resolve(PROCESSORS).resolve("cpu" + processor));
                if (siblings.isPresent()) {
                    processors++;
                    cores.add(siblings.get());
                }
            }
            return cores.size() < processors ? OptionalInt.of(cores.size()) : OptionalInt.empty();
        } catch (IOException | NumberFormatException e) {
            // This system has another file format: use the JVM's count.
            return OptionalInt.empty();
        }
    }

    private static int[] allowed(Path status) throws IOException {
        // The first line is the program's name, in any encoding.
        return Files.readAllLines(status, StandardCharsets.ISO_8859_1).stream()
                .filter(line -> line.startsWith(ALLOWED))
                .flatMap(line ->
                        Stream.of(line.substring(ALLOWED.length()).strip().split(",")))
                .flatMapToInt(Cores::range)
                .toArray();
    }

    /** Returns the numbers of {@code 0-3} or {@code 7}. */
    private static IntStream range(String text) {
        String[] ends = text.split("-", 2);
        return IntStream.rangeClosed(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
    }

    /** Returns empty for an offline processor. */
    private static Optional<String> siblings(Path processor) throws IOException {
        for (String name : SIBLINGS) {
            Path file = processor.resolve(name);
            if (Files.exists(file)) {
                return Optional.of(Files.readString(file).strip());
            }
        }
        return Optional.empty();
    }
}
