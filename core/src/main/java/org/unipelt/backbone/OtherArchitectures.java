package org.unipelt.backbone;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Well-known architectures that this library does not compute, by the {@code model_type} that transformers gives them:
 * of what kind each is, so that its refusal says more than a list of others.
 */
final class OtherArchitectures {
    /** Decoders without an encoder: language models that read from left to right. */
    private static final List<String> DECODERS = words("""
            gpt2 gpt_neo gpt_neox gptj gpt_bigcode gpt_oss openai-gpt opt bloom codegen ctrl xglm biogpt transfo-xl trocr
            llama llama4_text mistral mistral3 mixtral ministral qwen2 qwen2_moe qwen3 qwen3_moe qwen3_next
            gemma gemma2 gemma3 gemma3_text gemma3n phi phi3 phimoe falcon falcon_h1 mpt olmo olmo2 olmo3 olmoe
            stablelm starcoder2 cohere cohere2 granite granitemoe deepseek_v2 deepseek_v3 chatglm glm glm4 glm4_moe
            exaone exaone4 smollm3 nemotron persimmon jamba bamba dbrx lfm2 bitnet helium internlm2 baichuan minicpm
            ernie4_5 modernbert-decoder rwkv mamba mamba2 falcon_mamba
            """);

    /** Models of images or sound, some of texts as well. */
    private static final List<String> NOT_OF_TEXTS = words("""
            vit deit beit swin convnext resnet dinov2 detr clip siglip blip blip-2 llava qwen2_vl qwen2_5_vl
            vision-encoder-decoder layoutlmv2 layoutlmv3 lxmert
            whisper wav2vec2 wav2vec2-bert hubert wavlm speech_to_text speech-encoder-decoder clap
            """);

    /**
     * Encoders and encoder-decoders that are built alike.
     *
     * @param nearest what they are nearest to; the first that is supported counts
     * @param types each {@code model_type}
     */
    private record Relatives(List<String> nearest, List<String> types) {
        Relatives(String nearest, String types) {
            this(words(nearest), words(types));
        }
    }

    private static final List<Relatives> RELATIVES = List.of(
            new Relatives("bert", """
                    roformer megatron-bert ernie nezha big_bird funnel xlnet mobilebert squeezebert convbert rembert
                    layoutlm mra nystromformer yoso fnet tapas canine splinter roc_bert xlm flaubert
                    """),
            new Relatives("deberta-v2", "deberta"),
            new Relatives("roberta", "longformer ibert luke mluke data2vec-text roberta-prelayernorm esm"),
            new Relatives("xlm-roberta", "xlm-roberta-xl xmod ernie_m"),
            // Rotary positions and gated feed-forward networks.
            new Relatives("gte", "new"),
            new Relatives("modernbert bert", "eurobert neobert"),
            new Relatives("bart", "led marian blenderbot blenderbot-small prophetnet plbart mvp fsmt encoder-decoder"),
            new Relatives("pegasus bart", "bigbird_pegasus pegasus_x"),
            new Relatives("mbart", "m2m_100 nllb-moe"),
            new Relatives("t5 bart", "longt5 switch_transformers t5gemma"));

    private OtherArchitectures() {}

    private static List<String> words(String text) {
        return List.of(text.strip().split("\\s+"));
    }

    /**
     * Says what an architecture is, as the rest of a sentence after its {@code model_type}; empty if it is not known.
     *
     * @param supported every {@code model_type} that is supported
     */
    static Optional<String> about(String type, List<String> supported) {
        if (DECODERS.contains(type)) {
            return Optional.of(
                    "a decoder without an encoder, which is not supported; encoders and encoder-decoders are");
        }
        if (NOT_OF_TEXTS.contains(type)) {
            return Optional.of("not a model of texts alone, which is not supported; encoders and encoder-decoders of"
                    + " texts are");
        }
        return RELATIVES.stream()
                .filter(relatives -> relatives.types().contains(type))
                .flatMap(relatives -> relatives.nearest().stream())
                .filter(supported::contains)
                .findFirst()
                .map(nearest -> "not supported; the nearest that is: " + nearest);
    }

    /** Returns every {@code model_type} that is listed here. */
    static List<String> types() {
        return Stream.concat(
                        Stream.of(DECODERS, NOT_OF_TEXTS), RELATIVES.stream().map(Relatives::types))
                .flatMap(List::stream)
                .toList();
    }
}
