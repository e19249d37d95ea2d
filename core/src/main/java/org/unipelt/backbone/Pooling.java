package org.unipelt.backbone;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.Words;

/** How a text's hidden states become the one vector that the head reads. */
public enum Pooling {
    /** {@code tanh(W h + b)} of the first token's last hidden state, with the checkpoint's own W and b. */
    POOLER,
    /** The first token's last hidden state. */
    FIRST,
    /** The mean of the last hidden states over real tokens. */
    MEAN,
    /** The decoder's last state of the token that ends the text, as in BART (Lewis et al. 2020, section 3.1). */
    END;

    /** {@code pooler}, {@code first}, {@code mean} or {@code end}. */
    public String text() {
        return Words.of(this);
    }

    /** The mean of states {@code [batch, length, hidden]} over real tokens. */
    public static Tensor mean(Tensor hidden, Tensor attentionMask) {
        Tensor real = attentionMask.unsqueeze(2).to(hidden.scalar_type());
        return hidden.mul(real).sum(new long[] {1}).div(real.sum(new long[] {1}));
    }

    /**
     * The states {@code [batch, length, hidden]} at each text's last token of an id; at its first token if it has none.
     *
     * @param ids Long {@code [batch, length]}
     */
    public static Tensor last(Tensor hidden, Tensor ids, int id) {
        Tensor places = torch.ones_like(ids).cumsum(1).sub(new Scalar(1));
        Tensor last = ids.eq(new Scalar(id)).mul(places).amax(new long[] {1}, true);
        return hidden.gather(1, last.unsqueeze(2).expand(ids.size(0), 1, hidden.size(2)))
                .squeeze(1);
    }

    /**
     * The pooling of that name.
     *
     * @throws org.unipelt.InputException if there is none
     */
    public static Pooling of(String text) {
        return Words.constant(Pooling.class, "pooling", text);
    }
}
