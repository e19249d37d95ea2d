package org.unipelt.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.unipelt.InputException;

class HardwareTest {
    @BeforeAll
    static void start() {
        Engine.start();
    }

    @Test
    void whatLiesThereIsNotCopied() {
        try (PointerScope scope = new PointerScope();
                Weights weights = Weights.of(Map.of("a", torch.ones(3)))) {
            Tensor a = weights.get("a");
            assertThat(Hardware.of(a)).isEqualTo(Hardware.CPU);
            assertThat(Hardware.CPU.move(a)).isSameAs(a);
            try (Weights moved = Hardware.CPU.move(weights)) {
                assertThat(moved.get("a")).isSameAs(a);
            }
            assertThat(a.sum().item_float()).as("still held by its first owner").isEqualTo(3);
        }
    }

    @Test
    void aMissingGpuIsToldWithWhatItNeeds() {
        assumeThat(torch.cuda_is_available()).isFalse();
        assertThatThrownBy(Hardware.CUDA::demand)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no GPU")
                .hasMessageContaining("-Pcuda");
        assertThatCode(Hardware.CPU::demand).doesNotThrowAnyException();
    }

    @Test
    void namesAreThoseOfCommands() {
        assertThat(Hardware.named("cuda")).isEqualTo(Hardware.CUDA);
        assertThat(Hardware.named("cpu").text()).isEqualTo("cpu");
        assertThatThrownBy(() -> Hardware.named("gpu"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("known: cpu, cuda");
    }
}
