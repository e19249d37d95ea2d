package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.unipelt.backbone.Activation;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.FeedForward;
import org.unipelt.backbone.Anatomy.Heads;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.FrozenNetwork;
import org.unipelt.backbone.Layers;
import org.unipelt.backbone.MapSlice;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Modifications.KeysAndValues;
import org.unipelt.backbone.Modifications.Sequence;
import org.unipelt.backbone.Norm;
import org.unipelt.backbone.Observer;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.PositionEncoding;
import org.unipelt.backbone.Site;
import org.unipelt.backbone.Sites;
import org.unipelt.backbone.WeightShapes;
import org.unipelt.backbone.bart.Bart;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Dropout;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Weights;

class SitesTest {
    private static final Site KEY = new Site(0, Place.KEY);
    private static final Anatomy ONE_HEAD = new Anatomy(2, Stack.plain(Part.ENCODER, 1, 2, 1, 8));

    @BeforeAll
    static void start() {
        Engine.start();
    }

    @Test
    void aBackboneListsWhatItHas() {
        Sites sites = Bart.sites(Bart.Config.anatomy(
                16, Stack.plain(Part.ENCODER, 2, 16, 2, 24), Stack.plain(Part.DECODER, 1, 16, 2, 24)));
        assertThat(sites.of(List.of(Place.FFN, Place.ATTENTION)).stream().map(Site::toString))
                .containsExactly(
                        "layer.0.ffn",
                        "layer.0.attention",
                        "layer.1.ffn",
                        "layer.1.attention",
                        "decoder.layer.0.ffn",
                        "decoder.layer.0.attention",
                        "cross.layer.0.attention");
        assertThat(sites.in(new Site(1, Place.FFN_DOWN))).isEqualTo(24);
        assertThat(sites.out(new Site(1, Place.FFN_DOWN))).isEqualTo(16);
        assertThatThrownBy(() -> sites.in(new Site(Part.CROSS, 0, Place.FFN)))
                .hasMessage("this backbone has no site cross.layer.0.ffn");
        assertThatThrownBy(() -> sites.map(new Site(0, Place.FFN))).hasMessage("layer.0.ffn is no projection");
    }

    @Test
    void aProjectionMayBeRowsOfAFusedMapWithoutABias() {
        try (PointerScope scope = new PointerScope()) {
            Tensor fused = torch.rand(6, 2);
            Sites sites = Sites.of(ONE_HEAD, (site, rows) -> switch (site.place()) {
                case QUERY, KEY, VALUE ->
                    new MapSlice("qkv", rows * (long) site.place().compareTo(Place.QUERY), rows);
                default -> new MapSlice(site.toString(), 0, rows);
            });
            try (Weights weights = Weights.of(Map.of("qkv.weight", fused))) {
                Tensor x = torch.rand(1, 3, 2);
                Layers layers = layers(ONE_HEAD, sites, weights, PositionEncoding.IN_EMBEDDINGS);
                assertThat(layers.project(x, KEY, torch.ones(1, 3))
                                .equal(torch.linear(x, fused.narrow(0, 2, 2).contiguous())))
                        .isTrue();
                assertThat(sites.out(KEY)).isEqualTo(2);
                assertThat(sites.maps(weights)).containsExactly("qkv.weight");
                assertThat(new WeightShapes(name -> false)
                                .of(sites, Site::toString, 2)
                                .all())
                        .doesNotContainKey("qkv.bias")
                        .hasEntrySatisfying(
                                "qkv.weight", shape -> assertThat(shape).containsExactly(6, 2));
            }
        }
    }

    @Test
    void keysAreRotatedAndSharedAmongQueryHeads() {
        Anatomy anatomy = new Anatomy(4, new Stack(Part.ENCODER, 1, new Heads(2, 1, 2, 1), Optional.empty()));
        PositionEncoding addsOne = new PositionEncoding() {
            @Override
            public Tensor rotate(Part part, int layer, Tensor heads) {
                return heads.add(new Scalar(1));
            }
        };
        try (PointerScope scope = new PointerScope()) {
            Tensor map = torch.rand(2, 4);
            try (Weights weights = Weights.of(Map.of("map.weight", map))) {
                Layers layers = layers(
                        anatomy, Sites.of(anatomy, (site, rows) -> new MapSlice("map", 0, rows)), weights, addsOne);
                Tensor x = torch.rand(1, 3, 4);
                Tensor ones = torch.ones(1, 3);
                KeysAndValues got = layers.keysAndValues(Part.ENCODER, 0, x, ones, ones);
                assertThat(got.values().shape()).containsExactly(1, 2, 3, 2);
                for (int head = 0; head < 2; head++) {
                    assertThat(got.values().select(1, head).equal(torch.linear(x, map)))
                            .isTrue();
                    assertThat(got.keys()
                                    .select(1, head)
                                    .equal(torch.linear(x, map).add(new Scalar(1))))
                            .isTrue();
                }
            }
        }
    }

    @Test
    void headsMayBeWiderThanTheHiddenStates() {
        Anatomy anatomy = new Anatomy(4, new Stack(Part.DECODER, 1, new Heads(2, 1, 3, 1), Optional.empty()));
        Sites sites = Sites.of(anatomy, (site, rows) -> new MapSlice(site.toString(), 0, rows));
        assertThat(sites.out(new Site(Part.DECODER, 0, Place.QUERY))).isEqualTo(6);
        assertThat(sites.out(new Site(Part.DECODER, 0, Place.KEY))).isEqualTo(3);
        assertThat(sites.in(new Site(Part.DECODER, 0, Place.HEADS))).isEqualTo(4);
        assertThat(sites.out(new Site(Part.DECODER, 0, Place.HEADS))).isEqualTo(6);
        assertThat(sites.in(new Site(Part.DECODER, 0, Place.ATTENTION_OUT))).isEqualTo(6);
        assertThat(sites.of(List.of(Place.EMBEDDINGS))).containsExactly(new Site(Part.DECODER, 0, Place.EMBEDDINGS));
    }

    @Test
    void aScoreBiasIsAddedToTheScoresAndMayDependOnTheQuery() {
        Anatomy anatomy = new Anatomy(2, new Stack(Part.ENCODER, 1, new Heads(1, 1, 2, 3), Optional.empty()));
        Sites sites =
                Sites.of(anatomy, (site, rows) -> new MapSlice(site.place().text(), 0, rows));
        PositionEncoding byQuery = new PositionEncoding() {
            @Override
            public Tensor scoreBias(Part part, int layer, Sequence text, Tensor query, KeysAndValues attended) {
                return attended.scoreBias().add(query.narrow(3, 0, 1));
            }
        };
        try (PointerScope scope = new PointerScope();
                Weights weights = Weights.of(Map.of(
                        "query.weight", torch.rand(2, 2),
                        "key.weight", torch.rand(2, 2),
                        "value.weight", torch.rand(2, 2),
                        "attention-out.weight", torch.eye(2)))) {
            Tensor x = torch.rand(1, 3, 2);
            Tensor real = torch.ones(1, 3);
            Tensor bias = torch.rand(1, 1, 3, 3);
            Tensor q = torch.linear(x, weights.get("query.weight"));
            Tensor scores = q.matmul(torch.linear(x, weights.get("key.weight")).transpose(1, 2))
                    .div(new Scalar(3))
                    .add(bias.squeeze(0))
                    .add(q.narrow(2, 0, 1));
            Tensor expected = torch.softmax(scores, -1).matmul(torch.linear(x, weights.get("value.weight")));
            for (Dropout dropout : List.of(Dropout.NONE, new Dropout(1e-9, new Rng(1)))) {
                Layers layers = new Layers(
                        network(anatomy, sites, weights),
                        Norm.layer(1e-5),
                        byQuery,
                        new Modifications(),
                        new Pass(dropout, Observer.NONE));
                Tensor got = layers.attention(
                        Part.ENCODER, 0, x, layers.keysAndValues(Part.ENCODER, 0, x, real, bias), real);
                assertThat(got.sub(expected).abs().max().item_float()).isLessThan(1e-5f);
            }
        }
    }

    @Test
    void aGateMultipliesTheOtherProjection() {
        FeedForward gated = new FeedForward(3, Activation.SILU, true);
        Anatomy anatomy = new Anatomy(2, new Stack(Part.DECODER, 1, Heads.of(2, 1), Optional.of(gated)));
        Sites sites =
                Sites.of(anatomy, (site, rows) -> new MapSlice(site.place().text(), 0, rows));
        try (PointerScope scope = new PointerScope();
                Weights weights = Weights.of(Map.of(
                        "ffn-up.weight", torch.rand(3, 2),
                        "ffn-gate.weight", torch.rand(3, 2),
                        "ffn-down.weight", torch.rand(2, 3)))) {
            Tensor x = torch.rand(1, 3, 2);
            Tensor expected = torch.linear(
                    torch.silu(torch.linear(x, weights.get("ffn-gate.weight")))
                            .mul(torch.linear(x, weights.get("ffn-up.weight"))),
                    weights.get("ffn-down.weight"));
            Tensor got = layers(anatomy, sites, weights, PositionEncoding.IN_EMBEDDINGS)
                    .feedForward(Part.DECODER, 0, x, torch.ones(1, 3));
            assertThat(got.equal(expected)).isTrue();
        }
    }

    @Test
    void anRmsNormDividesByTheRootOfTheMeanSquare() {
        try (PointerScope scope = new PointerScope();
                Weights weights = Weights.of(Map.of("norm.weight", Tensor.create(1f, 2f)))) {
            Layers layers = new Layers(
                    network(ONE_HEAD, Sites.of(ONE_HEAD, (site, rows) -> new MapSlice("none", 0, rows)), weights),
                    Norm.rms(0),
                    PositionEncoding.IN_EMBEDDINGS,
                    new Modifications(),
                    Pass.INFERENCE);
            // The mean square of 1 and 7 is 25.
            Tensor got = layers.norm(Tensor.create(1f, 7f), "norm");
            assertThat(got.sub(Tensor.create(0.2f, 2.8f)).abs().max().item_float())
                    .isLessThan(1e-6f);
        }
    }

    private static Layers layers(Anatomy anatomy, Sites sites, Weights weights, PositionEncoding positions) {
        return new Layers(
                network(anatomy, sites, weights), Norm.layer(1e-5), positions, new Modifications(), Pass.INFERENCE);
    }

    private static FrozenNetwork network(Anatomy anatomy, Sites sites, Weights weights) {
        return new FrozenNetwork(anatomy, sites, Map.of(), weights, weights, Map.of(), Compute.cpu());
    }

    @Test
    void aChangeIsAddedToItsOwnRowsOfACopy() {
        try (PointerScope scope = new PointerScope()) {
            Tensor stored = torch.zeros(4, 1);
            Tensor sum = new MapSlice("qkv", 2, 2).added(stored, torch.ones(2, 1), new Scalar(3));
            assertThat(sum.flatten().equal(Tensor.create(0f, 0f, 3f, 3f))).isTrue();
            assertThat(stored.sum().item_float()).isZero();
        }
    }
}
