package org.unipelt.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.method.Parameter;
import org.unipelt.task.Classification;
import org.unipelt.task.HeadTask;
import org.unipelt.task.Inference;
import org.unipelt.task.MultiLabel;
import org.unipelt.task.Ranking;
import org.unipelt.task.Regression;
import org.unipelt.task.Task;
import org.unipelt.task.TokenClassification;
import org.unipelt.tensor.Weights;
import org.unipelt.testkit.Numbers;
import org.unipelt.testkit.TinyBert;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;

/** Folders of tuned models whose every tensor is random, on one tiny BERT. Texts have 12 tokens at most. */
final class TinyModels {
    private final Path base;

    private TinyModels(Path base) {
        this.base = base;
    }

    /** Writes {@code mood}, {@code gated}, {@code same} (pairs), {@code topics}, {@code stars} and {@code ranker}. */
    static Path write(Path folder) throws IOException {
        TinyModels models = new TinyModels(TinyBert.write(folder.resolve("base")));
        Path tuned = folder.resolve("models");
        try (BaseModel opened = BaseModel.open(models.base.toString())) {
            Task moods = new Classification(List.of("bad", "fine", "good"));
            models.save(opened, "lora(rank=2)", moods, false, tuned.resolve("mood"));
            models.save(opened, "unipelt(adapter(bottleneck=4),lora(rank=2))", moods, false, tuned.resolve("gated"));
            models.save(opened, "bitfit", new Classification(List.of("no", "yes")), true, tuned.resolve("same"));
            models.save(opened, "head", MultiLabel.usual(List.of("film", "text")), false, tuned.resolve("topics"));
            models.save(opened, "head", new Regression(), false, tuned.resolve("stars"));
            models.save(opened, "lora(rank=2)", new Ranking(2), true, tuned.resolve("ranker"));
        }
        return tuned;
    }

    /** Writes {@code names}, which finds names in texts, beside the base model that {@link #write} wrote. */
    static Path writeNames(Path folder) throws IOException {
        TinyModels models = new TinyModels(folder.resolve("base"));
        Path names = folder.resolve("names");
        try (BaseModel opened = BaseModel.open(models.base.toString())) {
            models.save(opened, "lora(rank=2)", new TokenClassification(List.of("film", "mood")), false, names);
        }
        return names;
    }

    private void save(BaseModel opened, String text, Task task, boolean pairs, Path folder) {
        Method method = Methods.parse(text);
        boolean isHead = task instanceof HeadTask;
        Inference inference = new Inference(
                12,
                OptionalInt.empty(),
                isHead ? Optional.of(Pooling.of("first")) : Optional.empty(),
                isHead ? Optional.of(Head.LINEAR) : Optional.empty(),
                pairs);
        AdapterCard card = new AdapterCard(
                method,
                task,
                inference,
                new AdapterCard.Base(base.toString(), opened.fingerprint(), Optional.of(opened.reading())),
                Optional.empty(),
                "");
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (Parameter parameter : task.parameters(opened.backbone(), method, inference)) {
                long[] shape =
                        parameter.shape().stream().mapToLong(Long::longValue).toArray();
                tensors.put(
                        parameter.name(),
                        Tensor.create(
                                Numbers.random(folder.getFileName() + parameter.name(), shape)
                                        .values(),
                                shape));
            }
            try (TunedModel model = TunedModel.of(opened, method, Weights.of(tensors), card)) {
                model.save(folder);
            }
        }
    }
}
