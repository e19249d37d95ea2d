package org.unipelt.backbone;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The linear map behind a projection's site: rows of a stored weight {@code [out, in]}. These are all of its rows, or
 * some of them if the checkpoint fuses several maps into one weight.
 *
 * @param name of the stored map, without {@code .weight}
 * @param from the first row
 * @param rows how many
 */
public record MapSlice(String name, long from, long rows) {
    /** The stored weight's name. */
    public String weight() {
        return name + ".weight";
    }

    /** The stored bias's name; a map may have none. */
    public String bias() {
        return name + ".bias";
    }

    /** This map's rows of the stored weight or bias; a view. */
    public Tensor of(Tensor stored) {
        return stored.size(0) == rows ? stored : stored.narrow(0, from, rows);
    }

    /**
     * A copy of the stored weight in 32 bits, with {@code scale} times {@code change} added to the rows of this map.
     */
    public Tensor added(Tensor stored, Tensor change, Scalar scale) {
        Tensor sum = stored.clone().to(ScalarType.Float);
        of(sum).add_(change, scale);
        return sum;
    }
}
