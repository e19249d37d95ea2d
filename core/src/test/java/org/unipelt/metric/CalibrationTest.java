package org.unipelt.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;

class CalibrationTest {
    /** By hand: three bins, with gaps of 0.04, 0.35 and 0.1, of 2, 1 and 1 predictions. */
    @Test
    void theErrorIsTheMeanGap() {
        Calibration calibration = Calibration.of(new double[] {0.97, 0.95, 0.65, 0.1}, true, true, true, false);
        assertThat(calibration.bins().get(14).count()).isEqualTo(2);
        assertThat(calibration.bins().get(14).probability()).isCloseTo(0.96, within(1e-12));
        assertThat(calibration.bins().get(9).accuracy()).isEqualTo(1);
        assertThat(calibration.bins().get(1).accuracy()).isZero();
        assertThat(calibration.bins().get(2).accuracy()).isNaN();
        assertThat(calibration.error()).isCloseTo((2 * 0.04 + 0.35 + 0.1) / 4, within(1e-12));
        assertThat(calibration.excess()).isCloseTo((-2 * 0.04 - 0.35 + 0.1) / 4, within(1e-12));
    }

    @Test
    void aBinHoldsItsUpperEdge() {
        for (int edge = 1; edge <= Calibration.BINS; edge++) {
            Calibration one = Calibration.of(new double[] {(double) edge / Calibration.BINS}, true);
            assertThat(one.bins().get(edge - 1).count()).as("edge %d", edge).isEqualTo(1);
        }
        assertThat(Calibration.of(new double[] {0}, true).bins().get(0).count()).isEqualTo(1);
        assertThat(Calibration.of(new double[] {1 + 1e-7}, true).bins().get(14).count())
                .as("a sum of rounded numbers")
                .isEqualTo(1);
        assertThat(Calibration.of(new double[0]).error()).isNaN();
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void whatIsNoProbabilityIsRefused(double number) {
        assertThatThrownBy(() -> Calibration.of(new double[] {number}, true))
                .isInstanceOf(InputException.class)
                .hasMessage("a probability must be from 0 to 1, got " + number);
    }
}
