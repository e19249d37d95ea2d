"""Computes the logits of a BERT or a RoBERTa with a folder of AdapterHub's adapters 1.2: from the folder's files and the names in
them alone, by the rules of that library. It shares no code with this library or with that one.

Usage: python tools/adapterhub_oracle.py      (needs torch; compares the fixtures that adapters 1.2.0 wrote with its logits)
"""
import json
import pathlib
import re
import sys
import zlib

import torch

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "core/src/test/resources/org/unipelt/interop/adapterhub"
ACTIVATIONS = {"relu": torch.relu, "swish": torch.nn.functional.silu, "tanh": torch.tanh,
               "leakyrelu": torch.nn.functional.leaky_relu,
               "gelu_new": lambda x: torch.nn.functional.gelu(x, approximate="tanh")}


class Folder:
    """The settings and tensors of one adapter."""

    def __init__(self, path):
        settings = json.loads((path / "adapter_config.json").read_text())
        assert settings["version"] == "adapters.1.2.0"
        self.name = settings["name"]
        self.root = "" if settings["model_type"] == "none" else {"bert": "bert."}.get(settings["model_type"], "roberta.")
        members = settings["config"]
        members = members["configs"] if members.get("architecture") == "union" else [members]
        self.members = {member.get("architecture", "bottleneck"): member for member in members}
        # As the library does: the .bin, with nothing but tensors in it.
        self.tensors = torch.load(path / "pytorch_adapter.bin", weights_only=True)
        self.head = torch.load(path / "pytorch_model_head.bin", weights_only=True)
        self.head_settings = json.loads((path / "head_config.json").read_text())
        self.used = set()

    def get(self, name):
        self.used.add(name)
        return self.tensors[name]

    def gate(self, name, x):
        """The mean over all positions, padding included."""
        logit = x @ self.get(name + ".weight").T + self.get(name + ".bias")
        return torch.sigmoid(logit).mean(dim=1, keepdim=True)

    def unused(self):
        return [name for name in self.tensors if name not in self.used and ".prefix_tuning.pool." not in name]


def linear(x, weights, name):
    return x @ weights[name + ".weight"].T + weights[name + ".bias"]


def norm(x, weights, name, eps):
    return torch.layer_norm(x, x.shape[-1:], weights[name + ".weight"], weights[name + ".bias"], eps)


def left_out(module, config):
    """Whether a module is in one of the layers that the adapter leaves as they are."""
    return int(re.search(r"layer\.(\d+)\.", module).group(1)) in config["leave_out"]


def projection(x, weights, name, folder, wanted):
    y = linear(x, weights, name)
    config = folder.members.get("lora")
    if config is None or not wanted(config) or left_out(name, config):
        return y
    theirs = f"{name}.loras.{folder.name}"
    change = x @ folder.get(theirs + ".lora_A").T @ folder.get(theirs + ".lora_B").T
    return y + change * (folder.gate(theirs + ".gate", x) if config["use_gating"] else config["alpha"] / config["r"])


def prefixes(folder, layers, heads, size):
    """Keys and values of every layer, [2 layers, prefix, heads, size]."""
    config = folder.members.get("prefix_tuning")
    if config is None:
        return None
    root = f"{folder.root}prefix_tuning.prefix_tunings.{folder.name}.self_prefix."
    if root + "control_trans" in folder.tensors:
        flat = folder.get(root + "control_trans")
    else:
        inner = torch.tanh(linear(folder.get(root + "wte.weight"), {
            key: folder.get(root + key) for key in ("control_trans.0.weight", "control_trans.0.bias")}, "control_trans.0"))
        flat = linear(inner, {key: folder.get(root + key) for key in ("control_trans.2.weight", "control_trans.2.bias")},
                      "control_trans.2")
    return flat.reshape(config["prefix_length"], 2 * layers, heads, size).transpose(0, 1)


def sub_layer(out, x, place, folder, layer_norm, wanted):
    """The end of a sub-layer: residual, layer norm, and the adapter, if there is one."""
    config = folder.members.get("bottleneck")
    if config is None or not config[wanted] or left_out(place + ".", config):
        return layer_norm(out + x)
    name = f"{place}.adapters.{folder.name}"
    read = x if config["is_parallel"] else layer_norm(out + x) if config["original_ln_before"] else out
    down = {key: folder.get(f"{name}.{key}") for key in ("adapter_down.0.weight", "adapter_down.0.bias")}
    up = {key: folder.get(f"{name}.{key}") for key in ("adapter_up.weight", "adapter_up.bias")}
    assert down["adapter_down.0.weight"].shape[0] == max(1, int(x.shape[-1] // config["reduction_factor"]))
    change = linear(ACTIVATIONS[config["non_linearity"]](linear(read, down, "adapter_down.0")), up, "adapter_up")
    if config["scaling"] == "learned":
        change = change * folder.get(name + ".scaling")
    else:
        assert isinstance(config["scaling"], float)
        change = change * config["scaling"]
    if config["use_gating"]:
        change = change * folder.gate(name + ".gate", read)
    return layer_norm(change + out + x)


def logits(weights, config, folder, ids, types, mask):
    """The logits [batch, classes]. The weights have the names of transformers' classifier."""
    root, eps = folder.root, config["layer_norm_eps"]
    layers, heads = config["num_hidden_layers"], config["num_attention_heads"]
    size = config["hidden_size"] // heads
    if config["model_type"] == "bert":
        positions = torch.arange(ids.shape[1]).expand_as(ids)
    else:
        real = (ids != config["pad_token_id"]).long()
        positions = real.cumsum(1) * real + config["pad_token_id"]
    embeddings = root + "embeddings."
    x = norm(weights[embeddings + "word_embeddings.weight"][ids] + weights[embeddings + "position_embeddings.weight"][positions]
             + weights[embeddings + "token_type_embeddings.weight"][types], weights, embeddings + "LayerNorm", eps)
    table = prefixes(folder, layers, heads, size)
    for i in range(layers):
        layer = f"{root}encoder.layer.{i}."

        def split(y):
            return y.reshape(*y.shape[:2], heads, size).transpose(1, 2)

        def attention(matrix, name):
            return split(projection(
                x, weights, f"{layer}attention.self.{name}", folder,
                lambda c: c["selfattn_lora"] and matrix in c["attn_matrices"]))

        query, key, value = attention("q", "query"), attention("k", "key"), attention("v", "value")
        bias = torch.where(mask.bool(), 0.0, -torch.inf)[:, None, None, :]
        if table is not None:
            gate = 1.0
            if folder.members["prefix_tuning"]["use_gating"]:
                gate = folder.gate(f"{layer}attention.self.prefix_tuning.prefix_gates.{folder.name}", x)[:, None]
            front = [(part.transpose(0, 1)[None].expand(len(ids), -1, -1, -1) * gate) for part in (table[2 * i], table[2 * i + 1])]
            key, value = torch.cat([front[0], key], 2), torch.cat([front[1], value], 2)
            bias = torch.cat([torch.zeros(len(ids), 1, 1, table.shape[1]), bias], 3)
        context = torch.softmax(query @ key.transpose(2, 3) / size ** 0.5 + bias, -1) @ value
        out = linear(context.transpose(1, 2).reshape(x.shape), weights, layer + "attention.output.dense")
        x = sub_layer(out, x, layer + "attention.output", folder,
                      lambda y: norm(y, weights, layer + "attention.output.LayerNorm", eps), "mh_adapter")
        inner = torch.nn.functional.gelu(projection(
            x, weights, layer + "intermediate.dense", folder, lambda c: c["intermediate_lora"]))
        out = projection(inner, weights, layer + "output.dense", folder, lambda c: c["output_lora"])
        x = sub_layer(out, x, layer + "output", folder,
                      lambda y: norm(y, weights, layer + "output.LayerNorm", eps), "output_adapter")
    assert not folder.unused(), folder.unused()
    return answered(x[:, 0], weights, config, folder)


def answered(first, weights, config, folder):
    head, flexible = folder.head, folder.head_settings["config"]

    def pooled():
        return torch.tanh(linear(first, weights, folder.root + "pooler.dense"))

    if flexible is not None:
        root = f"heads.{folder.head_settings['name']}."
        read = pooled() if flexible["use_pooler"] else first
        return (linear(read, head, root + "1") if flexible["layers"] == 1
                else linear(torch.tanh(linear(read, head, root + "1")), head, root + "4"))
    if config["model_type"] == "bert":
        return linear(pooled(), head, "classifier")
    return linear(torch.tanh(linear(first, head, "classifier.dense")), head, "classifier.out_proj")


def ruled(name, *shape):
    """Values from a generator that the name's checksum seeds: those of the fixtures' base model."""
    state = zlib.crc32(name.encode())
    values = []
    for _ in range(torch.Size(shape).numel()):
        state = (1664525 * state + 1013904223) % 2 ** 32
        values.append((state / 2 ** 32 - 0.5) * 0.5 + name.endswith("LayerNorm.weight"))
    return torch.tensor(values, dtype=torch.float64).float().reshape(shape)


def ruled_bert():
    shapes = {"embeddings.word_embeddings.weight": (32, 8), "embeddings.position_embeddings.weight": (32, 8),
              "embeddings.token_type_embeddings.weight": (2, 8)}
    maps = {"pooler.dense": (8, 8)}
    norms = ["embeddings.LayerNorm"]
    for layer in ("encoder.layer.0.", "encoder.layer.1."):
        maps |= {layer + "attention." + name: (8, 8) for name in ("self.query", "self.key", "self.value", "output.dense")}
        maps |= {layer + "intermediate.dense": (16, 8), layer + "output.dense": (8, 16)}
        norms += [layer + "attention.output.LayerNorm", layer + "output.LayerNorm"]
    for name, (out, inner) in maps.items():
        shapes |= {name + ".weight": (out, inner), name + ".bias": (out,)}
    for name in norms:
        shapes |= {name + ".weight": (8,), name + ".bias": (8,)}
    return {"bert." + name: ruled("bert." + name, *shape) for name, shape in shapes.items()}


# The logits that adapters 1.2.0 computed, of two texts.
RIGHT = {
    "lora": (0.05333, 0.05053, -0.11148, 0.05237, 0.07435, -0.10871),
    "prefix_tuning": (0.04482, 0.04035, -0.10997, 0.04244, 0.05454, -0.10753),
    "prefix_tuning_flat": (0.05092, 0.03817, -0.11116, 0.05025, 0.05143, -0.10912),
    "seq_bn": (0.07867, 0.02642, -0.11941, 0.07754, 0.04955, -0.11720),
    "double_seq_bn": (0.00183, -0.00697, -0.10797, -0.00041, 0.01191, -0.10589),
    "par_bn": (0.12021, 0.02421, -0.12356, 0.12020, 0.03757, -0.12282),
    "scaled_par_bn": (0.04939, 0.04159, -0.11262, 0.04688, 0.06533, -0.11018),
    "mam": (0.11947, 0.02376, -0.12199, 0.11815, 0.03063, -0.12082),
    "unipelt": (0.06590, 0.03399, -0.11406, 0.06519, 0.04765, -0.11190),
    "unipelt_ap": (0.06478, 0.03244, -0.11427, 0.06371, 0.04595, -0.11213)}


def main():
    weights = ruled_bert()
    config = dict(model_type="bert", layer_norm_eps=1e-12, num_hidden_layers=2, num_attention_heads=2, hidden_size=8)
    ids = torch.tensor([[2, 5, 9, 3, 7, 4], [2, 11, 6, 3, 0, 0]])
    types = torch.tensor([[0, 0, 0, 0, 1, 1], [0] * 6])
    worst = 0.0
    for case, right in RIGHT.items():
        got = logits(weights, config, Folder(FIXTURES / case), ids, types, (ids != 0).long())
        difference = (got - torch.tensor(right).reshape(2, 3)).abs().max().item()
        worst = max(worst, difference)
        print(f"{case:20} {difference:.1e}")
    print(f"largest difference {worst:.1e}")
    return worst > 1.1e-5


if __name__ == "__main__":
    sys.exit(main())
