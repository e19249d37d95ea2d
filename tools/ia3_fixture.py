"""Writes core/src/test/resources/org/unipelt/method/ia3.safetensors: the results of peft's (IA)3 on the small random BERT of
checkpoint_fixture.py, with random vectors for keys, values and the feed-forward's inner activation.

Usage: python tools/ia3_fixture.py     (needs torch, transformers, peft, safetensors)
"""
import pathlib

import torch
from peft import IA3Config, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import BertModel

RESOURCES = pathlib.Path(__file__).resolve().parent.parent / "core/src/test/resources/org/unipelt"
FOLDER = RESOURCES / "checkpoints/bert-classifier"

batch = load_file(FOLDER / "expected.safetensors")
model = get_peft_model(
    BertModel.from_pretrained(FOLDER),
    IA3Config(target_modules=r".*self\.(key|value)|.*layer\.\d+\.output\.dense", feedforward_modules=r".*output\.dense"))
torch.manual_seed(3)
vectors = {}
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if "ia3_l" in name:
            parameter.copy_(torch.randn_like(parameter))
            vectors[name.split("base_model.model.")[1].replace(".ia3_l.default", "")] = parameter.flatten().clone()
    hidden = model.double()(
        input_ids=batch["ids"], token_type_ids=batch["types"], attention_mask=batch["keep"]).last_hidden_state.float()
(RESOURCES / "method").mkdir(exist_ok=True)
save_file({**vectors, "hidden": hidden}, RESOURCES / "method/ia3.safetensors")
print({name: tuple(value.shape) for name, value in vectors.items()}, hidden.std())
