package org.unipelt.backbone;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The score bias of relative positions (Raffel et al. 2020, section 2.1): a number for each head and each bucket of
 * distances. Small distances have their own bucket; larger ones share buckets that widen logarithmically up to a longest
 * distance. Where queries attend in both directions, half of the buckets are for keys before the query and half for keys
 * after it.
 *
 * @param buckets how many, at least 4
 * @param longest the distance from which all share the last bucket; more than half of the buckets
 */
public record RelativePositions(int buckets, int longest) {
    /**
     * The bias of queries that attend in both directions, {@code [1, heads, length, length]}, rows by query and columns
     * by key.
     *
     * @param table {@code [buckets, heads]}
     */
    public Tensor bias(Tensor table, long length) {
        Tensor distance = distance(table, length, 0);
        Tensor after = distance.gt(new Scalar(0L)).to(ScalarType.Long).mul(new Scalar(buckets / 2L));
        return lookUp(table, bucket(distance.abs(), buckets / 2).add(after));
    }

    /**
     * The bias of queries that attend only to themselves and to what is before them, {@code [1, heads, length, before +
     * length]}.
     *
     * @param table {@code [buckets, heads]}
     * @param before keys of earlier steps
     */
    public Tensor causalBias(Tensor table, long length, long before) {
        return lookUp(
                table,
                bucket(distance(table, length, before).clamp_max(new Scalar(0L)).neg(), buckets));
    }

    /** From each query to each key; made on the table's device. */
    private static Tensor distance(Tensor table, long length, long before) {
        Tensor position = table.new_ones(new long[] {before + length}, new TensorOptions(ScalarType.Long))
                .cumsum(0);
        return position.unsqueeze(0).sub(position.narrow(0, before, length).unsqueeze(1));
    }

    private static Tensor lookUp(Tensor table, Tensor bucket) {
        return torch.embedding(table, bucket)
                .to(ScalarType.Float)
                .permute(2, 0, 1)
                .unsqueeze(0);
    }

    /** The bucket of each distance in one direction; as Hugging Face computes it, in 32 bits. */
    private Tensor bucket(Tensor distance, long buckets) {
        long exact = buckets / 2;
        Tensor log = distance.to(ScalarType.Float)
                .div(new Scalar((double) exact))
                .log()
                .div(new Scalar(Math.log((double) longest / exact)))
                .mul(new Scalar((double) (buckets - exact)))
                .to(ScalarType.Long)
                .add(new Scalar(exact))
                .clamp_max(new Scalar(buckets - 1));
        return torch.where(distance.lt(new Scalar(exact)), distance, log);
    }
}
