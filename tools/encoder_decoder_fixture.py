"""Writes the fixtures of EncoderDecoderTest: small random BARTs, mBARTs and T5s, and the results of transformers.

Usage: python tools/encoder_decoder_fixture.py     (needs torch, transformers, safetensors)
"""
import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import (
    BartConfig, BartForConditionalGeneration, MBartConfig, MBartForConditionalGeneration, T5Config, T5ForConditionalGeneration)

OUT = pathlib.Path(__file__).resolve().parent.parent / "core/src/test/resources/org/unipelt/encoder-decoder"
SIZES = dict(
    vocab_size=40, d_model=16, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2,
    encoder_ffn_dim=24, decoder_ffn_dim=24, max_position_embeddings=32, dropout=0.0, attention_dropout=0.0,
    activation_dropout=0.0, pad_token_id=1, bos_token_id=0, eos_token_id=2, forced_eos_token_id=None)
T5_SIZES = dict(
    vocab_size=40, d_model=8, d_kv=5, d_ff=12, num_layers=2, num_decoder_layers=2, num_heads=2, dropout_rate=0.0,
    pad_token_id=0, eos_token_id=1, decoder_start_token_id=0, relative_attention_num_buckets=8,
    relative_attention_max_distance=10)
END = dict(bart=1.3, mbart=1.4)
SPREAD = 0.4
T5_END = {"t5": 6.0, "t5-untied": 0.3}
T5_SPREAD = {"t5": 1.0, "t5-untied": 0.5}
SETTINGS = [
    dict(num_beams=1, max_length=16),
    dict(num_beams=1, max_length=16, min_length=8),
    dict(num_beams=1, max_length=16, no_repeat_ngram_size=2),
    dict(num_beams=3, max_length=16),
    dict(num_beams=3, max_length=16, early_stopping=True),
    dict(num_beams=4, max_length=20, min_length=6, length_penalty=2.0),
    dict(num_beams=4, max_length=20, length_penalty=0.5, no_repeat_ngram_size=3, early_stopping=True),
    dict(num_beams=5, max_length=12, length_penalty=0.0),
    dict(num_beams=2, max_length=10, forced_bos_token_id=7, forced_eos_token_id=2),
    dict(num_beams=6, max_length=30, min_length=3, no_repeat_ngram_size=1),
]


def fixture(name, model, config, text_end):
    pad, end = config.pad_token_id, config.eos_token_id
    torch.manual_seed(3)
    model = model.eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.5)
        for key, parameter in model.named_parameters():
            if "norm" in key and key.endswith("weight"):
                parameter.add_(1)
        # Probabilities flat enough that hypotheses compete, and an end that is likely enough to come early or late.
        if name in END:
            model.model.shared.weight.mul_(SPREAD)
            model.final_logits_bias[0, end] = END[name]
        else:
            output = model.lm_head.weight
            output.mul_(T5_SPREAD[name])
            # What all words share stays in the states, and speaks for the end.
            model.shared.weight[:, 0] = 3
            output[:, 0] = 0 if output is not model.shared.weight else 3
            output[end, 0] = T5_END[name]
    rows = [[0 if pad else 3] + [int(i) for i in torch.randint(4, 39, (n,))] + text_end for n in (9, 4, 14, 6, 1, 11)]
    longest = max(map(len, rows))
    ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows])
    keep = (ids != pad).long()
    labels = torch.tensor([row[1:6] + [pad] * (5 - len(row[1:6])) for row in rows])
    with torch.no_grad():
        gold = labels.masked_fill(labels == pad, -100)
        out = model(input_ids=ids, attention_mask=keep, labels=gold, output_hidden_states=True)
        generated = []
        for settings in SETTINGS:
            if "forced_eos_token_id" in settings:
                settings = dict(settings, forced_eos_token_id=end)
            best = model.generate(ids, attention_mask=keep, do_sample=False, **settings)
            # Without the decoder's start and the padding after the end.
            texts = []
            for row in best.tolist():
                row = row[1:]
                texts.append(row[: row.index(end) + 1] if end in row else row)
            generated.append(dict(settings=settings, texts=texts))
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    skip = ("embed_tokens",) if name == "t5-untied" else ("embed_tokens", "lm_head")
    state = {k: v.clone().contiguous() for k, v in model.state_dict().items() if not any(s in k for s in skip)}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    save_file(
        {
            "ids": ids, "keep": keep, "labels": labels,
            "encoder": out.encoder_last_hidden_state.contiguous(),
            "logits": out.logits.contiguous(), "loss": out.loss.reshape(1),
        },
        folder / "expected.safetensors")
    (folder / "config.json").write_text(json.dumps(json.loads(config.to_json_string()), indent=1) + "\n")
    (folder / "generated.json").write_text(json.dumps(generated) + "\n")
    print(name, [len(t) for g in generated for t in g["texts"]])


bart = BartConfig(**SIZES, decoder_start_token_id=2)
fixture("bart", BartForConditionalGeneration(bart), bart, [2])
mbart = MBartConfig(**SIZES, scale_embedding=True, decoder_start_token_id=2)
fixture("mbart", MBartForConditionalGeneration(mbart), mbart, [2, 39])
t5 = T5Config(**T5_SIZES)
fixture("t5", T5ForConditionalGeneration(t5), t5, [1])
t5 = T5Config(**T5_SIZES, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
model = T5ForConditionalGeneration(t5)
model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.shared.weight))
fixture("t5-untied", model, t5, [1])
