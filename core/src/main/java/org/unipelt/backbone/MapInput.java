package org.unipelt.backbone;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import org.unipelt.tensor.PackedMap;

/**
 * States that several maps read, such as those of an attention's queries, keys and values. Packed maps read them in another form,
 * which is made once, when the first of them asks. For one thread and one scope.
 */
final class MapInput {
    private final Tensor states;
    private PackedMap.@Nullable Input packed;

    /** An input whose form for packed maps is not made yet. */
    MapInput(Tensor states) {
        this.states = states;
    }

    /** The states {@code [.., in]}. */
    Tensor states() {
        return states;
    }

    /** The states as a map reads them, and all other maps of the same network. */
    PackedMap.Input as(PackedMap map) {
        if (packed == null) {
            packed = map.read(states);
        }
        return packed;
    }
}
