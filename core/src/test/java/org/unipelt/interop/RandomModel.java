package org.unipelt.interop;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.OwnHead;
import org.unipelt.backbone.Pooling;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.method.Parameter;
import org.unipelt.task.Classification;
import org.unipelt.task.Inference;
import org.unipelt.task.Task;
import org.unipelt.tensor.Weights;
import org.unipelt.testkit.Numbers;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;

/** Tuned models whose every tensor is random. */
public final class RandomModel {
    /** Three classes. */
    public static final Task CLASSES = new Classification(List.of("no", "perhaps", "yes"));

    private RandomModel() {}

    /** A classifier with the head of the base model's own. */
    static TunedModel of(String method, BaseModel base) {
        OwnHead own = base.ownHead().orElseThrow();
        return of(method, base, CLASSES, Optional.of(own.form()), Optional.of(own.pooling()));
    }

    /** A classifier whose layers all have the same change, as it is where they share their weights. */
    static TunedModel ofEqualLayers(String method, BaseModel base) {
        OwnHead own = base.ownHead().orElseThrow();
        return of(
                method,
                base,
                CLASSES,
                Optional.of(own.form()),
                Optional.of(own.pooling()),
                name -> name.replaceFirst("layer\\.\\d+", "layer"));
    }

    /** A model of any task; without a head, if its task has none. */
    public static TunedModel of(
            String text, BaseModel base, Task task, Optional<Head> head, Optional<Pooling> pooling) {
        return of(text, base, task, head, pooling, UnaryOperator.identity());
    }

    private static TunedModel of(
            String text,
            BaseModel base,
            Task task,
            Optional<Head> head,
            Optional<Pooling> pooling,
            UnaryOperator<String> seed) {
        Method method = Methods.parse(text);
        Inference inference = new Inference(12, OptionalInt.empty(), pooling, head, false);
        AdapterCard card = new AdapterCard(
                method,
                task,
                inference,
                new AdapterCard.Base(base.name(), base.fingerprint(), Optional.empty()),
                Optional.empty(),
                "");
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (Parameter parameter : task.parameters(base.backbone(), method, inference)) {
                long[] shape =
                        parameter.shape().stream().mapToLong(Long::longValue).toArray();
                tensors.put(
                        parameter.name(),
                        Tensor.create(
                                Numbers.random(seed.apply(parameter.name()), shape)
                                        .values(),
                                shape));
            }
            return TunedModel.of(base, method, Weights.of(tensors), card);
        }
    }
}
