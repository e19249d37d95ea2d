package org.unipelt.method;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.tensor.Weights;

/**
 * The bottleneck of adapters (He et al. 2022, Eq. 4): {@code f(x W_down) W_up}, both linear maps with bias.
 *
 * <pre>
 *   x ─(norm=in: LN)─▶ W_down ─▶ f ─▶ dropout ─▶ W_up ─▶ · s ─(norm=out: LN)─▶ Δh
 * </pre>
 *
 * @param rank r, the inner size
 * @param maps how W_down and W_up are parametrised
 * @param activation f
 * @param norm where the trained layer norm is, if there is one
 * @param dropout the probability inside
 */
record Bottleneck(int rank, LinearMap maps, Activation activation, Norm norm, double dropout) {
    /** The non-linearity. */
    enum Activation {
        RELU,
        /** u · sigmoid(u), which Houlsby adapters use. */
        SWISH,
        /** Approximated with tanh, as in AdapterHub. */
        GELU,
        TANH,
        LEAKYRELU
    }

    /** Where the layer norm is. */
    enum Norm {
        NONE,
        /** Before W_down. */
        IN,
        /** After the scaled W_up; it removes a constant scale. */
        OUT
    }

    /** A dense bottleneck with nothing but its maps and f. */
    static Bottleneck plain(int rank, Activation activation, Dense.Start init) {
        return new Bottleneck(rank, new Dense(init), activation, Norm.NONE, 0);
    }

    /** Reads {@code bottleneck(rank=…)} or {@code compacter(rank=…)} with the {@code init} next to it. */
    static Bottleneck of(Options form, Options beside) {
        boolean compacter = form.word().equals("compacter");
        return new Bottleneck(
                form.integer("rank", compacter ? 24 : 48, 1, 65_536),
                compacter
                        ? new Compacter(form.integer("divisions", 4, 1, 4096), form.integer("factor-rank", 1, 1, 4096))
                        : new Dense(beside.choice("init", Dense.Start.BERT)),
                form.choice("activation", compacter ? Activation.GELU : Activation.RELU),
                form.choice("norm", Norm.NONE),
                form.number("dropout", 0, 0, 1));
    }

    /** Whether {@link #plain} can make it. */
    boolean isPlain() {
        return maps instanceof Dense && norm == Norm.NONE && dropout == 0;
    }

    /** What all of a method's bottlenecks share. */
    List<Parameter> shared(String method) {
        return maps.shared(method);
    }

    /** W_down, W_up, and the layer norm if there is one, from width {@code in} to width {@code out}. */
    List<Parameter> parameters(String name, int in, int out) {
        List<Parameter> parameters = new ArrayList<>(maps.parameters(name + ".down", false, in, rank));
        parameters.addAll(maps.parameters(name + ".up", true, rank, out));
        if (norm != Norm.NONE) {
            parameters.addAll(LayerNorm.parameters(name + ".norm", norm == Norm.IN ? in : out));
        }
        return parameters;
    }

    /** The change {@code [batch, length, d]}, scaled, for an input of the same shape. */
    Tensor change(Tensor x, Composition compose, String method, String name, Weights adapterWeights, MethodPass pass) {
        Tensor input = norm == Norm.IN ? LayerNorm.apply(x, name + ".norm", adapterWeights) : x;
        Tensor inner = activated(maps.apply(input, method, name + ".down", adapterWeights));
        Tensor up = maps.apply(pass.dropout().at(dropout).apply(inner), method, name + ".up", adapterWeights);
        Tensor scaled = compose.scaled(up, name, adapterWeights);
        return norm == Norm.OUT ? LayerNorm.apply(scaled, name + ".norm", adapterWeights) : scaled;
    }

    private Tensor activated(Tensor down) {
        return switch (activation) {
            case RELU -> torch.relu(down);
            case SWISH -> torch.silu(down);
            case GELU -> torch.gelu(down, "tanh");
            case TANH -> torch.tanh(down);
            case LEAKYRELU -> torch.leaky_relu(down);
        };
    }

    /** As it is written after {@code form=}. */
    @Override
    public String toString() {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("rank", rank);
        if (maps instanceof Compacter compacter) {
            options.put("divisions", compacter.divisions());
            options.put("factor-rank", compacter.factorRank());
        }
        options.put("activation", Options.word(activation));
        options.put("norm", Options.word(norm));
        options.put("dropout", Options.number(dropout));
        return Options.text(maps instanceof Compacter ? "compacter" : "bottleneck", options);
    }
}
