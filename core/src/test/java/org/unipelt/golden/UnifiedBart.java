package org.unipelt.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.EncoderDecoder;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Site;
import org.unipelt.backbone.bart.Bart;
import org.unipelt.method.Method;
import org.unipelt.task.Generator;
import org.unipelt.tensor.Weights;

/** He et al.'s program for BART, which writes. */
final class UnifiedBart extends Unified {
    private static final String LOGITS_BIAS = "final_logits_bias";
    /** Of Hugging Face's BART; meta.json does not repeat it. */
    private static final int END = 2;

    UnifiedBart(JsonNode meta) {
        super(meta);
    }

    @Override
    String multiHeadQuery() {
        return "normed";
    }

    @Override
    String base() {
        return "model.";
    }

    @Override
    String module(Site site) {
        String layer = (site.part() == Part.ENCODER ? "encoder" : "decoder") + ".layers." + site.layer();
        String attention = layer + (site.part() == Part.CROSS ? ".encoder_attn" : ".self_attn");
        return switch (site.place()) {
            case QUERY -> attention + ".q_proj";
            case KEY -> attention + ".k_proj";
            case VALUE -> attention + ".v_proj";
            case HEADS, ATTENTION -> attention;
            case FFN_UP -> layer + ".fc1";
            case FFN_DOWN -> layer + ".fc2";
            case FFN -> layer;
            default -> throw new IllegalArgumentException("no module at " + site);
        };
    }

    @Override
    PrefixSet prefixSet(Part part) {
        return switch (part) {
            case ENCODER -> PrefixSet.ENCODER;
            case DECODER -> PrefixSet.SELF;
            case CROSS -> PrefixSet.CROSS;
        };
    }

    @Override
    String states(Part part) {
        return part.text() + "_";
    }

    @Override
    int layers(Part part) {
        return config(part == Part.ENCODER ? "encoder_layers" : "decoder_layers");
    }

    @Override
    public Subject subject(Method method, Weights reference, Weights inputs) {
        EncoderDecoder backbone = backbone(reference);
        return new WriterSubject(
                new Generator(backbone, method, values(method.parameters(backbone), reference)), inputs);
    }

    private Stack stack(Part part) {
        return Stack.plain(
                part, layers(part), config("d_model"), config("encoder_attention_heads"), config("encoder_ffn_dim"));
    }

    private EncoderDecoder backbone(Weights reference) {
        Bart.Config bart = new Bart.Config(
                Bart.Kind.BART,
                Bart.Config.anatomy(config("d_model"), stack(Part.ENCODER), stack(Part.DECODER)),
                config("vocab_size"),
                config("max_position_embeddings"),
                meta.path("config").path("scale_embedding").asBoolean(),
                config("pad_token_id"),
                config("decoder_start_token_id"),
                END,
                OptionalInt.empty(),
                OptionalInt.empty());
        Map<String, Tensor> weights = new LinkedHashMap<>();
        Bart.weightShapes(bart).keySet().forEach(name -> weights.put(name, reference.get(outer() + base() + name)));
        weights.put(LOGITS_BIAS, reference.get(outer() + LOGITS_BIAS));
        return new Bart(bart, Weights.of(weights));
    }
}
