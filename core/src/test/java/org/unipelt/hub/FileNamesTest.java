package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.backbone.Activation;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.RelativePositions;
import org.unipelt.backbone.bart.Bart;
import org.unipelt.backbone.bart.BartFamily;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.backbone.bert.BertFamily;
import org.unipelt.backbone.deberta.Deberta;
import org.unipelt.backbone.deberta.DebertaFamily;
import org.unipelt.backbone.modernbert.ModernBert;
import org.unipelt.backbone.modernbert.ModernBertFamily;
import org.unipelt.backbone.nomicbert.NomicBert;
import org.unipelt.backbone.nomicbert.NomicBertFamily;
import org.unipelt.backbone.t5.T5;
import org.unipelt.backbone.t5.T5Family;

class FileNamesTest {
    static Stream<Family> families() {
        return Families.all().stream();
    }

    @ParameterizedTest
    @MethodSource("families")
    void everyNameGoesToTheFileAndBack(Family family) {
        for (boolean prefixed : List.of(true, false)) {
            FileNames names = new FileNames(family, prefixed);
            Set<String> ours = ours(family);
            assertThat(ours).allSatisfy(name -> {
                String inFile = names.inFile(name);
                assertThat(names.isOfTheBackbone(inFile)).as(inFile).isTrue();
                assertThat(names.ours(inFile)).isEqualTo(name);
            });
            assertThat(ours.stream().map(names::inFile)).doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BERT, encoder.layer.3.output.dense.bias, bert.encoder.layer.3.output.dense.bias",
        "DISTILBERT, encoder.layer.12.attention.self.query.weight, distilbert.transformer.layer.12.attention.q_lin.weight",
        "DISTILBERT, encoder.layer.0.output.LayerNorm.bias, distilbert.transformer.layer.0.output_layer_norm.bias",
        "XLM_ROBERTA, encoder.layer.3.output.dense.bias, roberta.encoder.layer.3.output.dense.bias",
        "CAMEMBERT, embeddings.word_embeddings.weight, roberta.embeddings.word_embeddings.weight",
        "MPNET, encoder.layer.1.attention.output.dense.weight, mpnet.encoder.layer.1.attention.attn.o.weight",
        "MPNET, encoder.relative_attention_bias.weight, mpnet.encoder.relative_attention_bias.weight",
        "ALBERT, encoder.layer.0.intermediate.dense.bias, albert.encoder.albert_layer_groups.0.albert_layers.0.ffn.bias",
        "ALBERT, embeddings_project.weight, albert.encoder.embedding_hidden_mapping_in.weight",
        "ALBERT, pooler.dense.bias, albert.pooler.bias",
        "DISTILBERT, embeddings.LayerNorm.weight, distilbert.embeddings.LayerNorm.weight",
    })
    void aFileWithAHeadNamesItSo(BertFamily family, String ours, String inFile) {
        assertThat(new FileNames(family, true).inFile(ours)).isEqualTo(inFile);
    }

    @Test
    void theLogitsBiasNeverBearsThePrefix() {
        FileNames names = new FileNames(BartFamily.BART, true);
        assertThat(names.inFile("final_logits_bias")).isEqualTo("final_logits_bias");
        assertThat(names.inFile("shared.weight")).isEqualTo("model.shared.weight");
    }

    @ParameterizedTest
    @MethodSource("families")
    void aModelTypeFindsItsFamily(Family family) {
        assertThat(Families.of(JsonNodeFactory.instance.objectNode().put("model_type", family.modelType()), "a model"))
                .isSameAs(family);
    }

    private static Set<String> ours(Family family) {
        Stack encoder = Stack.plain(Part.ENCODER, 2, 16, 2, 24);
        Stack decoder = Stack.plain(Part.DECODER, 2, 16, 2, 24);
        if (family == DebertaFamily.DEBERTA_V2) {
            return Deberta.weightShapes(new Deberta.Config(
                            new Anatomy(16, 12, List.of(encoder)),
                            9,
                            8,
                            true,
                            2,
                            1e-7,
                            0,
                            Optional.of(new Deberta.Relative(4, 8, true, true, false)),
                            true,
                            Optional.of(new Deberta.Convolution(3, 1, Activation.GELU))))
                    .keySet();
        }
        if (family == ModernBertFamily.MODERNBERT) {
            return ModernBert.weightShapes(new ModernBert.Config(
                            new Anatomy(16, encoder),
                            9,
                            8,
                            1e-5,
                            0,
                            new ModernBert.GlobalLayers(3, List.of()),
                            1e5,
                            1e4,
                            4,
                            new ModernBert.Biases(true, true, true)))
                    .keySet();
        }
        if (family instanceof NomicBertFamily) {
            NomicBert.Kind kind = family == NomicBertFamily.GTE ? NomicBert.Kind.GTE : NomicBert.Kind.NOMIC_BERT;
            return NomicBert.weightShapes(
                            new NomicBert.Config(kind, new Anatomy(16, encoder), 9, 8, 2, 1e-12, 0, 1000), true)
                    .keySet();
        }
        if (family instanceof T5Family) {
            return T5.weightShapes(
                            new T5.Config(
                                    T5.Config.anatomy(16, encoder, decoder),
                                    9,
                                    new RelativePositions(4, 8),
                                    1e-6,
                                    false,
                                    0,
                                    0,
                                    1,
                                    OptionalInt.empty(),
                                    OptionalInt.empty()),
                            true)
                    .keySet();
        }
        return family.generates()
                ? Bart.weightShapes(new Bart.Config(
                                Bart.Kind.valueOf(((BartFamily) family).name()),
                                Bart.Config.anatomy(16, encoder, decoder),
                                9,
                                8,
                                false,
                                1,
                                2,
                                2,
                                OptionalInt.empty(),
                                OptionalInt.empty()))
                        .keySet()
                : Bert.weightShapes(
                                new Bert.Config(
                                        new Anatomy(16, encoder),
                                        9,
                                        8,
                                        family == BertFamily.DISTILBERT ? 0 : 2,
                                        1e-12,
                                        0),
                                family == BertFamily.BERT || family == BertFamily.ALBERT)
                        .keySet();
    }
}
