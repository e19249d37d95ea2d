package org.unipelt.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;

/** Sums of gradients over parts that use different tensors. */
class GradientsTest {
    /** Which of the tensors a, b and c each part uses; nobody uses d. */
    private static final List<String> PARTS = List.of("a", "b", "c", "ab", "b", "c", "abc");

    @Test
    void aPartNeedNotUseEveryTensor() {
        Engine.start();
        Map<String, Double> expected = new LinkedHashMap<>();
        for (int part = 0; part < PARTS.size(); part++) {
            for (String name : PARTS.get(part).split("")) {
                expected.merge(name, part + 1.0, Double::sum);
            }
        }
        for (int workers : new int[] {1, 2, 16}) {
            try (Weights weights = weights();
                    Gradients gradients = PieceSum.of(
                            Compute.cpu().with(workers), weights.asMap(), PARTS.size(), part -> loss(weights, part))) {
                Map<String, Double> found = new LinkedHashMap<>();
                gradients.byName().forEach((name, gradient) -> found.put(name, gradient.item_double()));
                assertThat(found).as("%s workers", workers).isEqualTo(expected);
                assertThat(gradients.norm())
                        .isEqualTo(Math.sqrt(expected.values().stream()
                                .mapToDouble(each -> each * each)
                                .sum()));
            }
        }
    }

    private static Weights weights() {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (String name : List.of("a", "b", "c", "d")) {
                tensors.put(name, Tensor.create(2.0f).set_requires_grad(true));
            }
            return Weights.of(tensors);
        }
    }

    private static Tensor loss(Weights weights, int part) {
        return PARTS.get(part)
                .chars()
                .mapToObj(name -> weights.get(String.valueOf((char) name)).mul(new Scalar(part + 1)))
                .reduce(Tensor::add)
                .orElseThrow()
                .sum();
    }
}
