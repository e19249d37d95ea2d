package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.Checkpoints;
import org.unipelt.InputException;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.method.Methods;
import org.unipelt.tensor.WeightFolder;
import org.unipelt.tensor.Weights;

class ModuleNamesTest {
    static Stream<Family> families() {
        return Families.all().stream();
    }

    private static BaseModel open(Family family) {
        return BaseModel.open(Checkpoints.folder(Checkpoints.of(family).get(0)).toString());
    }

    @ParameterizedTest
    @MethodSource("families")
    void everyModuleIsInTheFileAndEveryPlaceHasAName(Family family) {
        try (BaseModel model = open(family);
                Weights file = WeightFolder.read(
                        Checkpoints.folder(Checkpoints.of(family).get(0)))) {
            ModuleNames modules = model.modules();
            Set<Site> projections = new HashSet<>();
            modules.all().forEach((module, sites) -> {
                assertThat(file.has(module + ".weight") || file.has(family.prefix() + module + ".weight"))
                        .as(module)
                        .isTrue();
                projections.addAll(sites);
            });
            assertThat(projections)
                    .containsExactlyInAnyOrderElementsOf(model.backbone().sites().all().stream()
                            .filter(site -> site.place().isProjection())
                            .toList());
            for (Place place : Place.values()) {
                boolean there = projections.stream().anyMatch(site -> site.place() == place);
                assertThat(modules.of(place).isPresent()).as(place.text()).isEqualTo(there);
                modules.of(place).ifPresent(name -> {
                    Set<Place> meant = modules.places(name);
                    assertThat(meant).as(name).contains(place);
                    assertThat(Methods.parse("lora(on=" + name + ")", modules::places))
                            .as("the text has our names")
                            .isEqualTo(Methods.parse("lora(on="
                                    + String.join(
                                            "+", meant.stream().map(Place::text).toList())
                                    + ")"));
                });
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "bert-bare, lora(on=query+value), query+value",
        "bert-bare, lora(on=attention.output.dense), attention-out",
        "bert-bare, lora(on=output.dense), attention-out+ffn-down",
        "bert-bare, lora(on=dense), attention-out+ffn-up+ffn-down",
        "distilbert-bare, lora(on=q_lin+v_lin), query+value",
        "distilbert-bare, 'unipelt(adapter,lora(on=out_lin))', attention-out",
        "mpnet-bare, lora(on=q+v), query+value",
        "albert-bare, lora(on=ffn+ffn_output), ffn-up+ffn-down",
        "bart-bare, lora(on=q_proj+v_proj), query+value",
        "bart-bare, 'modification(form=low-rank,at=fc1)', ffn-up",
        "mbart-writer, lora(on=out_proj), attention-out",
    })
    void pythonsNamesAreTaken(String folder, String text, String places) {
        try (BaseModel model = BaseModel.open(Checkpoints.folder(folder).toString())) {
            assertThat(Methods.parse(text, model.modules()::places).toString()).contains("on=" + places + ",");
        }
    }

    @Test
    void ia3TakesThemToo() {
        try (BaseModel model = BaseModel.open(Checkpoints.folder("bart-bare").toString())) {
            assertThat(Methods.parse("ia3(on=k_proj+v_proj)", model.modules()::places))
                    .hasToString("ia3(on=key+value)");
        }
    }

    @Test
    void aNameOfSomeOnlyIsRefused() {
        try (BaseModel model = BaseModel.open(Checkpoints.folder("bart-bare").toString())) {
            assertThatThrownBy(() -> Methods.parse("lora(on=encoder_attn.q_proj)", model.modules()::places))
                    .isInstanceOf(InputException.class)
                    .hasMessage("'encoder_attn.q_proj' means only some of the query projections of this base model;"
                            + " here query means all of them");
            assertThatThrownBy(() -> Methods.parse("lora(on=q_lin)", model.modules()::places))
                    .hasMessage("unknown projection in lora's on 'q_lin'; it is called 'query' here");
            assertThatThrownBy(() -> Methods.parse("modification(at=fc1)", model.modules()::places))
                    .hasMessageStartingWith(
                            "modification: at=fc1 is not possible: form=bottleneck changes a sub-layer");
        }
    }

    /** Before the base model is known, a slip of one of our names is one; another name may be a module's. */
    @Test
    void aSlipIsToldWithoutAModel() {
        assertThatThrownBy(() -> Methods.check("lora(on=querry)"))
                .hasMessage("unknown projection in lora's on 'querry'; did you mean 'query'?");
        assertThatThrownBy(() -> Methods.check("lora(on=)")).isInstanceOf(InputException.class);
        for (String name : List.of("q_lin", "q_proj", "Wqkv", "SelfAttention.q", "query_proj")) {
            Methods.check("lora(on=" + name + ")");
        }
    }

    @Test
    void aModuleHasTheSitesOfAllLayersThatShareIt() {
        try (BaseModel model = BaseModel.open(Checkpoints.folder("albert-bare").toString())) {
            Map<String, List<Site>> all = model.modules().all();
            assertThat(all).hasSize(6);
            assertThat(all.get("encoder.albert_layer_groups.0.albert_layers.0.attention.query"))
                    .containsExactly(new Site(0, Place.QUERY), new Site(1, Place.QUERY), new Site(2, Place.QUERY));
        }
    }
}
