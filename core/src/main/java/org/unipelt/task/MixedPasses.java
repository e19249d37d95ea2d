package org.unipelt.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Rows;
import org.unipelt.method.MethodObserver;
import org.unipelt.tensor.Compute;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;

/**
 * Passes whose rows belong to different models on one frozen backbone. What each model changes is made once; each pass then
 * lets it act on the rows of that model, see {@link Rows}.
 *
 * <pre>
 *   texts by length ─▶ a batch, its rows by model ─▶ backbone, changed row by row ─▶ pooling and head of each row's model
 * </pre>
 *
 * <p>Holds tensors that belong to the scope in which it is made. Whoever makes it keeps the models open. Any number of
 * threads may use it.
 */
public final class MixedPasses {
    private final List<Member> members;

    /**
     * A model.
     *
     * @param alone why its texts cannot share a pass with those of others; empty if they can
     * @param modifications what it changes in a pass; empty if it has no head
     */
    private record Member(TaskModel model, Optional<String> alone, Optional<Modifications> modifications) {
        static Member of(TaskModel model) {
            if (model.withHead().isEmpty()) {
                return new Member(
                        model, Optional.of("its task has no head that reads one vector of a text"), Optional.empty());
            }
            SequenceClassifier network = model.withHead().orElseThrow().network();
            Modifications own = network.modifications(Pass.INFERENCE, MethodObserver.NONE);
            Optional<String> alone = own.replacedMatrix()
                    .map(name -> "its method replaces whole weights of the base model, such as " + name);
            if (network.method().readsPadding()) {
                alone = Optional.of("its method averages over padding, so its answers depend on the rest of a batch");
            }
            return new Member(model, alone, Optional.of(own));
        }

        SequenceClassifier network() {
            return model.withHead().orElseThrow().network();
        }
    }

    private MixedPasses(List<Member> members) {
        this.members = members;
    }

    /**
     * Prepares passes of some models.
     *
     * @param models on one backbone
     * @throws IllegalArgumentException if two of them with a head are on different backbones
     */
    public static MixedPasses of(List<TaskModel> models) {
        List<Member> members = models.stream().map(Member::of).toList();
        if (members.stream()
                        .filter(each -> each.modifications.isPresent())
                        .map(each -> each.network().backbone())
                        .distinct()
                        .count()
                > 1) {
            throw new IllegalArgumentException("models of different backbones have no pass in common");
        }
        return new MixedPasses(members);
    }

    /**
     * Returns why texts of a model cannot share a pass with texts of others; empty if they can.
     *
     * @param model its place in the list
     */
    public Optional<String> whyAlone(int model) {
        return members.get(model).alone;
    }

    /**
     * Computes what the heads read and give for texts, in their order. Does not check whether it is finite; {@link
     * HeadModel#answer} does. Keeps no tensor.
     *
     * @param compute divides the texts and computes them: the backbone's, or its {@link Compute#inCaller}
     * @param modelOf the model of each text, by its place in the list; none that must be alone
     */
    public List<HeadOutput> outputs(List<Encoding> texts, Compute compute, int... modelOf) {
        if (texts.isEmpty()) {
            return List.of();
        }
        Backbone backbone = members.get(modelOf[0]).network().backbone();
        int[] lengths = texts.stream().mapToInt(Encoding::length).toArray();
        return HeadOutput.compute(compute, lengths, (rows, into) -> compute(backbone, texts, modelOf, rows, into));
    }

    private void compute(Backbone backbone, List<Encoding> texts, int[] modelOf, int[] batch, HeadOutput.Reader into) {
        int[] byModel = Arrays.stream(batch)
                .boxed()
                .sorted(Comparator.comparingInt(row -> modelOf[row]))
                .mapToInt(Integer::intValue)
                .toArray();
        TokenBatch tokens =
                backbone.batch(Arrays.stream(byModel).mapToObj(texts::get).toList());
        List<Rows> parts = new ArrayList<>();
        int to;
        for (int from = 0; from < byModel.length; from = to) {
            int model = modelOf[byModel[from]];
            to = from + 1;
            while (to < byModel.length && modelOf[byModel[to]] == model) {
                to++;
            }
            parts.add(new Rows(from, to - from, members.get(model).modifications.orElseThrow()));
        }
        Tensor hidden = backbone.forward(tokens, Rows.together(parts, backbone.network()), Pass.INFERENCE);
        for (Rows part : parts) {
            int[] rows = Arrays.copyOfRange(byModel, (int) part.from(), (int) (part.from() + part.count()));
            TokenBatch own = new TokenBatch(
                    part.of(tokens.ids()), part.of(tokens.tokenTypes()), part.of(tokens.attentionMask()));
            SequenceClassifier network = members.get(modelOf[rows[0]]).network();
            Tensor vectors = network.vectors(part.of(hidden), own, part.modifications());
            into.read(rows, vectors, network.logits(vectors));
        }
    }
}
