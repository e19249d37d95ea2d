package org.unipelt.tensor;

import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

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
                OneDnn found = new OneDnn(
                        Operator.named("mkldnn::_reorder_linear_weight"),
                        Operator.named("mkldnn::_linear_pointwise"),
                        Operator.value("Optional[int]", String.valueOf(ROWS)),
                        Operator.value("str", "'none'"),
                        Operator.value("List[Optional[number]]", "[]"));
                return found.isRight(ScalarType.Float, 1e-5) && found.isRight(ScalarType.BFloat16, 2e-2)
                        ? Optional.of(found)
                        : Optional.empty();
            } catch (RuntimeException e) {
                // This build, or this processor, has no such products.
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

        /** Whether it gives what a plain product gives. */
        private boolean isRight(ScalarType type, double tolerance) {
            Tensor x = torch.arange(new Scalar(6 * 40))
                    .remainder(new Scalar(7))
                    .sub(new Scalar(3))
                    .view(2, 3, 40)
                    .to(type);
            Tensor weight = torch.arange(new Scalar(24 * 40))
                    .remainder(new Scalar(11))
                    .sub(new Scalar(5))
                    .view(24, 40)
                    .to(type);
            Tensor bias = torch.arange(new Scalar(24)).to(type);
            Tensor plain = torch.linear(
                    x.to(ScalarType.Float),
                    weight.to(ScalarType.Float),
                    new TensorOptional(bias.to(ScalarType.Float)));
            Tensor packed = product(x, blocks(weight), Optional.of(bias)).to(ScalarType.Float);
            return plain.sub(packed).abs().max().item_double()
                    <= tolerance * plain.abs().max().item_double();
        }
    }

    /** Whether this processor and this build of libtorch have such products. */
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
    public Tensor apply(Tensor x, Optional<Tensor> bias) {
        ScalarType type = weight.scalar_type();
        return OneDnn.OF_PROCESS.orElseThrow().product(x.to(type), weight, bias.map(each -> each.to(type)));
    }

    @Override
    public void close() {
        weight.releaseReference();
    }
}
