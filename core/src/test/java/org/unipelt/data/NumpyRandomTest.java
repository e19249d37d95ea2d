package org.unipelt.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.unipelt.InputException;

final class NumpyRandomTest {
    /** Six seeds, each with the sizes of eight tasks and a small one. */
    private static final int CASES = 54;

    /** Every case of the fixture: first numbers, one far in, and a checksum over the whole. */
    @Test
    void permutationsAreNumpys() throws IOException {
        JsonNode cases = new ObjectMapper()
                .readTree(NumpyRandomTest.class.getResourceAsStream("numpy-permutations.json"))
                .get("cases");
        assertThat(cases).hasSize(CASES);
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode one : cases) {
            int n = one.get("n").intValue();
            int[] order = new NumpyRandom(one.get("seed").longValue()).permutation(n);
            String name = one.get("task").textValue() + " with seed " + one.get("seed");
            List<Integer> first = new ArrayList<>();
            one.get("first").forEach(number -> first.add(number.intValue()));
            softly.assertThat(order)
                    .as(name)
                    .startsWith(first.stream().mapToInt(i -> i).toArray());
            softly.assertThat(checksum(order))
                    .as("crc32 of " + name)
                    .isEqualTo(one.get("crc32").longValue());
            if (!one.get("at_1099").isNull()) {
                softly.assertThat(order[1099])
                        .as(name)
                        .isEqualTo(one.get("at_1099").intValue());
            }
        }
        softly.assertAll();
    }

    /** {@code rng = np.random.default_rng(seed); rng.permutation(7); rng.permutation(8)}, NumPy 2.4.6. */
    @Test
    void edgesOfTheSeedAndSecondDraws() {
        draws(0, new int[] {2, 4, 3, 6, 5, 0, 1}, new int[] {6, 2, 7, 4, 5, 1, 0, 3});
        draws(0xFFFF_FFFFL, new int[] {0, 6, 4, 5, 3, 2, 1}, new int[] {5, 1, 3, 6, 4, 2, 0, 7});
        draws(0x1_0000_0000L, new int[] {1, 3, 6, 0, 4, 2, 5}, new int[] {0, 7, 1, 5, 3, 2, 4, 6});
        draws(Long.MAX_VALUE, new int[] {3, 2, 0, 5, 6, 1, 4}, new int[] {0, 2, 3, 5, 7, 1, 4, 6});
    }

    @Test
    void nothingAndOneNeedNoRandomness() {
        NumpyRandom random = new NumpyRandom(3);
        assertThat(random.permutation(0)).isEmpty();
        assertThat(random.permutation(1)).containsExactly(0);
        assertThat(random.permutation(50)).containsExactly(new NumpyRandom(3).permutation(50));
    }

    @Test
    void negativeSeedIsRefused() {
        assertThatThrownBy(() -> new NumpyRandom(-1))
                .isInstanceOf(InputException.class)
                .hasMessage("data seed -1 is negative; give 0 or more");
    }

    private static void draws(long seed, int[] first, int[] second) {
        NumpyRandom random = new NumpyRandom(seed);
        assertThat(random.permutation(7)).containsExactly(first);
        assertThat(random.permutation(8)).containsExactly(second);
    }

    /** CRC-32 over the numbers as little-endian int64, as the fixture has it. */
    private static long checksum(int[] order) {
        ByteBuffer bytes = ByteBuffer.allocate(order.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int number : order) {
            bytes.putLong(number);
        }
        CRC32 crc = new CRC32();
        crc.update(bytes.array());
        return crc.getValue();
    }
}
