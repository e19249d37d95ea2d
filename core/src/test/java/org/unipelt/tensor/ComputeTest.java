package org.unipelt.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sizes of pieces by the work alone. */
class ComputeTest {
    private final Compute cpu = Compute.cpu();
    private final Compute gpu = Compute.of(Device.CUDA, Precision.F32);

    @Test
    void aBatchIsDividedByItsTokens() {
        assertThat(cpu.trainPieces(1, 500, 1)).isEqualTo(1);
        assertThat(cpu.trainPieces(16, 5, 1)).isEqualTo(2);
        assertThat(cpu.trainPieces(16, 128, 1)).isEqualTo(4);
        assertThat(cpu.trainPieces(16, 65, 1))
                .as("an even number, for two cores")
                .isEqualTo(4);
        assertThat(cpu.trainPieces(16, 129, 1)).isEqualTo(6);
        assertThat(cpu.trainPieces(3, 5000, 1)).isEqualTo(3);
        assertThat(cpu.trainPieces(16, 128, 100_000_000)).isEqualTo(2);
        assertThat(cpu.predictTexts(0)).isEqualTo(1);
        assertThat(cpu.predictTexts(7)).isEqualTo(4);
        assertThat(cpu.generateTexts(100)).isEqualTo(16);
    }

    @Test
    void aGpuComputesABatchWholeAndItsAttentionFused() {
        assertThat(gpu.trainPieces(16, 128, 1)).isEqualTo(1);
        assertThat(gpu.attentionRows(16, 12L * 128 * 128)).isEqualTo(16);
        assertThat(gpu.fusesAttention(DType.BF16)).isTrue();
        assertThat(gpu.updated(1_000_000)).isEqualTo(1_000_000);
        assertThat(cpu.attentionRows(16, 12L * 128 * 128)).isEqualTo(1);
        assertThat(cpu.fusesAttention(DType.BF16)).isFalse();
        assertThat(cpu.updated(1_000_000)).isLessThan(100_000);
    }

    @Test
    @Timeout(30)
    void aPieceMayHavePiecesOfItsOwnOnTheseWorkersOrOthers() {
        Compute one = cpu.with(1);
        Compute other = cpu.with(1);
        Callable<Integer> inner = () -> 1;
        Callable<Integer> middle = () -> one.all(List.of(inner, inner)).size();
        Callable<Integer> outer = () ->
                other.all(List.of(middle, middle)).stream().mapToInt(i -> i).sum();
        assertThat(one.all(Collections.nCopies(3, outer))).containsExactly(4, 4, 4);
    }

    @Test
    void itSaysWhatItIs() {
        assertThat(cpu.with(1).describe()).isEqualTo("cpu, f32, 1 worker");
        assertThat(Compute.of(Device.CPU, Precision.BF16).with(3).describe()).isEqualTo("cpu, bf16, 3 workers");
        assertThatThrownBy(() -> cpu.with(0)).hasMessage("workers must be at least 1, got 0");
    }
}
