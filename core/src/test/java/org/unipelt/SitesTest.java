package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.unipelt.backbone.Layers;
import org.unipelt.backbone.MapSlice;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Shape;
import org.unipelt.backbone.Site;
import org.unipelt.backbone.Sites;
import org.unipelt.backbone.bart.Bart;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;

class SitesTest {
    private static final Site KEY = new Site(0, Place.KEY);

    @BeforeAll
    static void start() {
        Engine.start();
    }

    @Test
    void aBackboneListsWhatItHas() {
        Sites sites = Bart.sites(new Shape(2, 1, 16, 2, 24));
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
            Tensor fused = torch.rand(6, 4);
            Sites sites = new Sites().projection(KEY, 4, new MapSlice("qkv", 2, 2));
            try (Weights weights = Weights.of(Map.of("qkv.weight", fused))) {
                Tensor x = torch.rand(1, 3, 4);
                Tensor attentionMask = torch.ones(1, 3);
                Layers layers = new Layers(
                        weights,
                        new Shape(1, 4, 1, 8),
                        1e-5,
                        2,
                        Layers.Turn.NONE,
                        sites,
                        new Modifications(),
                        Pass.INFERENCE,
                        Compute.cpu());
                assertThat(layers.project(x, KEY, attentionMask)
                                .equal(torch.linear(x, fused.narrow(0, 2, 2).contiguous())))
                        .isTrue();
                assertThat(sites.out(KEY)).isEqualTo(2);
                assertThat(sites.maps(weights)).containsExactly("qkv.weight");
            }
        }
    }

    @Test
    void keysAreTurnedAndSharedAmongQueryHeads() {
        Site value = new Site(0, Place.VALUE);
        Shape shape = new Shape(1, 4, 2, 8);
        Layers.Turn turn = (part, layer, heads) -> heads.add(new Scalar(1));
        try (PointerScope scope = new PointerScope()) {
            Tensor map = torch.rand(2, 4);
            Sites sites = new Sites()
                    .projection(KEY, 4, new MapSlice("map", 0, 2))
                    .projection(value, 4, new MapSlice("map", 0, 2));
            try (Weights weights = Weights.of(Map.of("map.weight", map))) {
                Layers layers = new Layers(
                        weights, shape, 1e-5, 1, turn, sites, new Modifications(), Pass.INFERENCE, Compute.cpu());
                Tensor x = torch.rand(1, 3, 4);
                Tensor attentionMask = torch.ones(1, 3);
                Modifications.KeysAndValues got =
                        layers.keysAndValues(Part.ENCODER, 0, x, attentionMask, attentionMask);
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
    void aChangeIsAddedToItsOwnRowsOfACopy() {
        try (PointerScope scope = new PointerScope()) {
            Tensor stored = torch.zeros(4, 1);
            Tensor sum = new MapSlice("qkv", 2, 2).added(stored, torch.ones(2, 1), new Scalar(3));
            assertThat(sum.flatten().equal(Tensor.create(0f, 0f, 3f, 3f))).isTrue();
            assertThat(stored.sum().item_float()).isZero();
        }
    }
}
