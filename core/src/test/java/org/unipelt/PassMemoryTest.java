package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.Test;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.text.TokenBatch;

/** A pass frees what its layers made as it goes, and not all at once at its end. */
class PassMemoryTest {
    @Test
    void ofALayerOnlyItsResultsAreLeft() {
        try (RandomBert bert = new RandomBert(1);
                PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            TokenBatch batch = RandomBert.batch(0, RandomBert.text(9, 1));
            bert.backbone().forward(batch, new Modifications(), Pass.INFERENCE);
            long before = Pointer.totalCount();
            bert.backbone().forward(batch, new Modifications(), Pass.INFERENCE);
            long left = Pointer.totalCount() - before;
            // The embeddings' sums, the two views of the mask, and a layer's two results; a layer makes some forty
            // tensors.
            assertThat(left).isLessThan(20 + 2L * RandomBert.LAYERS);
        }
    }
}
