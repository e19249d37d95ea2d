package org.unipelt.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.PackedMap;
import org.unipelt.tensor.Precision;

/**
 * Times the linear maps of a layer on one core, plain and packed, in every precision, in turn.
 *
 * <pre>
 *   Maps WIDTH INTERMEDIATE ROWS ...        prints a line of a Markdown table for each map and number of rows, in microseconds
 * </pre>
 */
public final class Maps {
    private static final int ROUNDS = 4;
    private static final int TIMES = 60;

    private Maps() {}

    /** Times them in a thread whose kernels run on one core. */
    public static void main(String[] arguments) throws InterruptedException {
        int[] sizes = Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray();
        System.out.println("| rows x map | f32 | packed | bf16 | packed | int8 |");
        System.out.println("| --- | ---: | ---: | ---: | ---: | ---: |");
        Thread alone = Engine.thread(
                () -> {
                    for (int[] map : new int[][] {{sizes[0], sizes[0]}, {sizes[0], sizes[1]}, {sizes[1], sizes[0]}}) {
                        for (int i = 2; i < sizes.length; i++) {
                            line(sizes[i], map[0], map[1]);
                        }
                    }
                },
                "maps");
        alone.start();
        alone.join();
    }

    private static void line(int rows, int in, int out) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Tensor x = torch.randn(rows, in);
            Tensor weight = torch.randn(out, in).mul_(new Scalar(0.02));
            Tensor bias = torch.randn(out);
            List<Runnable> forms = new ArrayList<>();
            List<PackedMap> packed = new ArrayList<>();
            for (Precision precision : Precision.values()) {
                ScalarType type = precision == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
                Tensor own = weight.to(type);
                Tensor added = bias.to(type);
                if (precision != Precision.INT8) {
                    forms.add(() -> torch.linear(x.to(type), own, new TensorOptional(added)));
                }
                PackedMap map = Compute.of(Device.CPU, precision).predicting().packed(own);
                packed.add(map);
                forms.add(() -> map.apply(x, Optional.of(added)));
            }
            double[] best = new double[forms.size()];
            Arrays.fill(best, Double.POSITIVE_INFINITY);
            for (int round = 0; round < ROUNDS; round++) {
                for (int form = 0; form < best.length; form++) {
                    best[form] = Math.min(best[form], median(forms.get(form)));
                }
            }
            packed.forEach(PackedMap::close);
            StringBuilder line = new StringBuilder("| " + rows + " x " + in + " to " + out + " |");
            for (double time : best) {
                line.append(String.format(" %,.0f |", time));
            }
            System.out.println(line);
        }
    }

    private static double median(Runnable product) {
        double[] times = new double[TIMES];
        for (int i = 0; i < TIMES; i++) {
            long start = System.nanoTime();
            try (PointerScope scope = new PointerScope()) {
                product.run();
            }
            times[i] = (System.nanoTime() - start) / 1e3;
        }
        Arrays.sort(times);
        return times[TIMES / 2];
    }
}
