package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.unipelt.method.Methods;

class MethodsCommandTest {
    @Test
    void everyPresetIsListedWithWhatItTrains() {
        Shell.Outcome table = Shell.run("methods");
        assertThat(table.code()).isZero();
        assertThat(table.out().lines()).allMatch(line -> line.length() <= 80);
        Methods.names().forEach(name -> assertThat(table.out()).containsPattern("(?m)^" + name + " +[\\d,]+ "));
        // Two projections of 384 x 384 in each of 12 layers, rank 8; then a head of 384 x 2 and 2.
        assertThat(table.out()).containsPattern("(?m)^lora +147,456 +0.44  low-rank");
        assertThat(Shell.run("methods", "--method", "lora").out())
                .containsPattern("(?m)^ *147,456 +0.44 +148,226 +0.45$");
        assertThat(table.out().indexOf("\nunipelt-al "))
                .as("the default comes first")
                .isLessThan(table.out().indexOf("\nunipelt-apl "));
        // in, q, k, v: LoRA acts at q and v.
        assertThat(table.out()).containsPattern("(?m)^lora +· +● +· +● +·");
        assertThat(table.out()).contains("bitfit: every bias");
    }

    @Test
    void aProjectionMayHaveTheNameOfItsModules() {
        Shell.Outcome table = Shell.run("methods", "--method", "lora(on=attention.output.dense)");
        assertThat(table.out())
                .containsPattern("(?m)^  attention-out  attention.output.dense$")
                .contains("'lora(rank=8,alpha=16,on=attention-out,dropout=0");
    }

    @Test
    void aMethodOfOnesOwnIsCounted() {
        JsonNode listing = Shell.run("methods", "--method", "prefix(length=4)", "--labels", "3", "--json")
                .json();
        JsonNode row = listing.get("methods").get(0);
        assertThat(listing.get("methods")).hasSize(1);
        assertThat(row.get("text").asText())
                .isEqualTo(
                        "prefix(length=4,form=network,network=512,init=bert,compose=concat,attend=softmax,query=scaled)");
        assertThat(row.get("acts_at").get("keys-and-values").get(0).asText()).isEqualTo("prefix");
        assertThat(row.get("trained").asLong()).isEqualTo(4L * 2 * 12 * 384);
    }
}
