package org.unipelt.experiment;

import java.util.List;
import java.util.Optional;
import org.unipelt.hub.Reading;

/**
 * What a sweep is to run. Kept in the sweep's folder, so that the folder alone says what is left to do.
 *
 * @param scale the scale of the spec; none for its full size
 * @param reading what results depend on besides the base model's weights; none in files of earlier commits
 * @param cells in the order in which they run
 */
public record Grid(Optional<String> scale, Optional<Reading> reading, List<Cell> cells) {
    /** Copies the list. */
    public Grid {
        cells = List.copyOf(cells);
    }
}
