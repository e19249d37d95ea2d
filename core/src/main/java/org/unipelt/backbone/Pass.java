package org.unipelt.backbone;

import org.unipelt.tensor.Dropout;

/**
 * What belongs to one forward pass besides its input and its modifications.
 *
 * @param dropout applied to hidden states and attention probabilities; {@link Dropout#NONE} outside training
 * @param observer looks on
 */
public record Pass(Dropout dropout, Observer observer) {
    /** A pass that predicts: no dropout and no observer. */
    public static final Pass INFERENCE = new Pass(Dropout.NONE, Observer.NONE);

    /** This pass if it changes something. A model that nothing changes is fixed, so in its pass nothing is dropped. */
    public Pass over(Modifications modifications) {
        return modifications.firstLayer().isPresent() ? this : new Pass(Dropout.NONE, observer);
    }
}
