package org.unipelt.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.unipelt.InputException;
import org.unipelt.RandomBert;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Weights;

/** Compacter's map against the definition, Kronecker product by Kronecker product. */
class CompacterTest {
    private static final int IN = 12;
    private static final int OUT = 8;

    @Test
    void theMapIsASumOfKroneckerProducts() {
        Engine.start();
        Compacter compacter = new Compacter(4, 2);
        List<Parameter> parameters = Stream.concat(
                        compacter.shared("c").stream(), compacter.parameters("c.down", false, IN, OUT).stream())
                .toList();
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> adapterWeights = new LinkedHashMap<>();
            for (Parameter parameter : parameters) {
                adapterWeights.put(
                        parameter.name(),
                        torch.randn(parameter.shape().stream()
                                .mapToLong(Long::longValue)
                                .toArray()));
            }
            Tensor weight = torch.zeros(IN, OUT);
            for (int i = 0; i < 4; i++) {
                Tensor factor = adapterWeights
                        .get("c.down.left")
                        .get(i)
                        .matmul(adapterWeights.get("c.down.right").get(i));
                weight = weight.add(torch.kron(adapterWeights.get("c.rule").get(i), factor));
            }
            Tensor x = torch.randn(2, 5, IN);
            Tensor expected = x.matmul(weight).add(adapterWeights.get("c.down.bias"));
            Tensor actual = compacter.apply(x, "c", "c.down", Weights.of(adapterWeights));
            assertThat(actual.sub(expected).abs().max().item_float()).isLessThan(1e-4f);
        }
    }

    @Test
    void sizesThatDoNotDivideAreRefused() {
        try (RandomBert bert = new RandomBert(1)) {
            for (String form : List.of("compacter(rank=24,divisions=5)", "compacter(rank=6)")) {
                Method method = Methods.parse("modification(form=" + form + ")");
                assertThatThrownBy(() -> method.parameters(bert.backbone()))
                        .isInstanceOf(InputException.class)
                        .hasMessageContaining("must divide both the hidden size and the rank")
                        .hasMessageMatching(".*; (32|6) is not divisible");
            }
        }
    }
}
