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
import org.unipelt.backbone.Place;

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
                "prefix                 | prefix(length=10,form=network,network=512,init=bert,compose=concat,attend=softmax,query=scaled)",
                "prompt                 | prompt(length=10)",
                "lora                   | lora(rank=8,alpha=16,on=query+value,dropout=0,gate=projection,init=lora)",
                "lora()                 | lora(rank=8,alpha=16,on=query+value,dropout=0,gate=projection,init=lora)",
                "lora(on=value+query)   | lora(rank=8,alpha=16,on=query+value,dropout=0,gate=projection,init=lora)",
                "lora(on=ffn-up,alpha=0.5,dropout=0.1)"
                        + "| lora(rank=8,alpha=0.5,on=ffn-up,dropout=0.1,gate=projection,init=lora)",
                "' lora ( rank = 4 , on = key + value ) '"
                        + "| lora(rank=4,alpha=16,on=key+value,dropout=0,gate=projection,init=lora)",
                "lora(layers=all)       | lora(rank=8,alpha=16,on=query+value,dropout=0,gate=projection,init=lora)",
                "lora(layers=top-4)     | lora(rank=8,alpha=16,on=query+value,dropout=0,gate=projection,init=lora,layers=top-4)",
                "adapter(layers=top-4)  | adapter(bottleneck=48,activation=relu,init=bert,layers=top-4)",
                "houlsby(layers=top-12) | houlsby(bottleneck=48,activation=swish,init=bert,layers=top-12)",
                "modification(layers=top-2) | modification(form=bottleneck(rank=48,activation=relu,norm=none,dropout=0),"
                        + "at=ffn,insert=parallel,compose=add,init=bert,name=adapter,layers=top-2)",
                "modification(form=low-rank,layers=top-2)"
                        + "| lora(rank=8,alpha=8,on=query+value,dropout=0,gate=projection,init=lora,layers=top-2)",
                "modification(form=prefix(form=flat),layers=top-2)"
                        + "| prefix(length=10,form=flat,network=512,init=bert,compose=concat,attend=softmax,query=scaled,"
                        + "layers=top-2)",
                "adapter(init=lora)     | adapter(bottleneck=48,activation=relu,init=lora)",
                "modification           | modification(form=bottleneck(rank=48,activation=relu,norm=none,dropout=0),"
                        + "at=ffn,insert=parallel,compose=add,init=bert,name=adapter)",
                "modification(at=ffn+attention,compose=scale(1),form=bottleneck(norm=in,dropout=0.1),name=second)"
                        + "| modification(form=bottleneck(rank=48,activation=relu,norm=in,dropout=0.1),"
                        + "at=attention+ffn,insert=parallel,compose=add,init=bert,name=second)",
                "modification(insert=pfeiffer) | adapter(bottleneck=48,activation=relu,init=bert)",
                "modification(form=bottleneck(rank=5,activation=swish),at=attention+ffn,insert=sequential,name=houlsby)"
                        + "| houlsby(bottleneck=5,activation=swish,init=bert)",
                "compacter              | modification(form=compacter(rank=24,divisions=4,factor-rank=1,activation=gelu,"
                        + "norm=none,dropout=0),at=ffn,insert=pfeiffer,compose=add,name=compacter)",
                "scaled-parallel-adapter | modification(form=bottleneck(rank=512,activation=relu,norm=none,dropout=0),"
                        + "at=ffn,insert=parallel,compose=scale(4),init=lora,name=adapter)",
                "lora-ffn               | lora(rank=102,alpha=408,on=ffn-up+ffn-down,dropout=0,gate=projection,init=lora)",
                "modification(form=low-rank)"
                        + "| lora(rank=8,alpha=8,on=query+value,dropout=0,gate=projection,init=lora)",
                "modification(form=prefix(length=4,form=flat),compose=lambda,init=torch)"
                        + "| prefix(length=4,form=flat,network=512,init=torch,compose=lambda,attend=softmax,query=scaled)",
                "multi-head-parallel-adapter | prefix(length=200,form=network,network=800,init=torch,compose=add,"
                        + "attend=relu,query=scaled)",
                "unipelt(prompt,bitfit) | unipelt(prompt(length=10),bitfit,gate=own,average=real)",
                "unipelt(prompt,open=0.9) | unipelt(prompt(length=10),gate=own,average=real,open=0.9)",
                "unipelt(prompt,bitfit,open=0.9+0.1,temperature=0.1,average=none)"
                        + "| unipelt(prompt(length=10),bitfit,gate=own,average=none,open=0.9+0.1,temperature=0.1)",
                "unipelt(prompt,open=0.5) | unipelt(prompt(length=10),gate=own,average=real)",
                "unipelt(gate=none,bitfit,average=all)" + "| unipelt(bitfit,gate=none,average=all)",
                "unipelt-pl             | unipelt(prefix(length=10,form=network,network=512,init=bert,compose=concat,attend=softmax,query=scaled),"
                        + "lora(rank=8,alpha=16,on=query+value,dropout=0,gate=projection,init=lora),gate=own,average=real)",
                "unipelt-pl-nogate      | unipelt(prefix(length=10,form=network,network=512,init=bert,compose=concat,attend=softmax,query=scaled),"
                        + "lora(rank=8,alpha=16,on=query+value,dropout=0,gate=projection,init=lora),gate=none,average=real)",
            })
    void textsAndTheirFullForm(String text, String full) {
        assertThat(Methods.parse(text)).hasToString(full).isEqualTo(Methods.parse(full));
    }

    @Test
    void otherOptionsAreOtherMethods() {
        assertThat(Methods.parse("lora(rank=4)")).isNotEqualTo(Methods.parse("lora"));
        assertThat(Methods.parse("unipelt-ap")).isNotEqualTo(Methods.parse("unipelt-ap-nogate"));
    }

    private static final String KNOWN_METHODS =
            "known: adapter, bitfit, compacter, full, head, houlsby, ia3, lora, lora-ffn,"
                    + " mam, modification, multi-head-parallel-adapter, parallel-adapter-attn, parallel-adapter-attn-ffn,"
                    + " parallel-adapter-ffn, prefix, prefix-add, prefix-lambda, prefix-lora-ffn, probe, prompt, scaled-parallel-adapter,"
                    + " scaled-parallel-adapter-learned, sequential-adapter-attn, sequential-adapter-ffn, unipelt, unipelt-al,"
                    + " unipelt-al-nogate, unipelt-ap, unipelt-ap-nogate, unipelt-apl, unipelt-apl-nogate, unipelt-cpl,"
                    + " unipelt-mam, unipelt-pl, unipelt-pl-nogate";
    private static final String COMBINE = "; methods are combined by unipelt, e.g. 'unipelt(adapter,prefix,lora)'";

    /** A mistake, and all that is said. */
    private static final String[][] MISTAKES = {
        // Names.
        {"lorra", "unknown method 'lorra'; did you mean 'lora'?"},
        {"LORA", "unknown method 'LORA'; did you mean 'lora'?"},
        {"unipelt-apll", "unknown method 'unipelt-apll'; did you mean 'unipelt-apl'?"},
        {"banana", "unknown method 'banana'; " + KNOWN_METHODS},
        {"unipelt(adaptor)", "unknown method 'adaptor'; did you mean 'adapter'?"},
        {"lora(rnk=8)", "unknown option of lora 'rnk'; did you mean 'rank'?"},
        {"lora(colour=8)", "unknown option of lora 'colour'; known: on, rank, alpha, dropout, gate, init, layers"},
        {"lora(layers=4)", "lora: layers must be all, or the topmost ones as in top-4, got '4'"},
        {"prefix(layers=top-0)", "prefix: layers must be all, or the topmost ones as in top-4, got 'top-0'"},
        {"ia3(layers=top-4)", "unknown option of ia3 'layers'; known: on"},
        {"bitfit(rank=8)", "unknown option of bitfit 'rank'; there are none"},
        {"unipelt(lora,gates=none)", "unknown option of unipelt 'gates'; did you mean 'gate'?"},
        {"lora(on=querry)", "unknown projection in lora's on 'querry'; did you mean 'query'?"},
        {
            "lora(on=query+)",
            "unknown projection in lora's on ''; known: query, key, value, attention-out, ffn-up, ffn-gate, ffn-down"
        },
        {
            "lora(on=attention)",
            "unknown projection in lora's on 'attention'; known: query, key, value, attention-out, ffn-up, ffn-gate, ffn-down"
        },
        {"lora(gate=both)", "unknown value of lora's gate 'both'; known: projection, layer"},
        {"prefix(form=flt)", "unknown value of prefix's form 'flt'; did you mean 'flat'?"},
        {"adapter(activation=rellu)", "unknown value of adapter's activation 'rellu'; did you mean 'relu'?"},
        {"houlsby(init=zero)", "unknown value of houlsby's init 'zero'; known: bert, lora"},
        {"unipelt(lora,average=mean)", "unknown value of unipelt's average 'mean'; known: real, all, none"},

        // Values.
        {"lora(rank)", "lora: option 'rank' needs a value, as in rank=8"},
        {"lora(rank=4,on)", "lora: option 'on' needs a value, as in on=query+value"},
        {"unipelt(lora(alpha),adapter)", "lora: option 'alpha' needs a value, as in alpha=16"},
        {"unipelt(lora,adapter,gate)", "unipelt: option 'gate' needs a value, as in gate=own"},
        {"modification(at)", "modification: option 'at' needs a value, as in at=ffn"},
        {"modification(form=bottleneck(rank))", "bottleneck: option 'rank' needs a value, as in rank=48"},

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
        {"lora:rank=4", "method 'lora:rank=4': options stand in brackets, as in 'lora(rank=4)' at character 10"},
        {"lora,adapter", "method 'lora,adapter': nothing expected after the method at character 5"},
        {"lora(rank=8,rank=4)", "method 'lora(rank=8,rank=4)': 'rank' is given twice at character 19"},
        {"unipelt(lora prefix)", "unknown method 'loraprefix'; " + KNOWN_METHODS},

        // He et al.'s dimensions, and what they do not combine.
        {"modification(form=bottlenek)", "unknown value of modification's form 'bottlenek'; did you mean 'bottleneck'?"
        },
        {"modification(form=bottleneck(rnk=8))", "unknown option of bottleneck 'rnk'; did you mean 'rank'?"},
        {"modification(form=bottleneck(8))", "modification: bottleneck takes options by name, got '8'"},
        {"modification(form=bottleneck(rank=0))", "bottleneck: rank must be a whole number from 1 to 65536, got '0'"},
        {
            "modification(form=bottleneck(rank=8)",
            "method 'modification(form=bottleneck(rank=8)': expected ',' or ')' at character 37"
        },
        {
            "modification(form=bottleneck(",
            "method 'modification(form=bottleneck(': expected an option or a value at character 30"
        },
        {"modification(compose=scale)", "scale takes one number, e.g. scale(4)"},
        {"modification(compose=scale())", "scale takes one number, e.g. scale(4)"},
        {"modification(compose=scale(-1))", "scale: its number must be a number of at least 0, got '-1'"},
        {"modification(compose=add(2))", "modification: add takes options by name, got '2'"},
        {"modification(compose=ad)", "unknown value of modification's compose 'ad'; did you mean 'add'?"},
        {"modification(at=fnn)", "unknown place in modification's at 'fnn'; did you mean 'ffn'?"},
        {
            "modification(insert=serial)",
            "unknown value of modification's insert 'serial'; known: parallel, sequential, pfeiffer"
        },
        {"lora(rank=8(4))", "lora: rank takes a value without a bracket, got '8('"},
        {
            "modification(at=query)",
            "modification: at=query is not possible: form=bottleneck changes a sub-layer; projections take form=low-rank"
        },
        {
            "modification(compose=lambda)",
            "modification: compose=lambda weighs attention to a prefix against attention to the text, and form=bottleneck"
                    + " has no attention; take add, scale(s) or learned"
        },
        {
            "modification(form=compacter,init=lora)",
            "modification: init has no meaning here: a compacter's factors have their own initial values; leave init out"
        },
        {
            "modification(form=low-rank,at=ffn)",
            "modification: at=ffn is not possible: form=low-rank changes projections; for a whole sub-layer name its own,"
                    + " e.g. at=ffn-up+ffn-down"
        },
        {
            "modification(form=low-rank,insert=sequential)",
            "modification: insert=sequential is not possible with form=low-rank: a low-rank change of a weight reads what"
                    + " the weight reads, which is parallel"
        },
        {
            "modification(form=low-rank,compose=learned)",
            "modification: compose=learned is not LoRA's: its change is added with a fixed scale, so that it can be merged"
                    + " into the weight; take add or scale(s)"
        },
        {
            "modification(form=low-rank,name=second)",
            "modification: name has no meaning here: form=low-rank is lora, whose parameters begin with 'lora'; leave name"
                    + " out"
        },
        {
            "modification(form=prefix,at=ffn)",
            "modification: at=ffn is not possible: a prefix is keys and values, which only attention has; take at=attention"
        },
        {
            "modification(form=prefix,insert=pfeiffer)",
            "modification: insert=pfeiffer is not possible with form=prefix: a prefix is attended by the queries of the"
                    + " attention's input, which is parallel"
        },
        {
            "prefix(attend=relu)",
            "prefix: attend=relu is not possible with compose=concat: prefix and text share one softmax; take compose=add"
        },
        {
            "prefix(compose=lambda,query=normed)",
            "prefix: query=normed is not possible with compose=lambda: prefix and text are attended with one query; take"
                    + " compose=add"
        },
        {
            "modification(form=bottleneck(norm=out),compose=learned)",
            "modification: compose=learned has nothing to learn with norm=out, as the layer norm after it removes every"
                    + " scale"
        },
        {
            "modification(name=lora)",
            "modification: name begins the names of parameters: lower-case letters, digits and hyphens, and none of bitfit,"
                    + " full, gate, head, ia3, lora, prefix, probe, prompt, unipelt; got 'lora'"
        },
        {
            "unipelt(adapter,modification(at=attention))",
            "unipelt holds 'adapter' twice; give one of them another name, e.g. 'modification(form=bottleneck,name=second)'"
        },

        // Combinations.
        {"unipelt", "unipelt needs methods to combine, e.g. 'unipelt(adapter,prefix,lora)'"},
        {"unipelt()", "unipelt needs methods to combine, e.g. 'unipelt(adapter,prefix,lora)'"},
        {
            "unipelt(lora,gate=none,open=0.9)",
            "open= is where a sub-module's own gates begin; with gate=none leave it out"
        },
        {
            "unipelt(adapter,prefix,lora,open=0.9+0.1)",
            "unipelt: open= takes one number, or one for each of its 3 methods, got 2"
        },
        {
            "unipelt(lora,gate=none,temperature=0.1)",
            "temperature= belongs to a sub-module's own gates; with gate=none leave it out"
        },
        {
            "unipelt(adapter,prefix,lora,gate=central,average=none)",
            "average=none gives every token its own gate; with gate=central leave it out"
        },
        {"unipelt(lora,open=1)", "unipelt: open must be a number of at least 0.01 and below 1, got '1'"},
        {"unipelt(gate=none)", "unipelt needs methods to combine, e.g. 'unipelt(adapter,prefix,lora)'"},
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
            "'unipelt-al' is a preset without options; write out what it stands for: 'unipelt(adapter,lora)'"
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

    @Test
    void aTextCanBeReadOptionByOption() {
        MethodText text =
                MethodText.of(Methods.parse("unipelt(lora(alpha=0.5,on=ffn-up+query),modification(compose=scale(4)))"));
        assertThat(text.word()).isEqualTo("unipelt");
        assertThat(text.value("gate").word()).isEqualTo("own");
        MethodText lora = text.inner().get(0);
        assertThat(lora.value("alpha").number()).isEqualTo(0.5);
        assertThat(lora.value("on").places()).containsExactly(Place.QUERY, Place.FFN_UP);
        assertThat(text.inner().get(1).value("compose").inner().get(0).number()).isEqualTo(4);
        assertThatThrownBy(() -> lora.value("length"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("lora does not say its length");
    }
}
