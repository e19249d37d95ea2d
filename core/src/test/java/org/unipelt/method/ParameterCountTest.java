package org.unipelt.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.FrozenNetwork;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.Sites;
import org.unipelt.backbone.bart.Bart;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.runtime.Engine;
import org.unipelt.task.HeadInput;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/**
 * Trained numbers on BERT-base with two labels, as the UniPELT release trains them and as the paper's Table 4 counts
 * them. Nothing of BERT-base is allocated.
 */
class ParameterCountTest {
    private static final Backbone BERT_BASE = Declared.of(
            new Bert.Config(new Anatomy(768, Stack.plain(Part.ENCODER, 12, 768, 12, 3072)), 30_522, 512, 2, 1e-12, 0));

    private static final Backbone ROBERTA_BASE = Declared.of(new Bert.Config(
            new Anatomy(768, Stack.plain(Part.ENCODER, 12, 768, 12, 3072)),
            50_265,
            514,
            1,
            1e-5,
            1,
            Bert.Positions.AFTER_PADDING_ID));

    private static final Backbone BART_LARGE = bartLarge();

    private static Declared bartLarge() {
        Anatomy anatomy = Bart.Config.anatomy(
                1024, Stack.plain(Part.ENCODER, 12, 1024, 16, 4096), Stack.plain(Part.DECODER, 12, 1024, 16, 4096));
        return new Declared(
                anatomy,
                Bart.sites(anatomy),
                Bart.weightShapes(new Bart.Config(
                        Bart.Kind.BART,
                        anatomy,
                        50_265,
                        1024,
                        false,
                        1,
                        2,
                        2,
                        OptionalInt.empty(),
                        OptionalInt.empty())));
    }

    /**
     * What the release's optimiser is given, with the part of the head that it trains.
     *
     * <p>The release gates a method alone too unless told otherwise: {@code unipelt(lora)} here.
     */
    @ParameterizedTest
    @CsvSource({
        "full,               109483778",
        "probe,                   1538",
        "head,                    1538",
        "bitfit,                102914",
        "adapter,               896066",
        "unipelt(adapter),      905294", // + 9,228
        "houlsby,              1790594",
        "unipelt(houlsby),     1809050", // + 18,456: two gates per layer
        "prefix,               9857024",
        "unipelt(prefix),      9866252", // + 9,228
        "prompt,                  7680",
        "lora,                  294912",
        "unipelt(lora),         313368", // + 18,456
        "ia3,                    56834", // 12 x (768 + 768 + 3,072) and the head
        "unipelt-ap,          10771546",
        "unipelt-al,           1218662", // 894,528 + 294,912 + gates 9,228 + 18,456 + head 1,538
        "unipelt-pl,          10179620", // 9,857,024 + 294,912 + gates 9,228 + 18,456; head frozen
        "unipelt-apl,         11084914",
        "unipelt-ap-nogate,   10753090",
        "unipelt-al-nogate,    1190978",
        "unipelt-pl-nogate,   10151936",
        "unipelt-apl-nogate,  11048002",
        "compacter,               30114",
        "sequential-adapter-attn, 3717986",
        "sequential-adapter-ffn, 9454082",
        "parallel-adapter-attn, 3717986",
        "parallel-adapter-ffn,  9454082",
        "parallel-adapter-attn-ffn, 10035050",
        "scaled-parallel-adapter, 9454082",
        "scaled-parallel-adapter-learned, 9454094",
        "multi-head-parallel-adapter, 15532832",
        "prefix-lambda,        15532832",
        "prefix-add,           15402272",
        "lora-ffn,              9400320",
        "prefix-lora-ffn,      24802592",
        "mam,                  24856354",
        "unipelt-mam,          24874810",
        "unipelt-cpl,          10218962",
    })
    void asTheReleaseTrainsThem(String text, long expected) {
        Method method = Methods.parse(text);
        assertThat(releaseCount(method)).isEqualTo(expected);
    }

    /** The prefix as flat matrices, and no head. */
    @ParameterizedTest
    @CsvSource({
        "full,               109482240",
        "probe,                      0",
        "head,                       0",
        "bitfit,                102912", // 103K
        "adapter,               894528", // 895K
        "houlsby,              1789056",
        "prefix,                184320", // 184K
        "prompt,                  7680",
        "lora,                  294912", // 295K
        "ia3,                    55296",
        "unipelt-ap,           1097304", // 1.1M
        "unipelt-al,           1217124",
        "unipelt-pl,            506916",
        "unipelt-apl,          1410672", // 1.4M
        "unipelt-ap-nogate,    1078848",
        "unipelt-al-nogate,    1189440",
        "unipelt-pl-nogate,     479232",
        "unipelt-apl-nogate,   1373760",
        "compacter,               28576",
        "sequential-adapter-attn, 3716448",
        "sequential-adapter-ffn, 9452544",
        "parallel-adapter-attn, 3716448",
        "parallel-adapter-ffn,  9452544",
        "parallel-adapter-attn-ffn, 10033512",
        "scaled-parallel-adapter, 9452544",
        "scaled-parallel-adapter-learned, 9452556",
        "multi-head-parallel-adapter, 3686400",
        "prefix-lambda,         3686400",
        "prefix-add,             552960",
        "lora-ffn,              9400320",
        "prefix-lora-ffn,       9953280",
        "mam,                  10005504",
        "unipelt-mam,          10023960",
        "unipelt-cpl,            544720",
    })
    void asThePaperCountsThem(String text, long expected) {
        assertThat(paperCount(Methods.parse(text))).isEqualTo(expected);
    }

    /** Without head and networks, with the sizes of He et al.'s GLUE script. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bitfit                                                                           | 102144",
                "prefix(length=16,network=800)                                                    | 294912", // 0.24%
                "lora(rank=16)                                                                    | 589824", // 0.47%
                "modification(form=bottleneck(rank=16),insert=parallel)                           | 304320",
                "unipelt(prefix(length=16),modification(form=bottleneck(rank=16)),gate=none)      | 599232", // 0.48%
            })
    void onRobertaBaseAsHeEtAlCountThem(String text, long expected) {
        assertThat(Parameter.count(Methods.parse(text).saved().parameters(ROBERTA_BASE)))
                .isEqualTo(expected);
    }

    /** The same on BART-large, with its attentions of encoder and decoder and from the one to the other. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "prefix(length=30)        |  2211840", // 0.54%
                "sequential-adapter-ffn   | 25202688", // 6.2%
                "parallel-adapter-ffn     | 25202688",
                "scaled-parallel-adapter  | 25202688",
                "lora-ffn                 | 25067520",
                "mam                      | 27414528", // 6.7%
                "prompt(length=30)        |    30720",
                "bitfit                   |   333824",
                "full                     | 406291456",
            })
    void onBartLargeAsHeEtAlCountThem(String text, long expected) {
        assertThat(Parameter.count(Methods.parse(text).saved().parameters(BART_LARGE)))
                .isEqualTo(expected);
    }

    /** What their optimisers are given: three networks of prefixes, though RoBERTa uses but one. */
    @Test
    void prefixNetworksAsTheirProgramTrainsThem() {
        String prefix = "prefix(length=%d,network=800)";
        assertThat(Parameter.count(Methods.parse(prefix.formatted(30)).parameters(BART_LARGE)))
                .isEqualTo(61_608_288);
        assertThat(Parameter.count(Methods.parse("mam").parameters(BART_LARGE))).isEqualTo(86_810_976);
        assertThat(3 * Parameter.count(Methods.parse(prefix.formatted(16)).parameters(ROBERTA_BASE)))
                .isEqualTo(46_174_560);
    }

    /** With the biases of both layers of the head. */
    @Test
    void bitFitOnRobertaBaseAsTheirProgramTrainsIt() {
        long biases = SequenceClassifier.parameters(ROBERTA_BASE, Methods.parse("bitfit"), Head.DENSE, 2).stream()
                .filter(parameter -> parameter.name().endsWith(".bias"))
                .mapToLong(Parameter::count)
                .sum();
        assertThat(biases).isEqualTo(102_914);
    }

    @Test
    void aDecoderHasNoGates() {
        List<Parameter> gates = Methods.parse("unipelt(adapter,prefix,lora)").parameters(BART_LARGE).stream()
                .filter(parameter -> parameter.name().startsWith("gate."))
                .toList();
        assertThat(gates).hasSize(2 * 12 * 4).allSatisfy(gate -> assertThat(gate.name())
                .doesNotContain("decoder")
                .doesNotContain("cross"));
    }

    @Test
    void everyPresetIsCountedBothWays() throws NoSuchMethodException {
        for (String test : new String[] {"asTheReleaseTrainsThem", "asThePaperCountsThem"}) {
            CsvSource table = ParameterCountTest.class
                    .getDeclaredMethod(test, String.class, long.class)
                    .getAnnotation(CsvSource.class);
            assertThat(Stream.of(table.value()).map(row -> row.split(",\\s+")[0]))
                    .as(test)
                    .containsAll(Methods.names());
        }
    }

    private static long releaseCount(Method method) {
        Engine.start();
        Map<String, Long> counts = new LinkedHashMap<>();
        SequenceClassifier.parameters(BERT_BASE, method, Head.LINEAR, 2).forEach(p -> counts.put(p.name(), p.count()));
        try (SequenceClassifier network =
                new SequenceClassifier(BERT_BASE, method, HeadInput.by(Pooling.POOLER), Weights.of(Map.of()))) {
            return network.trained(method.releaseHead()).stream()
                    .mapToLong(counts::get)
                    .sum();
        }
    }

    @Test
    void loraAtAProjectionThatTheBaseModelLacksIsRefused() {
        Method method = Methods.parse("lora(on=query+ffn-gate)");
        assertThatThrownBy(() -> method.parameters(BERT_BASE))
                .isInstanceOf(InputException.class)
                .hasMessage("lora: this base model has no ffn-gate; leave it out of on=query+ffn-gate");
    }

    private static long paperCount(Method method) {
        return Parameter.count(method.saved().parameters(BERT_BASE));
    }

    /** A backbone that has shapes and no weights. */
    private record Declared(Anatomy anatomy, Sites sites, Map<String, long[]> weightShapes) implements Backbone {
        static Declared of(Bert.Config config) {
            return new Declared(
                    config.anatomy(), Bert.sites(config.anatomy()), Bert.weightShapes(config, config.tokenTypes() > 1));
        }

        @Override
        public FrozenNetwork network() {
            throw new UnsupportedOperationException("declared only");
        }

        @Override
        public int paddingId() {
            throw new UnsupportedOperationException("declared only");
        }

        @Override
        public int positions() {
            throw new UnsupportedOperationException("declared only");
        }

        @Override
        public Tensor forward(TokenBatch batch, Modifications modifications, Pass pass) {
            throw new UnsupportedOperationException("declared only");
        }

        @Override
        public Tensor pool(Tensor hidden, TokenBatch batch, Pooling pooling, Modifications modifications) {
            throw new UnsupportedOperationException("declared only");
        }
    }
}
