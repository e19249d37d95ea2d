package org.unipelt.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.unipelt.tensor.Weights;

class GateTest {
    private static double bias(double open, double temperature) {
        List<Parameter> parameters = Gate.parameters("gate", 1, 4, open, temperature);
        assertThat(parameters.get(1).name()).isEqualTo("gate.bias");
        return ((Init.Constant) parameters.get(1).init()).value();
    }

    @Test
    void aGateBeginsAboutAsFarOpenAsItIsTold() {
        assertThat(bias(0.5, 1)).as("as in the authors' program").isZero();
        assertThat(1 / (1 + Math.exp(-bias(0.9, 1)))).isCloseTo(0.9, within(1e-12));
        assertThat(1 / (1 + Math.exp(-bias(0.1, 1)))).isCloseTo(0.1, within(1e-12));
        assertThat(1 / (1 + Math.exp(-bias(0.9, 0.1) / 0.1))).isCloseTo(0.9, within(1e-12));
    }

    /** Two tokens, the second padding: w·x + b is 1 and 3. */
    @Test
    void aGateIsAMeanOverTokensOrOneForEach() {
        assertThat(values(Gate.Average.REAL, 1)).containsExactly(new float[] {sigmoid(1)}, within(1e-6f));
        assertThat(values(Gate.Average.ALL, 1))
                .containsExactly(new float[] {(sigmoid(1) + sigmoid(3)) / 2}, within(1e-6f));
        assertThat(values(Gate.Average.NONE, 1)).containsExactly(new float[] {sigmoid(1), sigmoid(3)}, within(1e-6f));
        assertThat(values(Gate.Average.NONE, 0.5)).containsExactly(new float[] {sigmoid(2), sigmoid(6)}, within(1e-6f));
    }

    private static float[] values(Gate.Average average, double temperature) {
        try (PointerScope scope = new PointerScope();
                Weights adapterWeights = Weights.of(Map.of(
                        "gate.weight", torch.tensor(1f).reshape(1, 1),
                        "gate.bias", torch.tensor(0.5f).reshape(1)))) {
            Tensor input = torch.tensor(0.5f, 2.5f).reshape(1, 2, 1);
            Tensor attentionMask = torch.tensor(1, 0).reshape(1, 2).to(torch.ScalarType.Bool);
            Tensor value = Gate.value("gate", adapterWeights, input, attentionMask, average, temperature);
            float[] values = new float[(int) value.numel()];
            value.contiguous().data_ptr_float().get(values);
            return values;
        }
    }

    private static float sigmoid(double x) {
        return (float) (1 / (1 + Math.exp(-x)));
    }
}
