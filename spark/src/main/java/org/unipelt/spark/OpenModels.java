package org.unipelt.spark;

import java.io.ByteArrayInputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.tensor.Compute;
import org.unipelt.tuned.TunedModel;

/**
 * The models that this executor has opened: each base model and each tuned model once in its life, as {@link OpenStudies}.
 */
final class OpenModels {
    private static final OpenModels HERE = new OpenModels();

    /** By name and fingerprint. */
    private final Map<List<String>, BaseModel> bases = new HashMap<>();

    private final Map<List<String>, TunedModel> models = new HashMap<>();

    private OpenModels() {}

    static OpenModels here() {
        return HERE;
    }

    /**
     * Opens a model, unless it is open.
     *
     * @throws InputException if this node has not its base model, or another of that name; names the node
     */
    synchronized TunedModel model(SentModel sent) {
        List<String> base = List.of(sent.base(), sent.fingerprint());
        List<String> key = List.of(sent.base(), sent.fingerprint(), sent.card());
        TunedModel known = models.get(key);
        if (known == null) {
            OwnCores.use();
            try {
                BaseModel opened = bases.computeIfAbsent(
                        base, each -> BaseModel.open(sent.base(), Compute.cpu().predicting()));
                known = TunedModel.load(new ByteArrayInputStream(sent.zip()), opened);
            } catch (InputException e) {
                throw new InputException("node " + OpenStudies.node() + ": " + e.getMessage(), e);
            }
            models.put(key, known);
        }
        return known;
    }
}
