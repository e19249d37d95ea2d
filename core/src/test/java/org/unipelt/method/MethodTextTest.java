package org.unipelt.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;

/** Methods as text: what is understood, and what is said of everything else. */
class MethodTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "full                   | full",
                "head                   | head",
                "bitfit                 | bitfit",
                "adapter                | adapter(bottleneck=48,activation=relu,init=bert)",
                "houlsby                | houlsby(bottleneck=48,activation=swish,init=bert)",
                "prefix                 | prefix(length=10,form=network,network=512)",
                "prompt                 | prompt(length=10)",
                "lora                   | lora(rank=8,alpha=16,on=query+value,dropout=0,gate=projection)",
                "lora()                 | lora(rank=8,alpha=16,on=query+value,dropout=0,gate=projection)",
                "lora(on=value+query)   | lora(rank=8,alpha=16,on=query+value,dropout=0,gate=projection)",
                "lora(on=ffn-up,alpha=0.5,dropout=0.1)"
                        + "| lora(rank=8,alpha=0.5,on=ffn-up,dropout=0.1,gate=projection)",
                "' lora ( rank = 4 , on = key + value ) '"
                        + "| lora(rank=4,alpha=16,on=key+value,dropout=0,gate=projection)",
                "unipelt(prompt,bitfit) | unipelt(prompt(length=10),bitfit,gate=own,average=real)",
                "unipelt(gate=none,bitfit,average=all)" + "| unipelt(bitfit,gate=none,average=all)",
                "unipelt-pl             | unipelt(prefix(length=10,form=network,network=512),"
                        + "lora(rank=8,alpha=16,on=query+value,dropout=0,gate=projection),gate=own,average=real)",
                "unipelt-pl-nogate      | unipelt(prefix(length=10,form=network,network=512),"
                        + "lora(rank=8,alpha=16,on=query+value,dropout=0,gate=projection),gate=none,average=real)",
            })
    void textsAndTheirFullForm(String text, String full) {
        assertThat(Methods.parse(text)).hasToString(full).isEqualTo(Methods.parse(full));
    }

    @Test
    void otherOptionsAreOtherMethods() {
        assertThat(Methods.parse("lora(rank=4)")).isNotEqualTo(Methods.parse("lora"));
        assertThat(Methods.parse("unipelt-ap")).isNotEqualTo(Methods.parse("unipelt-ap-nogate"));
    }

    private static final String KNOWN_METHODS = "known: adapter, bitfit, full, head, houlsby, lora, prefix, prompt,"
            + " unipelt, unipelt-al, unipelt-al-nogate, unipelt-ap, unipelt-ap-nogate, unipelt-apl, unipelt-apl-nogate,"
            + " unipelt-pl, unipelt-pl-nogate";
    private static final String COMBINE = "; methods are combined by unipelt, e.g. unipelt(adapter,prefix,lora)";

    /** A mistake, and all that is said. */
    private static final String[][] MISTAKES = {
        // Names.
        {"lorra", "unknown method 'lorra'; did you mean 'lora'?"},
        {"LORA", "unknown method 'LORA'; did you mean 'lora'?"},
        {"unipelt-apll", "unknown method 'unipelt-apll'; did you mean 'unipelt-apl'?"},
        {"banana", "unknown method 'banana'; " + KNOWN_METHODS},
        {"unipelt(adaptor)", "unknown method 'adaptor'; did you mean 'adapter'?"},
        {"lora(rnk=8)", "unknown option of lora 'rnk'; did you mean 'rank'?"},
        {"lora(colour=8)", "unknown option of lora 'colour'; known: on, rank, alpha, dropout, gate"},
        {"bitfit(rank=8)", "unknown option of bitfit 'rank'; there are none"},
        {"unipelt(lora,gates=none)", "unknown option of unipelt 'gates'; did you mean 'gate'?"},
        {"lora(on=querry)", "unknown projection in lora's on 'querry'; did you mean 'query'?"},
        {
            "lora(on=query+)",
            "unknown projection in lora's on ''; known: query, key, value, attention-out, ffn-up, ffn-down"
        },
        {
            "lora(on=attention)",
            "unknown projection in lora's on 'attention'; known: query, key, value, attention-out, ffn-up, ffn-down"
        },
        {"lora(gate=both)", "unknown value of lora's gate 'both'; known: projection, layer"},
        {"prefix(form=flt)", "unknown value of prefix's form 'flt'; did you mean 'flat'?"},
        {"adapter(activation=rellu)", "unknown value of adapter's activation 'rellu'; did you mean 'relu'?"},
        {"houlsby(init=zero)", "unknown value of houlsby's init 'zero'; known: bert, lora"},
        {"unipelt(lora,average=mean)", "unknown value of unipelt's average 'mean'; known: real, all"},

        // Numbers.
        {"lora(rank=0)", "lora: rank must be a whole number from 1 to 65536, got '0'"},
        {"lora(rank=8.5)", "lora: rank must be a whole number from 1 to 65536, got '8.5'"},
        {"lora(rank=eight)", "lora: rank must be a whole number from 1 to 65536, got 'eight'"},
        {"lora(rank=65537)", "lora: rank must be a whole number from 1 to 65536, got '65537'"},
        {
            "adapter(bottleneck=99999999999)",
            "adapter: bottleneck must be a whole number from 1 to 65536, got '99999999999'"
        },
        {"prefix(length=-1)", "prefix: length must be a whole number from 1 to 4096, got '-1'"},
        {"prefix(network=0)", "prefix: network must be a whole number from 1 to 65536, got '0'"},
        {"prompt(length=4097)", "prompt: length must be a whole number from 1 to 4096, got '4097'"},
        {"lora(alpha=-1)", "lora: alpha must be a number of at least 0, got '-1'"},
        {"lora(alpha=NaN)", "lora: alpha must be a number of at least 0, got 'NaN'"},
        {"lora(alpha=Infinity)", "lora: alpha must be a number of at least 0, got 'Infinity'"},
        {"lora(alpha=much)", "lora: alpha must be a number of at least 0, got 'much'"},
        {"lora(dropout=1)", "lora: dropout must be a number of at least 0 and below 1, got '1'"},

        // Form.
        {"", "method '': expected a method's name at character 1"},
        {"(lora)", "method '(lora)': expected a method's name at character 1"},
        {"lora(", "method 'lora(': expected an option or a method at character 6"},
        {"lora(rank=8", "method 'lora(rank=8': expected ',' or ')' at character 12"},
        {"lora(rank=8,)", "method 'lora(rank=8,)': expected an option or a method at character 13"},
        {"lora(rank=)", "method 'lora(rank=)': expected a value for rank at character 11"},
        {"lora(rank=8))", "method 'lora(rank=8))': nothing expected after the method at character 13"},
        {"lora,adapter", "method 'lora,adapter': nothing expected after the method at character 5"},
        {"lora(rank=8,rank=4)", "method 'lora(rank=8,rank=4)': 'rank' is given twice at character 19"},
        {"unipelt(lora prefix)", "unknown method 'loraprefix'; " + KNOWN_METHODS},

        // Combinations.
        {"unipelt", "unipelt needs methods to combine, e.g. unipelt(adapter,prefix,lora)"},
        {"unipelt()", "unipelt needs methods to combine, e.g. unipelt(adapter,prefix,lora)"},
        {"unipelt(gate=none)", "unipelt needs methods to combine, e.g. unipelt(adapter,prefix,lora)"},
        {"unipelt(lora,lora)", "unipelt holds 'lora' twice; give one with all its options"},
        {"unipelt(lora(rank=4),lora(on=key))", "unipelt holds 'lora' twice; give one with all its options"},
        {
            "unipelt(unipelt(lora),prefix)",
            "unipelt cannot combine 'unipelt': it is a combination itself; list its methods instead"
        },
        {"unipelt(unipelt-ap)", "unipelt cannot combine 'unipelt': it is a combination itself; list its methods instead"
        },
        {"unipelt(full,lora)", "unipelt cannot combine 'full': it changes every weight, so nothing is left to combine"},
        {"unipelt(lora,head)", "unipelt cannot combine 'head': the head is trained with every method"},
        {
            "unipelt-al(gate=none)",
            "'unipelt-al' is a preset without options; write out what it stands for: unipelt(adapter,lora)"
        },
        {"lora(adapter)", "'lora' cannot hold another method" + COMBINE},
        {"full(lora)", "'full' cannot hold another method" + COMBINE},
        {"unipelt(lora,gate=central)", "gate=central divides one softmax between lora and prefix; unipelt needs both"},
        {
            "unipelt(lora(on=query+ffn-down),prefix,gate=central)",
            "gate=central reads the layer's input; lora needs projections of it (query, key, value),"
                    + " got on=query+ffn-down"
        },
        {
            "unipelt(lora(gate=layer,on=query+ffn-up))",
            "lora: gate=layer needs projections of the layer's input (query, key, value); got on=query+ffn-up"
        },
    };

    @TestFactory
    Stream<DynamicTest> mistakesAreAnsweredInOneLine() {
        return Stream.of(MISTAKES)
                .map(mistake -> DynamicTest.dynamicTest(
                        "'" + mistake[0] + "'", () -> assertThatThrownBy(() -> Methods.parse(mistake[0]))
                                .isInstanceOf(InputException.class)
                                .hasMessage(mistake[1])));
    }

    @Test
    void bracketsWithoutEndAreAMistakeToo() {
        String text = "unipelt(".repeat(100_000);
        assertThatThrownBy(() -> Methods.parse(text))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("too many brackets within brackets")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }
}
