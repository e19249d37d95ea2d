package org.unipelt.golden;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.junit.jupiter.api.Test;

class FamilyTest {
    @Test
    void noFixtureIsPassedOverBecauseNobodyKnowsItsFamily() {
        var meta = JsonNodeFactory.instance.objectNode().put("family", "unified_gpt");
        assertThatThrownBy(() -> Family.of(meta))
                .hasMessage("unknown family 'unified_gpt' in meta.json; there are unipelt, unified_roberta and"
                        + " unified_bart");
    }
}
