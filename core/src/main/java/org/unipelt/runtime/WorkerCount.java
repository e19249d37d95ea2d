package org.unipelt.runtime;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.unipelt.InputException;

/**
 * How many workers there are, and why. What a person says goes before what the machine has; libtorch's own guess counts
 * for nothing, as it may take two cores for one.
 *
 * @param count how many, at least 1
 * @param why where the number comes from
 */
record WorkerCount(int count, String why) {
    private static final String VARIABLE = "OMP_NUM_THREADS";
    private static final String NUMBER = "\\s*0*[1-9]\\d{0,8}\\s*";
    /** A number for each level of nested threads; here there is one level. */
    private static final String LIST = NUMBER + "(," + NUMBER + ")*";

    /** The number for this process. */
    static WorkerCount ofProcess() {
        return of(
                Optional.ofNullable(System.getProperty(Engine.THREADS)),
                Optional.ofNullable(System.getenv(VARIABLE)),
                Runtime.getRuntime().availableProcessors(),
                Cores.shared(Path.of("/")));
    }

    /**
     * The number by what is known.
     *
     * <p>Two hyper-threads of a core share its arithmetic units and its cache, and a matrix product keeps these busy from
     * one thread: so a core gets one worker. That is the usual experience with products of matrices; it was not measured
     * here, for want of a machine with hyper-threads.
     *
     * @param property the property {@value Engine#THREADS}
     * @param variable {@code OMP_NUM_THREADS}
     * @param processors those that the JVM may use, a container's limits considered
     * @param cores the cores behind them, where some share one
     * @throws InputException if the property or the variable is no number of at least 1
     */
    static WorkerCount of(Optional<String> property, Optional<String> variable, int processors, OptionalInt cores) {
        String may = "the JVM may use " + processors + (processors == 1 ? " processor" : " processors");
        if (property.isPresent()) {
            return new WorkerCount(
                    number(Engine.THREADS, property.get(), NUMBER),
                    " (by " + Engine.THREADS + ", which --threads sets; " + may + ")");
        }
        if (variable.isPresent()) {
            return new WorkerCount(number(VARIABLE, variable.get(), LIST), " (by " + VARIABLE + "; " + may + ")");
        }
        if (cores.isPresent() && cores.getAsInt() < processors) {
            return new WorkerCount(
                    cores.getAsInt(),
                    ", one core each (" + may + ", hyper-threads of " + cores.getAsInt()
                            + (cores.getAsInt() == 1 ? " core)" : " cores)"));
        }
        return new WorkerCount(processors, ", one core each (" + may + ")");
    }

    private static int number(String name, String given, String pattern) {
        if (!given.matches(pattern)) {
            throw new InputException(
                    name + " must be a whole number of at least 1, got '" + given + "'; change it or unset it");
        }
        return Integer.parseInt(given.split(",", 2)[0].strip());
    }

    /** Number and reason in one line. */
    String describe() {
        return String.format(Locale.ROOT, "%d %s%s", count, count == 1 ? "worker" : "workers", why);
    }
}
