"""The work of 'unipelt' in Python: transformers' BERT, peft's LoRA, and in plain torch the methods that peft lacks.

benchmarks/compare runs this beside the Java program. By hand:

    peer.py step    MODEL METHOD STEPS PRECISION           median milliseconds of a training step, 16 x 128
    peer.py infer   MODEL METHOD STEPS PRECISION           median milliseconds of a prediction batch, 16 x 128
    peer.py product TIMES PRECISION                        median milliseconds of [2048, 768] x [768, 3072]
    peer.py open    MODEL TIMES PRECISION                  median milliseconds of opening model and tokenizer; 0: the first
    peer.py cell    MODEL METHOD PRECISION TASK DATA PADDING OUT      a cell of the study, its tensors to the file OUT
    peer.py predict MODEL METHOD PRECISION TUNED FILE      a label for every line of FILE, to standard output

METHOD: head, full, bitfit, adapter, prefix, lora, unipelt-ap, unipelt-apl. PRECISION: f32 or bf16 (autocast, frozen
weights stored in bf16). PADDING: longest (of the batch) or max (128). Sizes are those of the UniPELT paper.
"""

import contextlib
import csv
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional
from transformers import AttentionInterface, BertModel

BATCH, LENGTH = 16, 128


class Gate(nn.Module):
    """Returns the mean of sigmoid(w x + b) over real tokens: [batch, 1, 1]."""

    def __init__(self, width):
        super().__init__()
        self.map = nn.Linear(width, 1)
        nn.init.normal_(self.map.weight, std=0.02)
        nn.init.zeros_(self.map.bias)

    def forward(self, x, keep):
        real = keep.unsqueeze(2).to(x.dtype)
        return (torch.sigmoid(self.map(x)) * real).sum(1, keepdim=True) / real.sum(1, keepdim=True)


class Lora(nn.Module):
    """A gated low-rank change of a linear map; for LoRA without a gate, peft is used."""

    def __init__(self, base, rank, owner):
        super().__init__()
        self.base, self.owner = base, [owner]
        self.down = nn.Linear(base.in_features, rank, bias=False)
        self.up = nn.Linear(rank, base.out_features, bias=False)
        nn.init.zeros_(self.up.weight)
        self.gate = Gate(base.in_features)

    def forward(self, x):
        return self.base(x) + self.up(self.down(x) * self.gate(x, self.owner[0].keep))


class Adapter(nn.Module):
    """Pfeiffer's adapter after a feed-forward network, with or without a gate."""

    def __init__(self, base, bottleneck, gated, owner):
        super().__init__()
        self.base, self.owner = base, [owner]
        hidden = base.dense.out_features
        self.down, self.up = nn.Linear(hidden, bottleneck), nn.Linear(bottleneck, hidden)
        self.gate = Gate(hidden) if gated else None

    def forward(self, hidden_states, input_tensor):
        h = self.base.dropout(self.base.dense(hidden_states))
        read = self.base.LayerNorm(h + input_tensor)
        change = self.up(torch.relu(self.down(read)))
        if self.gate is not None:
            change = change * self.gate(read, self.owner[0].keep)
        return self.base.LayerNorm(h + change + input_tensor)


class Prefix(nn.Module):
    """A prefix: one table and one network compute the keys and values of every layer."""

    def __init__(self, config, length, network, gated):
        super().__init__()
        self.shape = (length, 2 * config.num_hidden_layers, config.num_attention_heads, -1)
        self.table = nn.Parameter(torch.randn(length, config.hidden_size) * 0.02)
        self.inner = nn.Linear(config.hidden_size, network)
        self.out = nn.Linear(network, 2 * config.num_hidden_layers * config.hidden_size)
        self.gates = nn.ModuleList(Gate(config.hidden_size) for _ in range(config.num_hidden_layers)) if gated else None

    def forward(self):
        return self.out(torch.tanh(self.inner(self.table))).view(self.shape).permute(1, 2, 0, 3)


def attend_to_prefix(module, query, key, value, attention_mask, dropout=0.0, scaling=None, **_):
    """An attention with a prefix in front of its keys and values."""
    owner = module.owner[0]
    batch = key.size(0)
    ahead = [owner.flat[2 * module.layer_idx + i].unsqueeze(0).expand(batch, -1, -1, -1) for i in (0, 1)]
    if owner.prefix.gates is not None:
        gate = owner.prefix.gates[module.layer_idx](module.input[0], owner.keep).unsqueeze(3)
        ahead = [states * gate for states in ahead]
    key, value = (torch.cat([a.to(b.dtype), b], 2) for a, b in zip(ahead, (key, value)))
    if attention_mask is not None:
        attention_mask = functional.pad(attention_mask, (ahead[0].size(2), 0), value=True)
    out = functional.scaled_dot_product_attention(
        query, key, value, attn_mask=attention_mask, dropout_p=dropout, scale=scaling
    )
    return out.transpose(1, 2).contiguous(), None


AttentionInterface.register("prefix", attend_to_prefix)


class Classifier(nn.Module):
    """A BERT with a method and a linear head."""

    def __init__(self, folder, method, precision, outputs=2):
        super().__init__()
        self.bert = BertModel.from_pretrained(folder, attn_implementation="sdpa")
        config = self.bert.config
        # WriteModel sets this in config.json; the model then uses the first token's vector.
        if getattr(config, "without_pooler", False):
            self.bert.pooler = None
        self.head = nn.Linear(config.hidden_size, outputs)
        self.dropout = nn.Dropout(0.1)
        self.keep, self.prefix, self.flat = None, None, None
        self.precision = precision
        self.bert.requires_grad_(method == "full")
        parts = {"unipelt-ap": "ap", "unipelt-apl": "apl", "adapter": "a", "prefix": "p"}.get(method, "")
        gated = len(parts) > 1
        if method == "bitfit":
            for name, tensor in self.bert.named_parameters():
                tensor.requires_grad_(name.endswith("bias"))
        if method == "lora":
            from peft import LoraConfig, get_peft_model

            self.bert = get_peft_model(
                self.bert, LoraConfig(r=8, lora_alpha=16, lora_dropout=0.0, target_modules=["query", "value"])
            )
        frozen = [p for p in self.bert.parameters() if not p.requires_grad]
        if precision == "bf16":
            # Layer norms and trained weights stay in 32 bits, as with autocast.
            for p in frozen:
                p.data = p.data.to(torch.bfloat16) if p.dim() > 1 else p.data
        if parts:
            for layer in self.bert.encoder.layer:
                if "a" in parts:
                    layer.output = Adapter(layer.output, 48, gated, self)
                if "l" in parts:
                    attention = layer.attention.self
                    attention.query = Lora(attention.query, 8, self)
                    attention.value = Lora(attention.value, 8, self)
                if "p" in parts:
                    attention = layer.attention.self
                    attention.owner, attention.input = [self], [None]
                    attention.register_forward_pre_hook(self.keep_input, with_kwargs=True)
            if "p" in parts:
                self.prefix = Prefix(config, 10, 512, gated)
                config._attn_implementation = "prefix"

    @staticmethod
    def keep_input(module, args, kwargs):
        module.input[0] = args[0] if args else kwargs["hidden_states"]

    def train(self, mode=True):
        # The prefix network's output stays the same until the next training step.
        self.flat = None
        return super().train(mode)

    def trained(self):
        return {name: tensor for name, tensor in self.named_parameters() if tensor.requires_grad}

    def autocast(self):
        return torch.autocast("cpu", torch.bfloat16) if self.precision == "bf16" else contextlib.nullcontext()

    def forward(self, ids, keep, types=None):
        with self.autocast():
            self.keep = keep.bool()
            if self.prefix is not None and (self.training or self.flat is None):
                self.flat = self.prefix()
            out = self.bert(input_ids=ids, attention_mask=keep, token_type_ids=types)
            vector = out.pooler_output if out.pooler_output is not None else out.last_hidden_state[:, 0]
            return self.head(self.dropout(vector))


def train_step(model, trained, optimizer, batch, labels):
    loss = functional.cross_entropy(model(*batch).float(), labels)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def timed(steps, work):
    times = []
    for _ in range(steps + 1):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    print(f"ms {statistics.median(times[1:]):.1f}")


def random_batch():
    ids = torch.randint(1000, 30000, (BATCH, LENGTH))
    return (ids, torch.ones_like(ids)), torch.randint(0, 2, (BATCH,))


def step(folder, method, steps, precision):
    torch.manual_seed(1)
    model = Classifier(folder, method, precision).train()
    trained = list(model.trained().values())
    optimizer = torch.optim.AdamW(trained, lr=1e-4)
    batch, labels = random_batch()
    timed(int(steps), lambda: train_step(model, trained, optimizer, batch, labels))


def infer(folder, method, steps, precision):
    torch.manual_seed(1)
    model = Classifier(folder, method, precision).eval()
    batch, _ = random_batch()
    with torch.inference_mode():
        timed(int(steps), lambda: model(*batch))


def open_model(folder, times, precision):
    from transformers import AutoTokenizer

    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    taken = []
    for _ in range(int(times) + 1):
        start = time.perf_counter()
        BertModel.from_pretrained(folder, dtype=kind)
        AutoTokenizer.from_pretrained(folder)
        taken.append((time.perf_counter() - start) * 1000)
    print(f"ms {statistics.median(taken[1:] or taken):.1f}")


def product(times, precision):
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    left, right = torch.randn(2048, 768).to(kind), torch.randn(3072, 768).to(kind)
    taken = []
    with torch.inference_mode():
        for _ in range(2 * int(times)):
            start = time.perf_counter()
            functional.linear(left, right)
            taken.append((time.perf_counter() - start) * 1000)
    print(f"ms {statistics.median(taken[int(times):]):.2f}")


def tokenizer_of(folder):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
    tokenizer.enable_truncation(LENGTH)
    return tokenizer


def collate(tokenizer, texts, padding):
    tokenizer.enable_padding(length=LENGTH if padding == "max" else None)
    encoded = tokenizer.encode_batch(texts)
    return tuple(
        torch.tensor([getattr(e, field) for e in encoded]) for field in ("ids", "attention_mask", "type_ids")
    )


def rows_of(task, data, part):
    """Reads texts and labels of a GLUE file."""
    folder = {"mrpc": "MRPC", "sst2": "SST-2"}[task]
    with open(f"{data}/{folder}/{part}.tsv", encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    if task == "mrpc":
        return [((row[3], row[4]), int(row[0])) for row in rows]
    return [(row[0], int(row[1])) for row in rows]


def predicted(model, tokenizer, texts, padding):
    model.eval()
    with torch.inference_mode():
        return [
            label
            for start in range(0, len(texts), 32)
            for label in model(*collate(tokenizer, texts[start : start + 32], padding)).argmax(1).tolist()
        ]


def accuracy(model, tokenizer, rows, padding):
    labels = predicted(model, tokenizer, [text for text, _ in rows], padding)
    return sum(a == b for a, (_, b) in zip(labels, rows)) / len(rows)


def cell(folder, method, precision, task, data, padding, out):
    import numpy
    from safetensors.torch import save_file

    torch.manual_seed(42)
    rows = rows_of(task, data, "train")
    order = numpy.random.default_rng(111).permutation(len(rows))
    train, dev = ([rows[i] for i in part] for part in (order[:1000], order[1000:2000]))
    tokenizer = tokenizer_of(folder)
    model = Classifier(folder, method, precision)
    trained = list(model.trained().values())
    optimizer = torch.optim.AdamW(trained, lr=5e-4, weight_decay=0.0)
    epochs, per_epoch = 3, -(-len(train) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: 1 - s / (epochs * per_epoch))
    best, state = -1, {}
    for _ in range(epochs):
        model.train()
        shuffled = torch.randperm(len(train)).tolist()
        for start in range(0, len(train), BATCH):
            members = [train[i] for i in shuffled[start : start + BATCH]]
            batch = collate(tokenizer, [text for text, _ in members], padding)
            train_step(model, trained, optimizer, batch, torch.tensor([label for _, label in members]))
            schedule.step()
        score = accuracy(model, tokenizer, dev, padding)
        if score > best:
            best, state = score, {name: tensor.detach().clone() for name, tensor in model.trained().items()}
    model.load_state_dict(state, strict=False)
    test = accuracy(model, tokenizer, rows_of(task, data, "dev"), padding)
    save_file(state, out)
    print(f"dev accuracy {best:.4f}, test accuracy {test:.4f}")


def predict(folder, method, precision, tuned, file):
    from safetensors.torch import load_file

    model = Classifier(folder, method, precision)
    model.load_state_dict(load_file(tuned), strict=False)
    with open(file, encoding="utf-8") as lines:
        texts = lines.read().splitlines()
    print("\n".join(map(str, predicted(model, tokenizer_of(folder), texts, "longest"))))


if __name__ == "__main__":
    work = {"step": step, "infer": infer, "product": product, "open": open_model, "cell": cell, "predict": predict}
    work[sys.argv[1]](*sys.argv[2:])
