package org.unipelt.method;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.InputException;
import org.unipelt.tensor.Weights;

/**
 * Compacter's linear map (Karimi Mahabadi et al. 2021, Eq. 4 to 6): a sum of n Kronecker products, whose small factors
 * all layers share and whose large ones have a low rank.
 *
 * <pre>
 *   W [in, out] = Σ_i  A_i ⊗ (s_i t_i)        i = 1 … n "divisions"
 *
 *   A   [n, n, n]        "rule", one for all layers and both maps
 *   s_i [in/n, k]        "left",  k "factor-rank"
 *   t_i [k, out/n]       "right"
 * </pre>
 *
 * The initial values are those of the authors' program as AdapterHub configures it: the rule normal with 1e-4, left and
 * right Glorot-uniform with gain √2, biases zero. So it has almost no effect at the start.
 */
record Compacter(int divisions, int factorRank) implements LinearMap {
    @Override
    public List<Parameter> shared(String method) {
        return List.of(Parameter.of(method + ".rule", new Init.Normal(1e-4), divisions, divisions, divisions));
    }

    @Override
    public List<Parameter> parameters(String name, boolean last, int in, int out) {
        for (int width : new int[] {in, out}) {
            if (width % divisions != 0) {
                throw new InputException(
                        "compacter: divisions=" + divisions + " must divide both the hidden size and the"
                                + " rank, as Kronecker products of " + divisions + " x " + divisions
                                + " blocks make up the whole matrix; " + width + " is not divisible");
            }
        }
        return List.of(
                Parameter.of(name + ".left", glorot(in / divisions), divisions, in / divisions, factorRank),
                Parameter.of(name + ".right", glorot(out / divisions), divisions, factorRank, out / divisions),
                Parameter.of(name + ".bias", Init.ZEROS, out));
    }

    private Init glorot(int width) {
        return new Init.Uniform(Math.sqrt(2) * Math.sqrt(6.0 / (width + factorRank)));
    }

    @Override
    public Tensor apply(Tensor x, String method, String name, Weights adapterWeights) {
        Tensor factors = adapterWeights.get(name + ".left").bmm(adapterWeights.get(name + ".right"));
        long in = factors.size(1);
        long out = factors.size(2);
        // Rows (a, b) of A against the n factors; then W[(a, p), (b, q)] = Σ_i A_i[a, b] · factor_i[p, q].
        Tensor weight = adapterWeights
                .get(method + ".rule")
                .flatten(1, 2)
                .t()
                .matmul(factors.flatten(1, 2))
                .view(divisions, divisions, in, out)
                .permute(0, 2, 1, 3)
                .reshape(divisions * in, divisions * out);
        return torch.linear(x, weight.t(), new TensorOptional(adapterWeights.get(name + ".bias")));
    }
}
