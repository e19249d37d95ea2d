package org.unipelt.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Precision;

/**
 * Times a matrix product as large as one in a feed-forward network, {@code [2048, 768] x [768, 3072]}, divided among
 * the cores as batches are. It shows the machine's peak speed, to compare with the times of steps.
 *
 * <pre>
 *   Product TIMES [PRECISION]        prints 'ms' and the median in milliseconds
 * </pre>
 */
public final class Product {
    private static final long ROWS = 2048;

    private Product() {}

    /** Runs it the given number of times, after as many runs to warm up. */
    public static void main(String[] arguments) {
        int times = Integer.parseInt(arguments[0]);
        ScalarType type = arguments.length > 1 && Precision.named(arguments[1]) == Precision.BF16
                ? ScalarType.BFloat16
                : ScalarType.Float;
        int cores = Engine.workers().count();
        double[] taken = new double[2 * times];
        try (PointerScope scope = new PointerScope()) {
            Tensor right = torch.randn(3072, 768).to(type);
            List<Callable<Void>> parts = IntStream.range(0, cores)
                    .mapToObj(part -> torch.randn(ROWS / cores, 768).to(type))
                    .<Callable<Void>>map(left -> () -> {
                        try (PointerScope inner = new PointerScope();
                                NoGradGuard frozen = new NoGradGuard()) {
                            torch.linear(left, right);
                        }
                        return null;
                    })
                    .toList();
            for (int i = 0; i < taken.length; i++) {
                long start = System.nanoTime();
                Engine.workers().all(parts);
                taken[i] = (System.nanoTime() - start) / 1e6;
            }
        }
        double[] counted = Arrays.stream(taken).skip(times).sorted().toArray();
        System.out.printf("ms %.2f%n", counted[times / 2]);
    }
}
