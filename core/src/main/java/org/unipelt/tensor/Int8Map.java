package org.unipelt.tensor;

import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A map of 8 bits: each row of W has a scale of its own, and so has each row of x, which is found when it is read. Sums are
 * exact, so a text's numbers do not depend on the rest of its batch.
 *
 * <pre>
 *   x [rows, in] ─▶ / s_x, round ─▶ 8 bits ─▶ product with W's 8 bits ─▶ · s_W ─▶ · s_x + b
 *                   s_x = max |x| / 127 of the row
 * </pre>
 *
 * @param weight {@code [out, in]} of 8 bits, in an order that oneDNN chose
 * @param scales of W's rows {@code [out]}
 * @param zeros the numbers that stand for zero in W's rows: 0 {@code [out]}
 */
record Int8Map(Tensor weight, Tensor scales, Tensor zeros) implements PackedMap {
    private static final double LARGEST = 127;
    /** The number that stands for zero in x, whose numbers have no sign. */
    private static final long ZERO = 128;

    private static final long FIRST_BIT = -128;

    /** A row of zeros has this scale instead of 0. */
    private static final double LEAST_SCALE = 1e-30;

    /** oneDNN's operators, which not every build of libtorch has, and their arguments that never change. */
    private record OneDnn(
            Operator pack,
            Operator linear,
            IValue one,
            IValue zero,
            IValue float32,
            IValue nothing,
            IValue noNumbers,
            IValue noWord) {
        /** libtorch's number of the type in which the product is given. */
        private static final long FLOAT32 = 6;

        static final Optional<OneDnn> OF_PROCESS = find();

        private static Optional<OneDnn> find() {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard frozen = new NoGradGuard()) {
                OneDnn found = new OneDnn(
                        Operator.named("onednn::qlinear_prepack"),
                        Operator.named("onednn::qlinear_pointwise"),
                        Operator.value("float", "1.0"),
                        Operator.value("int", "0"),
                        Operator.value("int", String.valueOf(FLOAT32)),
                        Operator.value("str", "'none'"),
                        Operator.value("List[Optional[number]]", "[]"),
                        Operator.value("str", "''"));
                return found.isExact() ? Optional.of(found) : Optional.empty();
            } catch (RuntimeException e) {
                // This build, or this processor, has no such products.
                return Optional.empty();
            }
        }

        Tensor blocks(Tensor numbers) {
            return pack.tensor(new IValue(numbers.contiguous()), Operator.none());
        }

        /** The product of 8-bit numbers, with W's scales. */
        Tensor product(Tensor numbers, Tensor blocks, Tensor scales, Tensor zeros) {
            IValueVector arguments = Operator.arguments(
                    new IValue(numbers),
                    one,
                    new IValue(ZERO),
                    new IValue(blocks),
                    new IValue(scales),
                    new IValue(zeros),
                    Operator.none(),
                    one,
                    zero,
                    float32,
                    nothing,
                    noNumbers,
                    noWord);
            return linear.tensor(arguments);
        }

        /**
         * Whether sums of the largest numbers are exact. Without VNNI a processor adds two products in 16 bits, which
         * overflows, or one bit of each number is lost.
         */
        private boolean isExact() {
            int in = 256;
            int out = 32;
            Tensor numbers = torch.full(new long[] {3, in}, new Scalar(255.0), new TensorOptions(ScalarType.Byte));
            Tensor weight = torch.full(new long[] {out, in}, new Scalar(LARGEST), new TensorOptions(ScalarType.Char));
            Tensor found = product(
                    numbers,
                    blocks(weight),
                    torch.ones(new long[] {out}, new TensorOptions(ScalarType.Float)),
                    torch.zeros(new long[] {out}, new TensorOptions(ScalarType.Long)));
            return found.sub(new Scalar((255.0 - ZERO) * LARGEST * in))
                            .abs()
                            .max()
                            .item_double()
                    == 0;
        }
    }

    /** Whether this processor and this build of libtorch have exact products of 8 bits. */
    static boolean supported() {
        return OneDnn.OF_PROCESS.isPresent();
    }

    /** Packs a weight of 32 bits {@code [out, in]}, which stays its owner's. */
    static Int8Map of(Tensor weight) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Tensor scales = scales(weight);
            Tensor numbers = weight.div(scales).round_().to(ScalarType.Char);
            Int8Map packed = new Int8Map(
                    OneDnn.OF_PROCESS.orElseThrow().blocks(numbers),
                    scales.flatten(),
                    torch.zeros(new long[] {weight.size(0)}, new TensorOptions(ScalarType.Long)));
            packed.weight.retainReference();
            packed.scales.retainReference();
            packed.zeros.retainReference();
            return packed;
        }
    }

    /** The scale of each row {@code [rows, 1]}. */
    private static Tensor scales(Tensor rows) {
        return rows.abs().amax(new long[] {1}, true).div_(new Scalar(LARGEST)).clamp_min_(new Scalar(LEAST_SCALE));
    }

    @Override
    public Input read(Tensor x) {
        Tensor rows = x.dim() == 2 ? x : x.flatten(0, -2);
        Tensor scale = scales(rows);
        // Adding ZERO to a number with a sign is turning its first bit.
        Tensor numbers = rows.div(scale)
                .round_()
                .to(ScalarType.Char)
                .bitwise_xor_(new Scalar(FIRST_BIT))
                .view(ScalarType.Byte);
        return new Input(x, numbers, Optional.of(scale));
    }

    @Override
    public Tensor apply(Input x, Optional<Tensor> bias) {
        Tensor scale = x.scale().orElseThrow();
        Tensor product = OneDnn.OF_PROCESS.orElseThrow().product(x.numbers(), weight, scales, zeros);
        Tensor y = bias.isPresent() ? torch.addcmul_out(product, bias.get(), product, scale) : product.mul_(scale);
        return x.x().dim() == 2 ? y : y.unflatten(0, leading(x.x()));
    }

    private static long[] leading(Tensor x) {
        long[] sizes = new long[(int) x.dim() - 1];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = x.size(i);
        }
        return sizes;
    }

    @Override
    public void close() {
        weight.releaseReference();
        scales.releaseReference();
        zeros.releaseReference();
    }
}
