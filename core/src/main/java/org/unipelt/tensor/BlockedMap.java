package org.unipelt.tensor;

import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A map of 32 bits or of bfloat16 in the blocks of oneDNN's products.
 *
 * @param weight {@code [out, in]}, in an order that oneDNN chose
 */
record BlockedMap(Tensor weight) implements PackedMap {
    /** The rows that oneDNN chooses the blocks for: a prediction's piece has about as many tokens. */
    private static final int ROWS = 512;

    /**
     * oneDNN's operators, which not every build of libtorch has.
     *
     * @param reorder a weight and the number of rows to choose blocks for
     * @param linear x, weight, bias, what follows (nothing here), and two arguments of that
     */
    private record OneDnn(Operator reorder, Operator linear, IValue rows, IValue nothing, IValue noNumbers) {
        static final Optional<OneDnn> OF_PROCESS = find();

        private static Optional<OneDnn> find() {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard frozen = new NoGradGuard()) {
                return Optional.of(new OneDnn(
                        Operator.named("mkldnn::_reorder_linear_weight"),
                        Operator.named("mkldnn::_linear_pointwise"),
                        Operator.value("Optional[int]", String.valueOf(ROWS)),
                        Operator.value("str", "'none'"),
                        Operator.value("List[Optional[number]]", "[]")));
            } catch (RuntimeException e) {
                // This build has no such products.
                return Optional.empty();
            }
        }

        Tensor blocks(Tensor weight) {
            return reorder.tensor(new IValue(weight.contiguous()), rows);
        }

        Tensor product(Tensor x, Tensor blocks, Optional<Tensor> bias) {
            IValueVector arguments = Operator.arguments(
                    new IValue(x),
                    new IValue(blocks),
                    bias.map(IValue::new).orElseGet(Operator::none),
                    nothing,
                    noNumbers,
                    Operator.none());
            return linear.tensor(arguments);
        }
    }

    /** Whether this build of libtorch has such products. */
    static boolean supported() {
        return OneDnn.OF_PROCESS.isPresent();
    }

    /** Packs a weight {@code [out, in]}, which stays its owner's. */
    static BlockedMap of(Tensor weight) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Tensor blocks = OneDnn.OF_PROCESS.orElseThrow().blocks(weight);
            blocks.retainReference();
            return new BlockedMap(blocks);
        }
    }

    @Override
    public Input read(Tensor x) {
        return new Input(x, x.to(weight.scalar_type()), Optional.empty());
    }

    @Override
    public Tensor apply(Input x, Optional<Tensor> bias) {
        return OneDnn.OF_PROCESS
                .orElseThrow()
                .product(x.numbers(), weight, bias.map(each -> each.to(weight.scalar_type())));
    }

    @Override
    public void close() {
        weight.releaseReference();
    }
}
