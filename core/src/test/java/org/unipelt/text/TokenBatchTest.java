package org.unipelt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.DType;

class TokenBatchTest {
    private static final Encoding SHORT = new Encoding(new int[] {7, 8}, new int[] {0, 1});
    private static final Encoding LONG = new Encoding(new int[] {1, 2, 3}, new int[] {0, 0, 1});

    @BeforeAll
    static void start() {
        Engine.start();
    }

    @Test
    void padsToTheLongest() {
        try (PointerScope scope = new PointerScope()) {
            TokenBatch batch = TokenBatch.of(List.of(SHORT, LONG), 9);
            assertThat(batch.size()).isEqualTo(2);
            assertThat(batch.length()).isEqualTo(3);
            assertThat(longs(batch.ids())).containsExactly(7, 8, 9, 1, 2, 3);
            assertThat(longs(batch.tokenTypes())).containsExactly(0, 1, 0, 0, 0, 1);
            assertThat(longs(batch.attentionMask())).containsExactly(1, 1, 0, 1, 1, 1);
            assertThat(DType.of(batch.ids())).isEqualTo(DType.I64);
            assertThat(DType.of(batch.attentionMask())).isEqualTo(DType.BOOL);
        }
    }

    @Test
    void padsToAGivenLength() {
        try (PointerScope scope = new PointerScope()) {
            TokenBatch batch = TokenBatch.of(List.of(SHORT), 0, 4);
            assertThat(longs(batch.ids())).containsExactly(7, 8, 0, 0);
            assertThatThrownBy(() -> TokenBatch.of(List.of(LONG), 0, 2)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> TokenBatch.of(List.of(), 0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new TokenBatch(batch.ids(), batch.tokenTypes(), Tensor.create(true)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static long[] longs(Tensor tensor) {
        long[] values = new long[(int) tensor.numel()];
        tensor.to(DType.I64.scalarType()).data_ptr_long().get(values);
        return values;
    }
}
