package org.unipelt.interop;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.backbone.Activation;
import org.unipelt.interop.OnnxGraph.Value;

/**
 * What transformers are computed with, as nodes of ONNX.
 *
 * @param graph where the nodes go
 */
record OnnxOperations(OnnxGraph graph) {
    /** ONNX's number of the type of 32-bit floats. */
    private static final long FLOAT = 1;

    /** Numpy's rules for shapes, here and below. */
    Value add(Value a, Value b) {
        return graph.node("Add", a, b);
    }

    Value sub(Value a, Value b) {
        return graph.node("Sub", a, b);
    }

    Value mul(Value a, Value b) {
        return graph.node("Mul", a, b);
    }

    Value div(Value a, Value b) {
        return graph.node("Div", a, b);
    }

    Value matmul(Value a, Value b) {
        return graph.node("MatMul", a, b);
    }

    /** {@code x} times a number. */
    Value scaled(Value x, double factor) {
        return factor == 1 ? x : mul(x, graph.scalar(factor));
    }

    /**
     * {@code x W + b}.
     *
     * @param matrix {@code [in, out]}
     */
    Value linear(Value x, Value matrix, Optional<Value> bias) {
        Value product = matmul(x, matrix);
        return bias.map(b -> add(product, b)).orElse(product);
    }

    /** Layer norm over the last dimension. */
    Value layerNorm(Value x, Value weight, Optional<Value> bias, double epsilon) {
        Map<String, Object> attributes = Map.of("axis", -1L, "epsilon", epsilon);
        return bias.map(b -> graph.node("LayerNormalization", attributes, x, weight, b))
                .orElseGet(() -> graph.node("LayerNormalization", attributes, x, weight));
    }

    /** f(x). */
    Value activation(Activation f, Value x) {
        return switch (f) {
            // x/2 · (1 + erf(x/√2))
            case GELU ->
                mul(scaled(x, 0.5), add(graph.node("Erf", div(x, graph.scalar(Math.sqrt(2)))), graph.scalar(1.0)));
            // x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))
            case GELU_TANH -> {
                Value cube = scaled(mul(mul(x, x), x), 0.044715);
                Value inner = scaled(add(x, cube), Math.sqrt(2 / Math.PI));
                yield mul(scaled(x, 0.5), add(graph.node("Tanh", inner), graph.scalar(1.0)));
            }
            case SILU -> mul(x, graph.node("Sigmoid", x));
            case RELU -> graph.node("Relu", x);
            case TANH -> graph.node("Tanh", x);
        };
    }

    /** Over the last dimension. */
    Value softmax(Value x) {
        return graph.node("Softmax", Map.of("axis", -1L), x);
    }

    Value transposed(Value x, Long... order) {
        return graph.node("Transpose", Map.of("perm", List.of(order)), x);
    }

    /**
     * A view of another shape.
     *
     * @param shape 0 keeps a size, -1 takes what is left
     */
    Value reshaped(Value x, long... shape) {
        return graph.node("Reshape", x, graph.longs(shape));
    }

    Value unsqueezed(Value x, long... axes) {
        return graph.node("Unsqueeze", x, graph.longs(axes));
    }

    /** {@code x} along an axis from a place to the end. */
    Value from(Value x, long axis, long first) {
        return graph.node("Slice", x, graph.longs(first), graph.longs(Long.MAX_VALUE), graph.longs(axis));
    }

    /** The first of {@code x} along an axis, up to a place {@code [1]}. */
    Value upTo(Value x, Value end, long axis) {
        return graph.node("Slice", x, graph.longs(0), end, graph.longs(axis));
    }

    Value concatenated(long axis, Value a, Value b) {
        return graph.node("Concat", Map.of("axis", axis), a, b);
    }

    Value gathered(Value table, Value rows, long axis) {
        return graph.node("Gather", Map.of("axis", axis), table, rows);
    }

    /** A dimension's size {@code [1]}. */
    Value size(Value x, long axis) {
        return graph.node("Shape", Map.of("start", axis, "end", axis + 1), x);
    }

    /** {@code x}, repeated for each row of a batch; its first dimension is 1. */
    Value forEachRow(Value x, Value batch, int dimensions) {
        Value shape = size(batch, 0);
        if (dimensions > 1) {
            long[] ones = new long[dimensions - 1];
            Arrays.fill(ones, 1);
            shape = concatenated(0, shape, graph.longs(ones));
        }
        return graph.node("Expand", x, shape);
    }

    /**
     * The products of queries or keys with the vector of each pair {@code [batch, heads, length, length]}, by query and
     * key.
     *
     * @param states of queries or keys {@code [batch, heads, length, size]}
     * @param ofQueries whether they are queries
     * @param vectors {@code [length, length, size]}
     */
    Value products(Value states, boolean ofQueries, Value vectors) {
        String equation = ofQueries ? "bhqd,qkd->bhqk" : "bhkd,qkd->bhqk";
        return graph.node("Einsum", Map.of("equation", equation), states, vectors);
    }

    Value toFloat(Value x) {
        return graph.node("Cast", Map.of("to", FLOAT), x);
    }

    /** {@code [batch, length, heads · size]} as {@code [batch, heads, length, size]}. */
    Value split(Value states, int heads, int size) {
        return transposed(reshaped(states, 0, 0, heads, size), 0L, 2L, 1L, 3L);
    }

    /** {@code [batch, heads, length, size]} as {@code [batch, length, heads · size]}. */
    Value joined(Value heads, int width) {
        return reshaped(transposed(heads, 0L, 2L, 1L, 3L), 0, 0, width);
    }

    /** Keys {@code [.., length, size]} as columns {@code [.., size, length]}. */
    Value columns(Value keys) {
        return transposed(keys, 0L, 1L, 3L, 2L);
    }

    /** The mean over all positions {@code [batch, 1, width]}. */
    Value mean(Value states) {
        return graph.node("ReduceMean", Map.of("axes", List.of(1L), "keepdims", 1L), states);
    }

    /**
     * The mean over real tokens {@code [batch, 1, width]}.
     *
     * @param mask Float {@code [batch, length]}, 1 for a real token and 0 for padding
     */
    Value mean(Value states, Value mask) {
        Value real = unsqueezed(mask, 2);
        return div(sum(mul(states, real)), sum(real));
    }

    private Value sum(Value states) {
        return graph.node("ReduceSum", Map.of("keepdims", 1L), states, graph.longs(1));
    }
}
