package org.unipelt.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Expected values are those of {@code tools/calibration_fixture.py}, from the definitions. */
final class ClassProbabilitiesTest {
    private static JsonNode fixture() throws IOException {
        try (InputStream in = ClassProbabilitiesTest.class.getResourceAsStream("calibration.json")) {
            return new ObjectMapper().readTree(in);
        }
    }

    private static ClassProbabilities softmax(JsonNode fixture) {
        ObjectMapper json = new ObjectMapper();
        double[][] rows = json.convertValue(fixture.get("logits"), double[][].class);
        for (double[] row : rows) {
            double sum = 0;
            for (int i = 0; i < row.length; i++) {
                row[i] = Math.exp(row[i]);
                sum += row[i];
            }
            for (int i = 0; i < row.length; i++) {
                row[i] /= sum;
            }
        }
        return new ClassProbabilities(rows, json.convertValue(fixture.get("right"), int[].class));
    }

    @Test
    void errorAndTemperatureAreTheDefinitions() throws IOException {
        for (JsonNode each : fixture()) {
            ClassProbabilities rows = softmax(each);
            Temperature found = Temperature.of(rows);
            assertThat(found.rows()).isEqualTo(60);
            assertThat(found.errorBefore())
                    .isEqualTo(rows.calibration().error())
                    .isCloseTo(each.get("error").asDouble(), within(1e-12));
            assertThat(found.lossBefore())
                    .isEqualTo(rows.loss())
                    .isCloseTo(each.get("loss").asDouble(), within(1e-12));
            // The loss is flat at its minimum, so its place has half the digits.
            assertThat(found.value()).isCloseTo(each.get("temperature").asDouble(), within(1e-6));
            assertThat(found.errorAfter()).isCloseTo(each.get("errorHeld").asDouble(), within(1e-6));
            assertThat(found.lossAfter()).isCloseTo(each.get("lossHeld").asDouble(), within(1e-8));
        }
    }

    @Test
    void onlyATemperatureThatHelpsIsTrusted() throws IOException {
        ClassProbabilities calibrated = softmax(fixture().get(0));
        ClassProbabilities tooSure = softmax(fixture().get(1));
        assertThat(Temperature.of(calibrated).lossAfter())
                .as("the classes of the first case are drawn from its probabilities")
                .isGreaterThan(calibrated.loss());
        assertThat(Temperature.trusted(calibrated)).isEmpty();
        assertThat(Temperature.trusted(tooSure)).contains(Temperature.of(tooSure));
        int[] few = IntStream.range(0, Temperature.FEWEST_ROWS - 1).toArray();
        assertThat(Temperature.trusted(tooSure.of(few))).as("too few rows").isEmpty();
        int[] enough = IntStream.range(0, Temperature.FEWEST_ROWS).toArray();
        assertThat(Temperature.trusted(tooSure.of(enough))).as("enough rows").isPresent();
        assertThat(new Temperature(2, 60, 0.1, 0.1, 0.5, 0.5).helps())
                .as("no better and no worse")
                .isFalse();
        double[][] same = new double[60][];
        Arrays.fill(same, new double[] {0.8, 0.2});
        assertThat(Temperature.trusted(new ClassProbabilities(same, new int[60])))
                .as("no row is wrong, so the loss falls for ever")
                .isEmpty();
    }

    @Test
    void aTemperatureKeepsTheOrder() throws IOException {
        ClassProbabilities rows = softmax(fixture().get(1));
        ClassProbabilities cooled = rows.at(2);
        assertThat(rows.at(1).each()[0]).containsExactly(rows.each()[0], within(1e-15));
        // sqrt(p), made to sum to 1
        double sum = 0;
        for (double p : rows.each()[7]) {
            sum += Math.sqrt(p);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(cooled.each()[7][i]).isCloseTo(Math.sqrt(rows.each()[7][i]) / sum, within(1e-12));
        }
        assertThat(cooled.coverage(0).hits()).isEqualTo(rows.coverage(0).hits());
    }

    @Test
    void aBinHoldsItsUpperEdge() {
        Calibration calibration = Calibration.of(new double[] {0.98, 0.95, 0.66, 0.2}, true, true, true, false);
        assertThat(calibration.bins()).hasSize(15);
        assertThat(calibration.bins().get(14).count()).isEqualTo(2);
        assertThat(calibration.bins().get(2).count()).as("0.2 is 3/15").isEqualTo(1);
        assertThat(calibration.error()).isCloseTo((2 * 0.035 + 0.34 + 0.2) / 4, within(1e-12));
        assertThat(calibration.excess()).isCloseTo((-2 * 0.035 - 0.34 + 0.2) / 4, within(1e-12));
    }

    @Test
    void coverageIsTheShareOfSureRows() {
        ClassProbabilities rows = ClassProbabilities.together(List.of(
                new ClassProbabilities(new double[][] {{0.9, 0.1}, {0.6, 0.4}}, 0, 1),
                new ClassProbabilities(new double[][] {{0.3, 0.7}, {0.5, 0.5}}, 1, 1)));
        ClassProbabilities.Coverage sure = rows.coverage(0.6);
        assertThat(sure.answered()).isEqualTo(3);
        assertThat(sure.share()).isEqualTo(0.75);
        assertThat(sure.accuracy()).isCloseTo(2 / 3.0, within(1e-15));
        assertThat(rows.coverage(0.95).accuracy()).isNaN();
        assertThat(rows.coverage(0).hits()).as("of equal ones the first").isEqualTo(2);
    }
}
