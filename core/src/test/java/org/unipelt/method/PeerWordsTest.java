package org.unipelt.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;

class PeerWordsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "lora(r=4)                      | unknown option of lora 'r'; here r is rank: 'lora(rank=4)'",
                "lora(r=4,lora_alpha=32,lora_dropout=0.1) | unknown option of lora 'r'; here r is rank, lora_alpha is alpha,"
                        + " lora_dropout is dropout: 'lora(rank=4,alpha=32,dropout=0.1)'",
                "lora(target_modules=q_proj+v_proj) | target_modules is on: 'lora(on=query+value)'",
                "lora(target_modules=[\"q_proj\",\"k_proj\"],r=2) | target_modules is on, r is rank: 'lora(on=query+key,rank=2)'",
                "lora(target_modules=query+value) | target_modules is on: 'lora(on=query+value)'",
                "lora(target_modules=all-linear) | target_modules is on: 'lora(on=query+value)'",
                "ia3(target_modules=k_proj+v_proj) | target_modules is on: 'ia3(on=key+value)'",
                "prefix(num_virtual_tokens=20)  | num_virtual_tokens is length: 'prefix(length=20)'",
                "prompt(num_virtual_tokens=20)  | num_virtual_tokens is length: 'prompt(length=20)'",
                "prefix(prefix_length=30,bottleneck_size=256) | prefix_length is length, bottleneck_size is network:"
                        + " 'prefix(length=30,network=256)'",
                "adapter(bottleneck_size=24)    | bottleneck_size is bottleneck: 'adapter(bottleneck=24)'",
                "adapter(reduction_factor=16,non_linearity=relu) | reduction_factor is bottleneck (the width itself: hidden"
                        + " size / factor), non_linearity is activation: 'adapter(bottleneck=48,activation=relu)'",
                "lora(layers_to_transform=[8,9,10,11]) | layers_to_transform is layers (all, or the topmost ones as in top-4):"
                        + " 'lora(layers=all)'",
                "adapter(leave_out=3)           | leave_out is layers (all, or the topmost ones as in top-4): 'adapter(layers=all)'",
                "unipelt(adapter,lora(r=4))     | 'lora(rank=4)'",
                "LoraConfig(r=8)                | unknown method 'LoraConfig'; it is called 'lora' here",
                "IA3                            | unknown method 'IA3'; did you mean 'ia3'?",
                "PREFIX_TUNING                  | it is called 'prefix' here",
                "prefix_tuning                  | it is called 'prefix' here",
                "PROMPT_TUNING                  | it is called 'prompt' here",
                "pfeiffer                       | it is called 'adapter' here",
                "seq_bn                         | it is called 'adapter' here",
                "double_seq_bn                  | it is called 'houlsby' here",
                "par_bn                         | it is called 'scaled-parallel-adapter' here",
                "lora(on=q_proj)                | unknown projection in lora's on 'q_proj'; it is called 'query' here",
                "lora(on=fc1)                   | it is called 'ffn-up' here",
                "ia3(on=k_proj)                 | unknown place in ia3's on 'k_proj'; it is called 'key' here"
            })
    void aPeersWordNamesOurs(String text, String said) {
        assertThatThrownBy(() -> Methods.parse(text))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(said);
    }

    /** What a message says to write can be read. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "lora(r=4,lora_alpha=32,lora_dropout=0.1,target_modules=[\"q_proj\",\"v_proj\"])",
                "lora(r=4,target_modules=all-linear)",
                "ia3(target_modules=k_proj+v_proj,feedforward_modules=output.dense)",
                "prefix(prefix_length=30,bottleneck_size=256,non_linearity=tanh)",
                "adapter(reduction_factor=16,non_linearity=relu,init_weights=bert)",
                "seq_bn",
                "par_bn",
                "MAMConfig",
                "UniPELTConfig"
            })
    void whatAMessageNamesIsRight(String text) {
        String message = catchThrowable(() -> Methods.parse(text)).getMessage();
        Matcher quoted = Pattern.compile("(?:called|:) '([^']+)'(?: here)?$").matcher(message);
        assertThat(quoted.find()).as(message).isTrue();
        assertThatCode(() -> Methods.parse(quoted.group(1))).as(message).doesNotThrowAnyException();
    }
}
