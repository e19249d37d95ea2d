package org.unipelt.interop;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.OwnHead;
import org.unipelt.backbone.Pooling;
import org.unipelt.hub.BaseModel;
import org.unipelt.task.Seq2Seq;

/**
 * A model's head, for another library's file.
 *
 * @param form its form
 * @param pooling the vector that it reads
 * @param tensors by this library's names
 */
record ExportedHead(Head form, Pooling pooling, Map<String, Tensor> tensors) {
    private static final String DENSE = "head.dense";
    private static final String OUT = "head";

    /**
     * The head of a model.
     *
     * @throws InputException if it generates texts
     */
    static ExportedHead of(Export.Source source) {
        if (source.card().task() instanceof Seq2Seq) {
            throw new InputException("this model generates texts, and only the heads of classifiers and scorers are"
                    + " exported in this format");
        }
        return new ExportedHead(
                source.card().inference().head().orElseThrow(),
                source.card().inference().pooling().orElseThrow(),
                source.tensors());
    }

    /** How many outputs it has. */
    int outputs() {
        return (int) Objects.requireNonNull(tensors.get(OUT + ".bias")).size(0);
    }

    /** Whether it is that of the base model's own classifiers. */
    boolean is(OwnHead own) {
        return form == own.form() && pooling == own.pooling();
    }

    /** Whether its first map does what the pooler before that other head does: a map of the first token's state, and tanh. */
    boolean replacesThePooler(OwnHead own) {
        return form == Head.DENSE && pooling == Pooling.FIRST && own.pooler().isPresent();
    }

    /**
     * Its tensors by other names.
     *
     * @param dense what its first map is called, if it has two
     * @param out what its last map is called
     */
    Map<String, Tensor> named(Optional<String> dense, String out) {
        Map<String, Tensor> named = new LinkedHashMap<>();
        dense.ifPresent(map -> put(named, map, DENSE));
        put(named, out, OUT);
        return named;
    }

    private void put(Map<String, Tensor> named, String theirs, String ours) {
        named.put(theirs + ".weight", tensors.get(ours + ".weight"));
        named.put(theirs + ".bias", tensors.get(ours + ".bias"));
    }

    /**
     * Why the base model's own classifiers do not have this head, and what to do.
     *
     * @param library the library that puts its files on such a classifier
     * @param others the other formats that may have it
     */
    InputException isNot(Optional<OwnHead> own, BaseModel base, String library, String others) {
        String mine = text(form) + " " + text(pooling);
        if (own.isEmpty()) {
            return new InputException(library + " puts an adapter on the classifier that transformers has for "
                    + base.family().modelType() + ", whose head "
                    + base.name() + " lacks or this library does not have; this model's head is " + mine
                    + "; take --format onnx, or try " + others);
        }
        OwnHead theirs = own.get();
        String remedy = theirs.form() == form
                ? "; train again with --pooling " + theirs.pooling().text()
                : "";
        return new InputException(library + " puts an adapter on the classifier that transformers has for "
                + base.family().modelType() + ", whose head is " + text(theirs.form()) + " "
                + text(theirs.pooling()) + "; this model's head is " + mine + remedy);
    }

    private static String text(Head form) {
        return switch (form) {
            case LINEAR -> "one map";
            case DENSE -> "two maps with tanh between them";
            case DENSE_RELU -> "two maps with ReLU between them";
            case DENSE_GELU -> "two maps with GELU between them";
        };
    }

    private static String text(Pooling pooling) {
        return switch (pooling) {
            case POOLER -> "after the pooler";
            case FIRST -> "after the first token's state";
            case MEAN -> "after the mean of the states";
            case END -> "after the last token's state";
        };
    }
}
