package org.unipelt.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Bert;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.Shape;
import org.unipelt.backbone.Site;
import org.unipelt.task.Network;
import org.unipelt.tensor.Engine;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/**
 * Trained numbers on BERT-base with two labels, as the UniPELT release trains them and as the paper's Table 4 counts
 * them. Nothing of BERT-base is allocated.
 */
class ParameterCountTest {
    private static final Backbone BERT_BASE =
            new Declared(new Bert.Config(new Shape(12, 768, 12, 3072), 30_522, 512, 2, 1e-12, 0));

    /**
     * What the release's optimiser is given, with the part of the head that it trains.
     *
     * <p>The release gates a method alone too unless told otherwise: {@code unipelt(lora)} here.
     */
    @ParameterizedTest
    @CsvSource({
        "full,               109483778",
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
        "unipelt-ap,          10771546",
        "unipelt-al,           1218662", // 894,528 + 294,912 + gates 9,228 + 18,456 + head 1,538
        "unipelt-pl,          10179620", // 9,857,024 + 294,912 + gates 9,228 + 18,456; head frozen
        "unipelt-apl,         11084914",
        "unipelt-ap-nogate,   10753090",
        "unipelt-al-nogate,    1190978",
        "unipelt-pl-nogate,   10151936",
        "unipelt-apl-nogate,  11048002",
    })
    void asTheReleaseTrainsThem(String text, long expected) {
        Method method = Methods.parse(text);
        assertThat(releaseCount(method)).isEqualTo(expected);
    }

    /** The prefix as flat matrices, and no head. */
    @ParameterizedTest
    @CsvSource({
        "full,               109482240",
        "head,                       0",
        "bitfit,                102912", // 103K
        "adapter,               894528", // 895K
        "houlsby,              1789056",
        "prefix,                184320", // 184K
        "prompt,                  7680",
        "lora,                  294912", // 295K
        "unipelt-ap,           1097304", // 1.1M
        "unipelt-al,           1217124",
        "unipelt-pl,            506916",
        "unipelt-apl,          1410672", // 1.4M
        "unipelt-ap-nogate,    1078848",
        "unipelt-al-nogate,    1189440",
        "unipelt-pl-nogate,     479232",
        "unipelt-apl-nogate,   1373760",
    })
    void asThePaperCountsThem(String text, long expected) {
        assertThat(paperCount(Methods.parse(text))).isEqualTo(expected);
    }

    @Test
    void everyPresetIsCountedBothWays() throws NoSuchMethodException {
        for (String test : new String[] {"asTheReleaseTrainsThem", "asThePaperCountsThem"}) {
            CsvSource table = ParameterCountTest.class
                    .getDeclaredMethod(test, String.class, long.class)
                    .getAnnotation(CsvSource.class);
            assertThat(Stream.of(table.value()).map(row -> row.split(",\\s+")[0]))
                    .as(test)
                    .containsAll(Methods.all().keySet());
        }
    }

    private static long releaseCount(Method method) {
        Engine.start();
        Map<String, Long> counts = new LinkedHashMap<>();
        Network.parameters(BERT_BASE, method, 2).forEach(p -> counts.put(p.name(), p.count()));
        try (Network network =
                new Network(BERT_BASE, method, Network.Reading.by(Pooling.POOLER), Weights.of(Map.of()))) {
            return network.trained(method.releaseHead()).stream()
                    .mapToLong(counts::get)
                    .sum();
        }
    }

    private static long paperCount(Method method) {
        return Parameter.count(method.saved().parameters(BERT_BASE));
    }

    /** A BERT that has shapes and no weights. */
    private record Declared(Bert.Config config) implements Backbone {
        @Override
        public Shape shape() {
            return config.shape();
        }

        @Override
        public Map<String, long[]> weightShapes() {
            return Bert.weightShapes(config, true);
        }

        @Override
        public int paddingId() {
            return config.padding();
        }

        @Override
        public int positions() {
            return config.positions();
        }

        @Override
        public Weights weights() {
            throw new UnsupportedOperationException("declared only");
        }

        @Override
        public String projectionWeight(Site site) {
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
