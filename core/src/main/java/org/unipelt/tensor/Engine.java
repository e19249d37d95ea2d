package org.unipelt.tensor;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.InputException;

/**
 * The one place that starts libtorch. Whatever touches a tensor calls {@link #start()} first; the second and later calls
 * cost nothing.
 *
 * <p>The order matters: OpenMP, OpenBLAS and JavaCPP read their settings once, as they load. By default OpenBLAS' threads
 * and OpenMP's both spin while they wait and take the cores from each other; told to sleep, the same arithmetic is 1.6 to
 * 1.9 times faster. A variable that the user has set is left as it is.
 */
public final class Engine {
    /** How the waiting threads of OpenMP behave; {@code PASSIVE}: they sleep. */
    private static final String OMP_WAIT_POLICY = "OMP_WAIT_POLICY";
    /** How long a waiting thread of OpenBLAS spins, as a power of two of cycles; 4 is the least it takes. */
    private static final String OPENBLAS_THREAD_TIMEOUT = "OPENBLAS_THREAD_TIMEOUT";
    /**
     * JavaCPP's limit on the memory of the whole process; 0: none. Its default is four times the Java heap, which a model
     * outside that heap soon passes.
     */
    private static final String MAX_PHYSICAL_BYTES = "org.bytedeco.javacpp.maxphysicalbytes";
    /** Read by OpenBLAS too, never set here: shown because they explain a speed. */
    private static final String[] SHOWN = {"OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"};

    private Engine() {}

    /**
     * Loads libtorch with this library's settings, once per process. Thread safe.
     *
     * @throws InputException if there is no libtorch for this platform on the class path, or it cannot be loaded
     */
    public static void start() {
        if (Started.FAILURE.isPresent()) {
            Throwable failure = Started.FAILURE.get();
            throw new InputException(
                    "libtorch cannot be loaded on " + Loader.getPlatform() + " (" + firstLine(failure)
                            + "); it needs org.bytedeco:pytorch with the classifier of one of linux-x86_64 (glibc),"
                            + " macosx-arm64, macosx-x86_64, windows-x86_64",
                    failure);
        }
    }

    /**
     * What computes, and with which settings: for {@code unipelt --version} and for a bug report. Starts the engine.
     *
     * @return in this order {@code libtorch}, {@code cpu}, {@code blas}, {@code threads}, then each setting in force by
     *     its own name
     */
    public static Map<String, String> describe() {
        start();
        Map<String, String> lines = new LinkedHashMap<>();
        String config = torch.show_config().getString();
        lines.put("libtorch", find(config, "TORCH_VERSION=([^,\\s]+)"));
        lines.put("cpu", find(config, "CPU capability usage: (\\S+)"));
        lines.put("blas", blas(config));
        lines.put("threads", String.valueOf(torch.get_num_threads()));
        lines.putAll(Started.SETTINGS);
        return Collections.unmodifiableMap(lines);
    }

    private static String blas(String config) {
        if (!find(config, "BLAS_INFO=(\\w+)").equals("open")) {
            return find(config, "BLAS_INFO=(\\w+)");
        }
        try {
            return find(openblas_full.openblas_get_config().getString(), "(OpenBLAS \\S+)") + ", core "
                    + openblas_full.openblas_get_corename().getString();
        } catch (LinkageError e) {
            return "OpenBLAS (its core type cannot be read here)";
        }
    }

    private static String find(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.find() ? matcher.group(1) : "unknown";
    }

    private static String firstLine(Throwable failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    }

    /** Its class initialiser is the start: the JVM runs it once and makes other threads wait for it. */
    private static final class Started {
        static final Map<String, String> SETTINGS;
        static final Optional<Throwable> FAILURE;

        static {
            // Before the first class of JavaCPP that holds memory: it reads the property in its initialiser.
            if (System.getProperty(MAX_PHYSICAL_BYTES) == null) {
                System.setProperty(MAX_PHYSICAL_BYTES, "0");
            }
            Map<String, String> settings = new LinkedHashMap<>();
            Throwable failure = null;
            try {
                settings.put(OMP_WAIT_POLICY, set(OMP_WAIT_POLICY, "PASSIVE"));
                settings.put(OPENBLAS_THREAD_TIMEOUT, set(OPENBLAS_THREAD_TIMEOUT, "4"));
                Loader.load(org.bytedeco.pytorch.presets.torch.class);
            } catch (LinkageError e) {
                failure = e;
            }
            for (String name : SHOWN) {
                if (System.getenv(name) != null) {
                    settings.put(name, System.getenv(name) + " (from the environment)");
                }
            }
            settings.put(MAX_PHYSICAL_BYTES, System.getProperty(MAX_PHYSICAL_BYTES));
            SETTINGS = Collections.unmodifiableMap(settings);
            FAILURE = Optional.ofNullable(failure);
        }

        private static String set(String name, String value) {
            if (NativeEnv.putIfAbsent(name, value)) {
                return value;
            }
            String given = System.getenv(name);
            return given == null ? "cannot be set on this platform" : given + " (from the environment)";
        }
    }
}
