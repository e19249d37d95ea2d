package org.unipelt.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

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
        assertThat(lines.get("threads")).isEqualTo(Engine.workers().count() + " workers, one core each");
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
