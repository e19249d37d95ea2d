package org.unipelt.runtime;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.unipelt.InputException;

/**
 * The number of workers and its origin. The user's setting comes before the machine's size. libtorch's own guess is
 * ignored, because it may count two cores as one.
 *
 * @param count the number, at least 1
 * @param why the origin of the number
 */
record WorkerCount(int count, String why) {
    private static final String VARIABLE = "OMP_NUM_THREADS";
    private static final String NUMBER = "\\s*0*[1-9]\\d{0,8}\\s*";
    /** One number for each level of nested threads; here there is one level. */
    private static final String LIST = NUMBER + "(," + NUMBER + ")*";

    /** Returns the number for this process. */
    static WorkerCount ofProcess() {
        return of(
                Optional.ofNullable(System.getProperty(Engine.THREADS)),
                Optional.ofNullable(System.getenv(VARIABLE)),
                Runtime.getRuntime().availableProcessors(),
                Cores.shared(Path.of("/")));
    }

    /**
     * Chooses the number from what is known.
     *
     * <p>Two hyper-threads of a core share its arithmetic units and its cache, and one thread of a matrix product keeps
     * these busy. So a core gets one worker. This is common experience with matrix products; it was not measured here,
     * because no machine with hyper-threads was available.
     *
     * @param property the property {@value Engine#THREADS}
     * @param variable {@code OMP_NUM_THREADS}
     * @param processors those that the JVM may use, within a container's limits
     * @param cores the cores behind them, if some share one
     * @throws InputException if the property or the variable is not a number of at least 1
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

    /** Returns number and origin in one line. */
    String describe() {
        return String.format(Locale.ROOT, "%d %s%s", count, count == 1 ? "worker" : "workers", why);
    }
}
