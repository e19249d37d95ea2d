package org.unipelt.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;

class LearningRateTest {
    private static final int SMALL = 384;
    private static final int WIDE = 1024;

    private static LearningRate of(String method, String base, int hidden) {
        return LearningRate.of(Methods.parse(method), base, hidden);
    }

    @Test
    void aRateBelongsToAKindOfMethodWhateverItsOptions() {
        LearningRate lora = of("lora", "minilm-l6", SMALL);
        assertThat(lora.origin()).isEqualTo("found for minilm-l6");
        assertThat(lora.found()).isTrue();
        assertThat(of("lora(rank=4)", "minilm-l6", SMALL)).isEqualTo(lora);
        assertThat(of("lora-ffn", "minilm-l6", SMALL)).isEqualTo(lora);
        assertThat(of("compacter", "minilm-l6", SMALL)).isEqualTo(of("adapter", "minilm-l6", SMALL));
    }

    @Test
    void aCombinationLearnsAtTheLowestRateOfItsParts() {
        double prefix = of("prefix", "bge-small", SMALL).value();
        double lora = of("lora", "bge-small", SMALL).value();
        assertThat(lora).isNotEqualTo(prefix);
        LearningRate both = of("unipelt-pl", "bge-small", SMALL);
        assertThat(both.value()).isEqualTo(Math.min(prefix, lora));
        assertThat(both.found()).isTrue();
    }

    @Test
    void aWiderModelLearnsMoreSlowly() {
        LearningRate wide = of("adapter", "some/folder", WIDE);
        assertThat(wide.origin()).isEqualTo("by the rule for a model 1,024 wide");
        assertThat(wide.found()).isTrue();
        assertThat(wide.value()).isCloseTo(of("adapter", "bge-small", SMALL).value() * 384 / 1024, within(1e-12));
    }

    /** A rate that nobody tried out must not be taken for one that was. */
    @Test
    void aKindForWhichNoneWasFoundHasThePapersAndSaysSo() {
        for (String base : new String[] {"minilm-l6", "some/folder"}) {
            Method prompt = Methods.parse("prompt(length=5)");
            LearningRate rate = LearningRate.of(prompt, base, WIDE);
            assertThat(rate.value()).isEqualTo(prompt.learningRate());
            assertThat(rate.found()).isFalse();
            assertThat(rate.origin()).isEqualTo("the method's own, as none was found for prompt");
            Method both = Methods.parse("unipelt(prompt,lora,gate=none)");
            assertThat(LearningRate.of(both, base, WIDE))
                    .isEqualTo(new LearningRate(both.learningRate(), false, rate.origin()));
        }
    }

    @Test
    void whatTheUserOrThePaperSaysIsNotFound() {
        assertThat(LearningRate.given(0.5)).isEqualTo(new LearningRate(0.5, false, "as given"));
        assertThat(LearningRate.paper(Methods.parse("lora"))).isEqualTo(new LearningRate(5e-4, false, "of the paper"));
    }
}
