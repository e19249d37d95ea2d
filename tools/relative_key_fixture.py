"""Writes bert-relative-key and bert-relative-key-query beside the fixtures of checkpoint_fixture.py: small random BERTs with
vectors of distances, and what transformers 4 computes. transformers 5 ignores position_embedding_type.

Usage: python tools/relative_key_fixture.py     (needs torch, transformers 4.57, safetensors)
"""
import pathlib
import shutil

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

assert transformers.__version__.startswith("4.57."), transformers.__version__
OUT = pathlib.Path(__file__).resolve().parent.parent / "core/src/test/resources/org/unipelt/checkpoints"
# The texts are those of another folder, whose tokenizer this one has, too.
SAME = OUT / "bert-classifier"

for kind in ("relative_key", "relative_key_query"):
    torch.manual_seed(9)
    model = BertModel(BertConfig(
        vocab_size=24, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
        max_position_embeddings=15, position_embedding_type=kind), add_pooling_layer=False).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.5 + (1 if "norm" in key.lower() and "weight" in key else 0))
    folder = OUT / ("bert-" + kind.replace("_", "-"))
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    shutil.copy(SAME / "tokenizer.json", folder)
    batch = {key: load_file(SAME / "expected.safetensors")[key] for key in ("ids", "types", "keep")}
    model = model.double()
    with torch.no_grad():
        hidden = model(input_ids=batch["ids"], token_type_ids=batch["types"], attention_mask=batch["keep"]).last_hidden_state
    save_file({**batch, "hidden": hidden.float().contiguous()}, folder / "expected.safetensors")
    print(folder.name, tuple(hidden.shape), sorted(p.name for p in folder.iterdir()))
