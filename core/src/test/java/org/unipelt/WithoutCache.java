package org.unipelt;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.backbone.Pass;
import org.unipelt.task.Generator;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;

/** Greedy search the slow and obvious way: the whole target anew for every token. */
final class WithoutCache {
    private WithoutCache() {}

    static int[] greedy(Generator writer, Encoding source, int maxLength) {
        List<Long> written = new ArrayList<>();
        while (written.size() < maxLength - 1
                && (written.isEmpty()
                        || written.get(written.size() - 1) != writer.backbone().endId())) {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard frozen = new NoGradGuard()) {
                long[] ids = new long[written.size() + 1];
                ids[0] = writer.backbone().startId();
                for (int i = 0; i < written.size(); i++) {
                    ids[i + 1] = written.get(i);
                }
                Tensor target = Tensor.create(ids, 1, ids.length);
                Tensor logits = writer.logitsOf(
                        TokenBatch.of(List.of(source), writer.backbone().paddingId()),
                        new TokenBatch(
                                target,
                                torch.zeros_like(target),
                                torch.ones_like(target).to(ScalarType.Bool)),
                        Pass.INFERENCE);
                written.add(logits.get(0).get(ids.length - 1).argmax().item_long());
            }
        }
        return written.stream().mapToInt(Long::intValue).toArray();
    }
}
