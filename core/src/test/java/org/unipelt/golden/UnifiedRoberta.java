package org.unipelt.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.Site;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;
import org.unipelt.task.HeadInput;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Weights;

/** He et al.'s program for RoBERTa with a dense head on the first token. */
final class UnifiedRoberta extends Unified {
    UnifiedRoberta(JsonNode meta) {
        super(meta);
    }

    @Override
    String multiHeadQuery() {
        return "scaled";
    }

    @Override
    String base() {
        return "roberta.";
    }

    @Override
    String module(Site site) {
        return "encoder.layer." + site.layer()
                + switch (site.place()) {
                    case QUERY, KEY, VALUE -> ".attention.self." + site.place().text();
                    case HEADS -> ".attention.self";
                    case ATTENTION -> ".attention.output";
                    case FFN_UP -> ".intermediate.dense";
                    case FFN_DOWN -> ".output.dense";
                    case FFN -> option("ffn_option").equals("parallel") ? "" : ".output";
                    default -> throw new IllegalArgumentException("no module at " + site);
                };
    }

    /** The program has one set of prefixes more for each attention that RoBERTa lacks; this one reads the decoder's. */
    @Override
    PrefixSet prefixSet(Part part) {
        return PrefixSet.SELF;
    }

    @Override
    String states(Part part) {
        return "";
    }

    @Override
    int layers(Part part) {
        return config("num_hidden_layers");
    }

    @Override
    public Subject subject(Method method, Weights reference, Weights inputs) {
        HeadInput reading = HeadInput.by(Pooling.FIRST, Head.DENSE);
        Backbone backbone = backbone(reference);
        List<Parameter> parameters =
                SequenceClassifier.parameters(backbone, method, reading.head(), config("num_labels"));
        return new ClassifierSubject(
                new SequenceClassifier(backbone, method, reading, values(parameters, reference)), inputs);
    }

    private Backbone backbone(Weights reference) {
        Bert.Config bert = new Bert.Config(
                new Anatomy(
                        config("hidden_size"),
                        Stack.plain(
                                Part.ENCODER,
                                config("num_hidden_layers"),
                                config("hidden_size"),
                                config("num_attention_heads"),
                                config("intermediate_size"))),
                config("vocab_size"),
                config("max_position_embeddings"),
                config("type_vocab_size"),
                meta.path("config").path("layer_norm_eps").asDouble(),
                config("pad_token_id"),
                Bert.Positions.AFTER_PADDING_ID);
        Map<String, Tensor> weights = new LinkedHashMap<>();
        Bert.weightShapes(bert, false)
                .keySet()
                .forEach(name -> weights.put(name, reference.get(outer() + base() + name)));
        return new Bert(bert, Weights.of(weights));
    }
}
