package org.unipelt.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.unipelt.files.FolderLock;

class EngineTest {
    @Test
    void startsOnceFromManyThreads() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            Callable<Float> compute = () -> {
                Engine.start();
                try (PointerScope scope = new PointerScope()) {
                    Tensor ones = torch.ones(3, 3);
                    return ones.mm(ones).sum().item_float();
                }
            };
            for (Future<Float> sum : pool.invokeAll(List.of(compute, compute, compute, compute))) {
                assertThat(sum.get()).isEqualTo(27f);
            }
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void saysWhatComputesAndWithWhichSettings() {
        Map<String, String> lines = Engine.describe();
        assertThat(lines.keySet()).startsWith("libtorch", "cpu", "blas", "threads", "OMP_WAIT_POLICY");
        assertThat(lines.get("libtorch")).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(lines.get("blas")).startsWith("OpenBLAS").contains("core");
        assertThat(lines.get("threads")).isEqualTo(WorkerCount.ofProcess().describe());
        assertThat(Engine.workers().count()).isEqualTo(WorkerCount.ofProcess().count());
    }

    /** What a process of its own says that has these variables, and none of the others that count threads. */
    private static String engine(Map<String, String> variables, String... options)
            throws IOException, InterruptedException {
        return engine(variables, List.of(options), System.getProperty("java.class.path"), List.of());
    }

    private static String engine(
            Map<String, String> variables, List<String> options, String classPath, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(List.of("-cp", classPath, EngineProcess.class.getName()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().keySet().removeIf(name -> name.matches("(OMP|GOMP|MKL)_.*"));
        builder.environment().putAll(variables);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    void libtorchsGuessCountsForNothing() throws Exception {
        int processors = Runtime.getRuntime().availableProcessors();
        WorkerCount machine =
                WorkerCount.of(Optional.empty(), Optional.empty(), processors, Cores.shared(Path.of("/")));
        // Without OMP_NUM_THREADS this is what libtorch takes for its guess.
        assertThat(engine(Map.of("MKL_NUM_THREADS", Integer.toString(processors + 3))))
                .startsWith(machine.count() + " workers,");
    }

    @Test
    void withoutNativesTheArtifactIsNamed() throws Exception {
        String classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.matches(".*(pytorch|openblas|javacpp)-[\\d.-]*-(linux|macosx|windows).*"))
                .collect(Collectors.joining(File.pathSeparator));
        assertThat(classPath).isNotEqualTo(System.getProperty("java.class.path"));
        assertThat(engine(Map.of(), List.of(), classPath, List.of()))
                .startsWith("refused: libtorch cannot be loaded on ")
                .contains("add the Maven dependency org.unipelt:unipelt-natives-PLATFORM");
    }

    @Test
    void whatAPersonSaysCounts() throws Exception {
        assertThat(engine(Map.of("OMP_NUM_THREADS", "5"))).startsWith("5 workers,");
        assertThat(engine(Map.of("OMP_NUM_THREADS", "5"), "-Dorg.unipelt.threads=3"))
                .startsWith("3 workers,");
        assertThat(engine(Map.of("OMP_NUM_THREADS", "many")))
                .isEqualToIgnoringNewLines("refused: OMP_NUM_THREADS must be a whole number of at least 1, got 'many';"
                        + " change it or unset it");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void workersHaveEveryProcessorThoughOpenMpBindsItsThreads() throws Exception {
        String free = engine(Map.of());
        assertThat(free).containsPattern("processors \\d");
        assertThat(engine(Map.of("OMP_PROC_BIND", "true"))).isEqualTo(free);
    }

    /** It waits for the end of the loading; else the C library would take down what is being built. */
    @Test
    void aProcessMayEndWhileLibtorchLoads() throws Exception {
        for (int after : List.of(0, 50, 100, 200, 400)) {
            assertThat(engine(
                            Map.of(), List.of(), System.getProperty("java.class.path"), List.of(String.valueOf(after))))
                    .isEmpty();
        }
    }

    /** Two that unpack the libraries at once would kill each other. */
    @Test
    void processesStartOneAfterTheOther() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try {
            Future<String> said;
            try (FolderLock turn = FolderLock.takeWhenFree(Loader.getCacheDir().toPath(), () -> {})) {
                said = pool.submit(() -> engine(Map.of()));
                assertThatThrownBy(() -> said.get(2, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
            }
            assertThat(said.get()).contains("workers,");
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void nativeLibrariesSeeTheSetting() {
        Engine.start();
        // The parallel report reads the table with getenv(), as OpenMP does.
        assertThat(NativeEnv.putIfAbsent("MKL_NUM_THREADS", "3")).isEqualTo(System.getenv("MKL_NUM_THREADS") == null);
        assertThat(torch.get_parallel_info().getString()).containsPattern("MKL_NUM_THREADS : \\d");
        assertThat(NativeEnv.putIfAbsent("PATH", "x")).as("the user's own wins").isFalse();
    }
}
