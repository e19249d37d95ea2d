package org.unipelt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;
import org.unipelt.hub.Origin;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.metric.Metric;
import org.unipelt.task.Classification;
import org.unipelt.task.Inference;
import org.unipelt.task.ParameterCounts;
import org.unipelt.task.Regression;
import org.unipelt.task.Task;
import org.unipelt.training.TrainingConfig;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.DataSpec;

class ModelCardTest {
    private static final ParameterCounts COUNTS = new ParameterCounts(1_000, 1_234, 40_000);
    private static final Origin ORIGIN = new Origin("org/small", Optional.of("0f00"), Optional.of("Apache-2.0"));

    private static AdapterCard card(String base, Task task, DataSpec data, Map<String, Double> scores) {
        Method method = Methods.parse("lora");
        TrainingConfig training = TrainingConfig.builder(method, Metric.ACCURACY)
                .epochs(3)
                .batchSize(8)
                .build();
        Map<String, AdapterCard.DataPart> parts = new LinkedHashMap<>();
        parts.put("train", new AdapterCard.DataPart(90, "ab"));
        parts.put("dev", new AdapterCard.DataPart(10, "cd"));
        return new AdapterCard(
                method,
                task,
                new Inference(64, OptionalInt.empty(), Optional.of(Pooling.FIRST), Optional.of(Head.LINEAR), false),
                new AdapterCard.Base(base, "fe12", Optional.empty()),
                Optional.of(new AdapterCard.Provenance(
                        training,
                        new AdapterCard.Data(Optional.of(data), "90 rows of /home/me/tickets.tsv", parts),
                        Map.of("dev", scores),
                        Map.of("unipelt", "0.1.0"))),
                "");
    }

    @Test
    void theWholeText() {
        Map<String, Double> scores = new LinkedHashMap<>();
        scores.put("accuracy", 0.9375);
        scores.put("macro-f1", 0.5);
        scores.put("matthews", Double.NaN);
        AdapterCard card = card(
                "org/small@v1",
                new Classification(List.of("no", "a|b: \"c\"")),
                DataSpec.of(Path.of("/home/me/my tickets.tsv")),
                scores);
        assertThat(new ModelCard(card, Optional.of(ORIGIN), COUNTS, Optional.empty()).text())
                .isEqualTo("""
                        ---
                        base_model: "org/small"
                        base_model_relation: adapter
                        library_name: unipelt
                        pipeline_tag: text-classification
                        license: apache-2.0
                        tags:
                        - unipelt
                        - "lora"
                        metrics:
                        - accuracy
                        - f1
                        model-index:
                        - name: "small tuned with lora"
                          results:
                          - task:
                              type: text-classification
                            dataset:
                              name: "my tickets.tsv"
                              type: "my tickets.tsv"
                              split: dev
                            metrics:
                            - type: accuracy
                              name: accuracy
                              value: 0.9375
                            - type: f1
                              name: macro-f1
                              value: 0.5
                        ---

                        # small tuned with lora

                        This model gives a text one of 2 labels. It is [org/small](https://huggingface.co/org/small) tuned with `METHOD` by UniPELT for Java.

                        ## Labels

                        | index | label |
                        | --- | --- |
                        | 0 | no |
                        | 1 | a\\|b: "c" |

                        ## How to use it

                        On the command line:

                        ```
                        unipelt predict FOLDER "a text"
                        ```

                        In Java:

                        ```java
                        try (BaseModel base = BaseModel.open("org/small@v1");
                                TunedModel model = TunedModel.load(Path.of("FOLDER"), base)) {
                            System.out.println(model.predict("a text"));
                        }
                        ```

                        ## Training

                        Data: my tickets.tsv.

                        - train: 90 rows
                        - dev: 10 rows

                        Settings that differ from the UniPELT paper's:

                        | setting | value |
                        | --- | --- |
                        | batch-size | 8 |
                        | epochs | 3 |

                        ## Scores

                        | data | metric | value |
                        | --- | --- | --- |
                        | dev | accuracy | 0.9375 |
                        | dev | macro-f1 | 0.5000 |

                        ## Details

                        | | |
                        | --- | --- |
                        | method | `METHOD` |
                        | trained parameters | 1,234, the head's included (3.09 %) |
                        | base model | `org/small` |
                        | its commit | `0f00` |
                        | its weights' fingerprint | `fe12` |
                        | tokens of a text | at most 64 |
                        | pooling | first |
                        | unipelt | 0.1.0 |
                        """.replace("METHOD", card.method().toString()));
    }

    private static Optional<ModelCard.Peer> peer(Export.Format format) {
        return Optional.of(new ModelCard.Peer(format, "Python", List.of("import it"), List.of("Mind the gap.")));
    }

    @Test
    void noFolderOfThisMachineIsNamed() {
        AdapterCard card = card(
                "/home/me/models/small",
                new Regression(),
                DataSpec.of(Path.of("/home/me/x.tsv")),
                Map.of("pearson", 0.5));
        String text = new ModelCard(card, Optional.empty(), COUNTS, peer(Export.Format.MERGED)).text();
        assertThat(text)
                .doesNotContain("/home", "base_model", "license")
                .contains("a base model from a folder named `small`", "library_name: transformers", "- pearsonr\n")
                .contains("```python\nimport it\n```\n\nMind the gap.\n");
    }

    @Test
    void whatTheModelIsForIsNamedAsTheHubNamesIt() {
        AdapterCard card = card(
                "org/small",
                new Classification(List.of("0", "1")),
                DataSpec.ofTask("cola", Path.of("glue"), Optional.empty(), 111),
                Map.of("matthews", 0.25));
        String text = new ModelCard(card, Optional.of(ORIGIN), COUNTS, peer(Export.Format.PEFT)).text();
        assertThat(text)
                .contains("datasets:\n- nyu-mll/glue\n", "      config: \"cola\"\n", "- matthews_correlation\n")
                .contains("library_name: peft\n", "unipelt import FOLDER --model org/small --out DIR");
    }
}
