package org.unipelt.runtime;

import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.files.FolderLock;

/**
 * Starts libtorch. Code that touches a tensor calls {@link #start()} first; later calls cost nothing.
 *
 * <p>Every kernel runs on one core, and {@link Workers} give each core its own work. By default, OpenBLAS and OpenMP
 * each divide every kernel among their own threads, which spin while they wait and compete for the cores. The order
 * matters: OpenMP, OpenBLAS and JavaCPP read their settings once, when they load. Variables that the user sets stay
 * unchanged.
 *
 * <p>The number of workers is the property {@value #THREADS}, else {@code OMP_NUM_THREADS}, else the number of
 * processors that the JVM may use, with hyper-threads of one core counted once. Both settings are read once, when the
 * engine starts.
 */
public final class Engine {
    /**
     * The system property for the number of workers: a whole number of at least 1. Set it before anything touches a
     * tensor, with {@code -D} or {@link System#setProperty}; later changes have no effect.
     */
    public static final String THREADS = "org.unipelt.threads";

    /** How waiting OpenMP threads behave; with {@code PASSIVE} they sleep. */
    private static final String OMP_WAIT_POLICY = "OMP_WAIT_POLICY";
    /** The number of threads that OpenBLAS divides a product among. */
    private static final String OPENBLAS_NUM_THREADS = "OPENBLAS_NUM_THREADS";
    /**
     * JavaCPP's limit on the memory of the whole process; 0 means none. Its default is four times the Java heap, which
     * a model outside that heap soon exceeds.
     */
    private static final String MAX_PHYSICAL_BYTES = "org.bytedeco.javacpp.maxphysicalbytes";
    /** The variant of the native libraries that JavaCPP loads. */
    private static final String EXTENSION = "org.bytedeco.javacpp.platform.extension";

    /** From which level on libtorch's C++ code writes messages. */
    private static final String LOG_LEVEL = "TORCH_CPP_LOG_LEVEL";

    /** The variant with CUDA, and what stands for the other one. */
    private static final String CUDA = "-gpu";

    private static final String NO_EXTENSION = "";

    /** The longest that the end of the process waits for the loading of libtorch, in seconds. */
    private static final int PATIENCE = 10;

    /** Variables of instructions, blocks and malloc; never set here, but shown because they explain a speed. */
    private static final String[] SHOWN = {
        "OPENBLAS_CORETYPE",
        "OPENBLAS_L2_SIZE",
        "ONEDNN_MAX_CPU_ISA",
        "ATEN_CPU_CAPABILITY",
        "OMP_NUM_THREADS",
        "MALLOC_ARENA_MAX",
        "MALLOC_TRIM_THRESHOLD_",
        "MALLOC_MMAP_THRESHOLD_"
    };

    private Engine() {}

    /**
     * Begins to load libtorch and returns: for callers that have something to read first, which then takes no time of its own.
     * {@link #start()} waits for the end, and says what went wrong. Thread safe.
     */
    public static void prepare() {
        // Only to initialize the class.
        Loading.LIBTORCH.isDone();
    }

    /**
     * Loads libtorch with this library's settings, once per process. Thread safe.
     *
     * @throws InputException if the class path has no libtorch for this platform, if it cannot be loaded, or if the
     *     setting for the number of workers is not a number of at least 1
     */
    public static void start() {
        if (Started.FAILURE.isPresent()) {
            Throwable failure = Started.FAILURE.get();
            if (failure instanceof InputException wrong) {
                throw new InputException(wrong.getMessage(), wrong);
            }
            throw new InputException(
                    "libtorch cannot be loaded on " + Loader.getPlatform() + " (" + firstLine(failure)
                            + "); add the Maven dependency org.unipelt:unipelt-natives-PLATFORM, with the platform linux-x86_64 (glibc),"
                            + " linux-x86_64-gpu, macosx-arm64 or windows-x86_64",
                    failure);
        }
    }

    /**
     * Loads what process groups need (c10d's Gloo). Starts the engine. From then on libtorch no longer writes its errors to the
     * process's error stream, with a page of frames each, in addition to throwing them; unless {@value #LOG_LEVEL} is set.
     *
     * @throws InputException if this platform has no Gloo
     */
    public static void startGroups() {
        start();
        Optional<FolderLock> turn = turn();
        try {
            Loader.load(org.bytedeco.pytorch.presets.torch_gloo.class);
            NativeEnv.putIfAbsent(LOG_LEVEL, "FATAL");
            torch.initLogging();
        } catch (LinkageError e) {
            throw new InputException(
                    "Gloo cannot be loaded on " + Loader.getPlatform() + " (" + firstLine(e)
                            + "); train with one process here",
                    e);
        } finally {
            turn.ifPresent(FolderLock::close);
        }
    }

    /** Returns the workers of this process. Starts the engine. */
    public static Workers workers() {
        start();
        return Objects.requireNonNull(Started.WORKERS);
    }

    /** Creates a thread, not yet started, whose kernels run on one core, like the workers'. Starts the engine. */
    public static Thread thread(Runnable work, String name) {
        start();
        return Workers.thread(work, name);
    }

    /**
     * Describes the engine and its settings, for {@code unipelt --version --verbose} and bug reports. Starts the
     * engine.
     *
     * @return in this order {@code libtorch}, {@code cpu}, {@code blas}, {@code threads}, then each active setting
     *     under its own name
     */
    public static Map<String, String> describe() {
        start();
        Map<String, String> lines = new LinkedHashMap<>();
        String config = torch.show_config().getString();
        lines.put("libtorch", find(config, "TORCH_VERSION=([^,\\s]+)"));
        lines.put("cpu", find(config, "CPU capability usage: (\\S+)"));
        lines.put("blas", blas(config));
        lines.put("threads", Loading.COUNT.orElseThrow().describe());
        lines.putAll(Loading.SETTINGS);
        return Collections.unmodifiableMap(lines);
    }

    /**
     * Loads libtorch in a thread that then ends. If the user makes OpenMP bind threads ({@code OMP_PROC_BIND}, {@code
     * OMP_PLACES}, {@code GOMP_CPU_AFFINITY}), it binds the thread that loads it to one processor, and every thread
     * started from that one: all workers would share a core.
     */
    private static CompletableFuture<Void> load(Optional<FolderLock> turn) {
        CompletableFuture<Void> loaded = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        Loader.load(org.bytedeco.pytorch.presets.torch.class);
                        loaded.complete(null);
                    } catch (LinkageError | RuntimeException e) {
                        loaded.completeExceptionally(e);
                    } finally {
                        turn.ifPresent(FolderLock::close);
                    }
                },
                "unipelt-load");
        try {
            // A process that ends waits: the C library would take down what this thread is still building.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> loaded.handle((done, failure) -> null)
                    .completeOnTimeout(null, PATIENCE, TimeUnit.SECONDS)
                    .join()));
        } catch (IllegalStateException e) {
            // The process is ending already.
        }
        thread.start();
        return loaded;
    }

    /**
     * Waits until no other process starts the engine. JavaCPP unpacks libraries into a folder of the user when it first
     * loads them; a process that loads one which another has unpacked only in part is killed.
     *
     * @return the turn to close, or empty if the folder cannot be written: then nobody unpacks into it
     */
    private static Optional<FolderLock> turn() {
        try {
            return Optional.of(FolderLock.takeWhenFree(Loader.getCacheDir().toPath(), () -> {}));
        } catch (InputException | IOException e) {
            return Optional.empty();
        }
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

    /** Begins to load libtorch in its class initializer: the JVM runs it once and makes other threads wait for it. */
    private static final class Loading {
        static final Map<String, String> SETTINGS;
        static final Optional<WorkerCount> COUNT;
        static final CompletableFuture<Void> LIBTORCH;

        static {
            // Before the first JavaCPP class that holds memory: its initializer reads the property.
            if (System.getProperty(MAX_PHYSICAL_BYTES) == null) {
                System.setProperty(MAX_PHYSICAL_BYTES, "0");
            }
            // Unset, JavaCPP would try the names of twenty CUDA libraries in every place of the class path, and add to
            // the places
            // each time: a tenth of a second.
            if (System.getProperty(EXTENSION) == null) {
                System.setProperty(EXTENSION, hasCuda() ? CUDA : NO_EXTENSION);
            }
            Map<String, String> settings = new LinkedHashMap<>();
            WorkerCount count = null;
            CompletableFuture<Void> libtorch;
            Optional<FolderLock> turn = turn();
            try {
                count = WorkerCount.ofProcess();
                settings.put(OMP_WAIT_POLICY, set(OMP_WAIT_POLICY, "PASSIVE"));
                settings.put(OPENBLAS_NUM_THREADS, set(OPENBLAS_NUM_THREADS, "1"));
                libtorch = load(turn);
            } catch (InputException | LinkageError e) {
                turn.ifPresent(FolderLock::close);
                libtorch = CompletableFuture.failedFuture(e);
            }
            for (String name : SHOWN) {
                if (System.getenv(name) != null) {
                    settings.put(name, System.getenv(name) + " (from the environment)");
                }
            }
            settings.put(MAX_PHYSICAL_BYTES, System.getProperty(MAX_PHYSICAL_BYTES));
            SETTINGS = Collections.unmodifiableMap(settings);
            COUNT = Optional.ofNullable(count);
            LIBTORCH = libtorch;
        }

        private static boolean hasCuda() {
            return Engine.class.getResource("/org/bytedeco/pytorch/" + Loader.getPlatform() + CUDA + "/"
                            + System.mapLibraryName("jnitorch"))
                    != null;
        }

        private static String set(String name, String value) {
            if (NativeEnv.putIfAbsent(name, value)) {
                return value;
            }
            String given = System.getenv(name);
            return given == null ? "cannot be set on this platform" : given + " (from the environment)";
        }
    }

    /** Starts the engine in its class initializer, once libtorch is loaded. */
    private static final class Started {
        static final Optional<Throwable> FAILURE;
        static final @Nullable Workers WORKERS;

        static {
            Throwable failure = null;
            Workers workers = null;
            try {
                Loading.LIBTORCH.join();
                workers = new Workers(Loading.COUNT.orElseThrow().count());
                torch.set_num_threads(1);
                // The variable comes too late if something else has already loaded a copy of OpenBLAS.
                openblas_nolapack.blas_set_num_threads(1);
            } catch (CompletionException e) {
                failure = e.getCause();
            } catch (LinkageError e) {
                failure = e;
            }
            FAILURE = Optional.ofNullable(failure);
            WORKERS = workers;
        }
    }
}
