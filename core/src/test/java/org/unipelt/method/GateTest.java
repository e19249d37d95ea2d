package org.unipelt.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class GateTest {
    private static double bias(double open) {
        List<Parameter> parameters = Gate.parameters("gate", 1, 4, open);
        assertThat(parameters.get(1).name()).isEqualTo("gate.bias");
        return ((Init.Constant) parameters.get(1).init()).value();
    }

    @Test
    void aGateBeginsAboutAsFarOpenAsItIsTold() {
        assertThat(bias(0.5)).as("as in the authors' program").isZero();
        assertThat(1 / (1 + Math.exp(-bias(0.9)))).isCloseTo(0.9, within(1e-12));
        assertThat(1 / (1 + Math.exp(-bias(0.1)))).isCloseTo(0.1, within(1e-12));
    }
}
