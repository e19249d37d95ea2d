package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.method.Parameter;
import org.unipelt.runtime.Engine;
import org.unipelt.task.Classification;
import org.unipelt.task.Inference;
import org.unipelt.tensor.Weights;
import org.unipelt.testkit.Numbers;
import org.unipelt.testkit.TinyBert;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;

class ExportCommandTest {
    @TempDir
    private Path home;

    private Path base;

    @BeforeEach
    void base() throws IOException {
        base = TinyBert.write(home.resolve("tiny-bert"));
    }

    /** A random model of a method on the tiny BERT. */
    private Path saved(String text) {
        Path folder = home.resolve("my-model");
        Engine.start();
        Method method = Methods.parse(text);
        Classification task = new Classification(List.of("no", "yes"));
        Inference inference =
                new Inference(20, OptionalInt.empty(), Optional.of(Pooling.POOLER), Optional.of(Head.LINEAR), false);
        try (BaseModel opened = BaseModel.open(base.toString());
                PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (Parameter parameter : task.parameters(opened.backbone(), method, inference)) {
                long[] shape =
                        parameter.shape().stream().mapToLong(Long::longValue).toArray();
                tensors.put(
                        parameter.name(),
                        Tensor.create(Numbers.random(parameter.name(), shape).values(), shape));
            }
            AdapterCard card = new AdapterCard(
                    method,
                    task,
                    inference,
                    new AdapterCard.Base(opened.name(), opened.fingerprint(), Optional.of(opened.reading())),
                    Optional.empty(),
                    "");
            try (TunedModel model = TunedModel.of(opened, method, Weights.of(tensors), card)) {
                model.save(folder);
            }
        }
        return folder;
    }

    private static String answer(Path model) {
        Shell.Outcome done = Shell.run("predict", model, "a lovely film", "--json", "--top", "2");
        assertThat(done.code()).as(done.err()).isZero();
        return done.json().path("top").toString().replaceAll("(0\\.\\d{5})\\d*", "$1");
    }

    @Test
    void whatLeavesForPeftComesBack() throws IOException {
        Path model = saved("lora(rank=2,on=query+ffn-down)");
        Path out = home.resolve("peft-folder");
        Shell.Outcome done = Shell.run("export", model, "--format", "peft", "--out", out);
        assertThat(done.code()).as(done.err()).isZero();
        assertThat(done.out().lines())
                .contains("format   peft", "base     " + base, "answers  no, yes")
                .anyMatch(line -> line.startsWith("method   lora(rank=2"));
        assertThat(done.out().replaceAll("\\s+", " "))
                .contains("The model is in " + out + ".")
                .contains("names the labels.");
        assertThat(Files.readString(out.resolve("README.md"))).contains("id2label={0: \"no\", 1: \"yes\"}");

        Path back = home.resolve("back");
        Shell.Outcome read = Shell.run("import", out, "--labels", "no,yes", "--out", back);
        assertThat(read.code()).as(read.err()).isZero();
        assertThat(answer(back)).isEqualTo(answer(model));

        Shell.Outcome again = Shell.run("export", model, "--format", "peft", "--out", out);
        assertThat(again.code()).isEqualTo(2);
        assertThat(again.err()).contains(out + " is not empty; choose another folder");
    }

    @Test
    void gatesAskForTheirAverage() {
        Path model = saved("unipelt(adapter(bottleneck=3),lora(rank=2))");
        Path out = home.resolve("hub-folder");
        Shell.Outcome refused = Shell.run("export", model, "--format", "adapterhub", "--out", out);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err().replaceAll("\\s+", " ")).contains("export it all the same with --average-as-theirs");
        assertThat(out).doesNotExist();

        Shell.Outcome done = Shell.run("export", model, "--format", "adapterhub", "--average-as-theirs", "--out", out);
        assertThat(done.code()).as(done.err()).isZero();
        assertThat(done.out().replaceAll("\\s+", " ")).contains("Its gates average over padding too");
        assertThat(out.resolve("pytorch_adapter.bin")).exists();
    }

    @Test
    void programsGetOneObject() {
        Path model = saved("ia3");
        JsonNode said = Shell.run("export", model, "--format", "peft", "--out", home.resolve("p"), "--json")
                .json();
        assertThat(said.path("format").asText()).isEqualTo("peft");
        assertThat(said.path("base").asText()).isEqualTo(base.toString());
        assertThat(said.path("classes")).hasSize(2);
    }

    @Test
    void anOptionThatMeansNothingIsRefused() {
        Path model = saved("ia3");
        Shell.Outcome average =
                Shell.run("export", model, "--format", "peft", "--average-as-theirs", "--out", home.resolve("p"));
        assertThat(average.code()).isEqualTo(2);
        assertThat(average.err()).contains("--average-as-theirs is for --format adapterhub");
        Shell.Outcome narrow =
                Shell.run("export", model, "--format", "peft", "--precision", "bf16", "--out", home.resolve("p"));
        assertThat(narrow.err()).contains("a model is exported in 32 bits; open its base model with precision f32");
        assertThat(Shell.run("export", model, "--format", "onyx", "--out", home.resolve("p"))
                        .err())
                .contains("unknown format 'onyx'");
    }
}
