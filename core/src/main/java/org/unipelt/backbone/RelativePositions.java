package org.unipelt.backbone;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The score bias of relative positions (Raffel et al. 2020, section 2.1): a number for each head and each bucket of
 * distances. Half of the buckets are for keys before the query, half for keys after it. In each half, small distances
 * have their own bucket, and larger ones share buckets that widen logarithmically up to a longest distance.
 *
 * @param buckets how many
 * @param longest the distance from which all share the last bucket
 */
public record RelativePositions(int buckets, int longest) {
    /**
     * The bias {@code [1, heads, length, length]}, rows by query and columns by key.
     *
     * @param table {@code [buckets, heads]}
     */
    public Tensor bias(Tensor table, long length) {
        // On the table's device; only differences count.
        Tensor position = table.new_ones(new long[] {length}, new TensorOptions(ScalarType.Long))
                .cumsum(0);
        Tensor distance = position.unsqueeze(0).sub(position.unsqueeze(1));
        return torch.embedding(table, bucket(distance))
                .to(ScalarType.Float)
                .permute(2, 0, 1)
                .unsqueeze(0);
    }

    /** The bucket of each distance, from a query to a key; as Hugging Face computes it, in 32 bits. */
    private Tensor bucket(Tensor distance) {
        int half = buckets / 2;
        int exact = half / 2;
        Tensor far = distance.abs();
        Tensor log = far.to(ScalarType.Float)
                .div(new Scalar((double) exact))
                .log()
                .div(new Scalar(Math.log((double) longest / exact)))
                .mul(new Scalar((double) (half - exact)))
                .to(ScalarType.Long)
                .add(new Scalar((long) exact))
                .clamp_max(new Scalar((long) (half - 1)));
        Tensor after = distance.gt(new Scalar(0L)).to(ScalarType.Long).mul(new Scalar((long) half));
        return torch.where(far.lt(new Scalar((long) exact)), far, log).add(after);
    }
}
