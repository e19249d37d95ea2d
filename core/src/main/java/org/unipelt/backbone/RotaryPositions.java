package org.unipelt.backbone;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Rotary positions (Su et al. 2021, section 3.2.2). Number i of a head of size d and number i + d/2 are a point of a
 * plane; at position m it turns by the angle m · θ^(-2i/d). The product of a query and a key then depends on the distance
 * of their positions alone.
 *
 * @param cosines of the angles, {@code [length, head size / 2]}; {@code [batch, 1, length, head size / 2]} if rows begin at
 *     different places
 * @param sines of the angles, of the same shape
 */
public record RotaryPositions(Tensor cosines, Tensor sines) implements PositionEncoding {
    /**
     * The positions 0, 1, 2 and so on of a pass. The angles have 32 bits, as in Hugging Face's models.
     *
     * @param theta the base θ
     * @param headSize d, an even number
     * @param length how many positions
     * @param states any tensor on the device that computes
     */
    public static RotaryPositions of(double theta, int headSize, long length, Tensor states) {
        Tensor frequencies = torch.pow(
                        new Scalar(theta),
                        countedTo(headSize / 2, states).mul(new Scalar(2.0)).div(new Scalar((double) headSize)))
                .reciprocal();
        Tensor angles = countedTo(length, states).unsqueeze(1).mul(frequencies);
        return new RotaryPositions(angles.cos(), angles.sin());
    }

    /**
     * These positions, counted in each row from its first real token. Rows may begin with padding, see {@link Rows}; keys of
     * a prefix are not turned, so where the positions begin matters.
     *
     * @param attentionMask Bool {@code [batch, length]}
     */
    public RotaryPositions from(Tensor attentionMask) {
        if (attentionMask.select(1, 0).all().item_bool()) {
            return this;
        }
        Tensor passed = attentionMask.to(ScalarType.Long).cumsum(1).gt(new Scalar(0L));
        Tensor position =
                passed.to(ScalarType.Long).cumsum(1).sub(new Scalar(1L)).clamp_min(new Scalar(0L));
        return new RotaryPositions(
                torch.embedding(cosines, position).unsqueeze(1),
                torch.embedding(sines, position).unsqueeze(1));
    }

    @Override
    public Tensor rotate(Part part, int layer, Tensor heads) {
        return rotate(heads);
    }

    @Override
    public RotaryPositions of(Rows rows) {
        return cosines.dim() == 2 ? this : new RotaryPositions(rows.of(cosines), rows.of(sines));
    }

    /** 0, 1, 2 and so on. */
    private static Tensor countedTo(long end, Tensor states) {
        return states.new_ones(new long[] {end}, new TensorOptions(ScalarType.Float))
                .cumsum(0)
                .sub(new Scalar(1.0));
    }

    /**
     * Queries or keys, turned by their positions.
     *
     * @param heads {@code [batch, heads, length, head size]}; the result has its shape and its type
     */
    public Tensor rotate(Tensor heads) {
        Tensor all = heads.to(ScalarType.Float);
        long half = heads.size(3) / 2;
        Tensor x = all.narrow(3, 0, half);
        Tensor y = all.narrow(3, half, half);
        return torch.cat(
                        new TensorVector(
                                x.mul(cosines).sub(y.mul(sines)), y.mul(cosines).add(x.mul(sines))),
                        3)
                .to(heads.scalar_type());
    }
}
