"""Writes core/src/test/resources/org/unipelt/tensor/torch: files of torch.save in its two forms, and their tensors as
safetensors. The tensors share storages, are transposed, begin in the middle, or have no element.

Usage: python tools/torch_file_fixture.py     (needs torch, safetensors)
"""
import collections
import pathlib

import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "core/src/test/resources/org/unipelt/tensor/torch"
FOLDER.mkdir(parents=True, exist_ok=True)
torch.manual_seed(1)

shared = torch.arange(24, dtype=torch.float32)
whole = torch.randn(3, 4)
tensors = collections.OrderedDict(
    whole=whole,
    tied=whole,
    first=shared[:8].view(2, 4),
    rest=shared[8:],
    column=shared.view(4, 6)[:, 2],
    transposed=whole.t(),
    number=torch.tensor(2.5),
    nothing=torch.zeros(0, 3),
    parameter=torch.nn.Parameter(torch.randn(2, 2)),
    long=torch.tensor([-(2**40), 7]),
    half=torch.randn(5).half(),
    bfloat16=torch.randn(5).bfloat16(),
    double=torch.randn(2).double(),
    boolean=torch.tensor([True, False]),
)
layers = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))

torch.save(tensors, FOLDER / "zip.bin")
torch.save(tensors, FOLDER / "sequence.bin", _use_new_zipfile_serialization=False)
torch.save(layers.state_dict(), FOLDER / "module.bin")
torch.save(layers, FOLDER / "whole-module.bin")
torch.save({"state_dict": layers.state_dict(), "epoch": 3}, FOLDER / "nested.bin")
torch.save(tensors, FOLDER / "protocol-4.bin", pickle_protocol=4)
save_file({name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}, FOLDER / "tensors.safetensors")
save_file({name: tensor.clone() for name, tensor in layers.state_dict().items()}, FOLDER / "module.safetensors")
