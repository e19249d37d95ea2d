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
import org.unipelt.runtime.Engine;

class DeviceTest {
    @BeforeAll
    static void start() {
        Engine.start();
    }

    @Test
    void whatLiesThereIsNotCopied() {
        try (PointerScope scope = new PointerScope();
                Weights weights = Weights.of(Map.of("a", torch.ones(3)))) {
            Tensor a = weights.get("a");
            assertThat(Device.of(a)).isEqualTo(Device.CPU);
            assertThat(Device.CPU.move(a)).isSameAs(a);
            try (Weights moved = Device.CPU.move(weights)) {
                assertThat(moved.get("a")).isSameAs(a);
            }
            assertThat(a.sum().item_float()).as("still held by its first owner").isEqualTo(3);
        }
    }

    @Test
    void aMissingGpuIsToldWithWhatItNeeds() {
        assumeThat(torch.cuda_is_available()).isFalse();
        assertThatThrownBy(Device.CUDA::demand)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no GPU")
                .hasMessageContaining("-Pcuda");
        assertThatCode(Device.CPU::demand).doesNotThrowAnyException();
    }

    @Test
    void namesAreThoseOfCommands() {
        assertThat(Device.named("cuda")).isEqualTo(Device.CUDA);
        assertThat(Device.named("cpu").text()).isEqualTo("cpu");
        assertThatThrownBy(() -> Device.named("gpu"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("known: cpu, cuda");
    }
}
