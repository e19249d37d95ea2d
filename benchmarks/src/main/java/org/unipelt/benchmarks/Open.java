package org.unipelt.benchmarks;

import java.util.Arrays;
import java.util.Locale;
import org.unipelt.hub.BaseModel;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;

/**
 * How long a base model takes to open: its files read, every value checked, and the fingerprint computed.
 *
 * <pre>
 *   Open FOLDER TIMES [f32|bf16]     median milliseconds of TIMES openings, after one to warm up; 0: of the first one
 * </pre>
 */
public final class Open {
    private Open() {}

    /** Opens the model again and again. */
    public static void main(String[] arguments) {
        Precision precision = arguments.length > 2 ? Precision.named(arguments[2]) : Precision.F32;
        int times = Integer.parseInt(arguments[1]);
        double[] taken = new double[times + 1];
        for (int i = 0; i <= times; i++) {
            long start = System.nanoTime();
            try (BaseModel base = BaseModel.open(arguments[0], Compute.of(Device.CPU, precision))) {
                taken[i] = (System.nanoTime() - start) / 1e6;
            }
        }
        double[] timed = times == 0 ? taken : Arrays.copyOfRange(taken, 1, taken.length);
        Arrays.sort(timed);
        System.out.printf(Locale.ROOT, "ms %.1f%n", timed[timed.length / 2]);
    }
}
