package org.unipelt.method;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.tensor.Weights;

/**
 * How a change Δh joins the representation h that it modifies: the composition function of He et al. 2022, Table 1.
 *
 * <pre>
 *   add        h + Δh
 *   scale(s)   h + s·Δh        s a number
 *   learned    h + s·Δh        s trained, 1 at the start
 *   lambda     (1-λ)·h + λ·Δh  λ the attention that a prefix takes, Eq. 7
 *   concat     the same as lambda, by putting the prefix in front of keys and values
 * </pre>
 *
 * @param scale s; 1 if there is none
 */
record Composition(Kind kind, double scale) {
    /** The kinds; {@code add} is {@code scale(1)}. */
    enum Kind {
        SCALE,
        LEARNED,
        LAMBDA,
        CONCAT
    }

    static final Composition ADD = new Composition(Kind.SCALE, 1);
    static final Composition LEARNED = new Composition(Kind.LEARNED, 1);
    static final Composition LAMBDA = new Composition(Kind.LAMBDA, 1);
    static final Composition CONCAT = new Composition(Kind.CONCAT, 1);

    private static final List<String> WORDS = List.of("add", "scale", "learned", "lambda", "concat");

    /** The option {@code compose}. */
    static Composition of(Options options, Composition byDefault) {
        Options compose = options.within("compose", byDefault.toString(), String.join(", ", WORDS));
        return switch (compose.word()) {
            case "add" -> ADD;
            case "scale" -> new Composition(Kind.SCALE, compose.argument("scale(4)", 0, Double.POSITIVE_INFINITY));
            case "learned" -> LEARNED;
            case "lambda" -> LAMBDA;
            case "concat" -> CONCAT;
            default -> throw InputException.unknown("value of " + options.word() + "'s compose", compose.word(), WORDS);
        };
    }

    /** Whether it adds Δh to h; the others weigh the two against each other. */
    boolean adds() {
        return kind == Kind.SCALE || kind == Kind.LEARNED;
    }

    /** The trained scale {@code [1]}, if it is trained. */
    List<Parameter> parameters(String name) {
        return kind == Kind.LEARNED ? List.of(Parameter.of(name + ".scale", new Init.Constant(1), 1)) : List.of();
    }

    /** s·Δh. */
    Tensor scaled(Tensor change, String name, Weights adapterWeights) {
        if (kind == Kind.LEARNED) {
            return change.mul(adapterWeights.get(name + ".scale"));
        }
        return scale == 1 ? change : change.mul(new Scalar(scale));
    }

    @Override
    public String toString() {
        if (kind == Kind.SCALE) {
            return scale == 1 ? "add" : "scale(" + Options.number(scale) + ")";
        }
        return Options.word(kind);
    }
}
