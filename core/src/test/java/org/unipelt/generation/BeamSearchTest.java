package org.unipelt.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link EncoderDecoderTest} cannot show with a model. */
class BeamSearchTest {
    private static final int START = 0;
    private static final int END = 1;

    /** Of a vocabulary of four tokens, none may be written twice and the end is far. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aTextEndsWhereNoTokenIsAllowed(int beams) {
        BeamSearch search = new BeamSearch(
                new Generation(20, 10, beams, 1, false, 1), OptionalInt.empty(), OptionalInt.empty(), START, END);
        while (!search.isDone()) {
            int followed = search.lastTokens().length;
            int[][] tokens = new int[beams][];
            float[][] logProbabilities = new float[beams][];
            for (int beam = 0; beam < followed; beam++) {
                tokens[beam] = new int[] {3, 2, END, START};
                logProbabilities[beam] = new float[] {-0.5f, -1, -2, -3};
            }
            search.advance(tokens, logProbabilities);
        }
        assertThat(search.best()).containsExactly(3, 2, END);
    }
}
