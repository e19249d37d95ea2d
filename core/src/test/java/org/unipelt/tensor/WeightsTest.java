package org.unipelt.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.unipelt.InputException;
import org.unipelt.runtime.Engine;

class WeightsTest {
    @BeforeAll
    static void start() {
        Engine.start();
    }

    @Test
    void outliveTheScopeTheyWereMadeInAndDieAtClose() {
        Tensor tensor;
        Weights weights;
        try (PointerScope scope = new PointerScope()) {
            tensor = Tensor.create(5f);
            weights = Weights.of(Map.of("w", tensor));
        }
        try (PointerScope reader = new PointerScope()) {
            assertThat(weights.get("w").item_float()).isEqualTo(5f);
        }
        assertThat(weights.get("w").item_float())
                .as("reading takes no ownership")
                .isEqualTo(5f);
        weights.close();
        weights.close();
        assertThat(tensor.isNull()).isTrue();
        assertThatThrownBy(() -> weights.get("w")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shareATensorUntilTheLastCloses() {
        Tensor tensor = Tensor.create(5f);
        Weights first = Weights.of(Map.of("w", tensor));
        Weights second = Weights.of(Map.of("v", tensor));
        first.close();
        assertThat(second.get("v").item_float()).isEqualTo(5f);
        second.close();
        assertThat(tensor.isNull()).isTrue();
    }

    @Test
    void keepTheOrderAndNameTheNearest() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("pooler.dense.weight", Tensor.create(1f));
        tensors.put("embeddings.weight", Tensor.create(2f));
        try (Weights weights = Weights.of(tensors)) {
            assertThat(weights.names()).containsExactly("pooler.dense.weight", "embeddings.weight");
            assertThat(weights.has("pooler")).isFalse();
            assertThatThrownBy(() -> weights.get("pooler.dense.wieght"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("did you mean 'pooler.dense.weight'?");
        }
    }
}
