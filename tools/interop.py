"""Compares this library with Python's peft, adapter by adapter, in both directions: makes tiny random models and adapters of every
kind that 'unipelt import' reads, imports each, exports it again, and compares the probabilities of a few texts with those that
peft computes with its own folder and with ours. Then trains models that only AdapterHub has, exports them, and compares the
probabilities with those that adapterhub_oracle.py computes, which follows that library's rules.

Usage: python tools/interop.py [MODEL_TYPE ...]     (needs torch, transformers, peft, tokenizers; run ./unipelt once before)
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import adapterhub_oracle
import torch
from peft import IA3Config, LoraConfig, PeftModel, get_peft_model
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from safetensors.torch import load_file
from transformers import (
    AlbertConfig, AutoModelForSequenceClassification, BartConfig, BertConfig, MPNetConfig, PreTrainedTokenizerFast,
    RobertaConfig, XLMRobertaConfig)

UNIPELT = pathlib.Path(__file__).resolve().parent.parent / "unipelt"
WORDS = "the a red blue small big parcel came never late early yesterday with from box letter by went".split()
TEXTS = ["the red parcel never came", "late", "a box went early with the small blue parcel yesterday"]
SIZES = dict(vocab_size=24, hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=24,
             max_position_embeddings=40, num_labels=3)
BART = dict(vocab_size=24, d_model=16, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=24, decoder_ffn_dim=24, max_position_embeddings=40, num_labels=3,
            pad_token_id=1, bos_token_id=0, eos_token_id=2)
IDS = dict(pad_token_id=1, bos_token_id=0, eos_token_id=2)
BASES = {
    "bert": BertConfig(**SIZES), "roberta": RobertaConfig(**SIZES, **IDS), "xlm-roberta": XLMRobertaConfig(**SIZES, **IDS),
    "mpnet": MPNetConfig(**SIZES, **IDS), "bart": BartConfig(**BART),
    "albert": AlbertConfig(**SIZES, embedding_size=8, num_hidden_groups=3, inner_group_num=1)}
QUERY_VALUE = {"mpnet": ["q", "v"], "bart": ["q_proj", "v_proj"]}
LAYER_1 = {"bart": r"model\.encoder\.layers\.1\.self_attn\.(q|v)_proj", "albert": r".*groups\.1\..*(query|value)"}
FFN = {"bart": (["k_proj", "v_proj", "fc2"], ["fc2"]), "mpnet": (["k", "v", "output.dense"], ["output.dense"]),
       "albert": (["key", "value", "ffn_output"], ["ffn_output"])}


def tokenizer(bert):
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] if bert else ["<s>", "<pad>", "</s>", "<unk>"]
    ids = {token: i for i, token in enumerate(specials + WORDS)}
    built = Tokenizer(models.WordLevel(ids, unk_token=specials[1 if bert else 3]))
    built.pre_tokenizer = pre_tokenizers.Whitespace()
    built.add_special_tokens(specials)
    first, last = ("[CLS]", "[SEP]") if bert else ("<s>", "</s>")
    built.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", pair=f"{first} $A {last} $B {last}",
        special_tokens=[(first, ids[first]), (last, ids[last])])
    return PreTrainedTokenizerFast(
        tokenizer_object=built, pad_token=specials[0 if bert else 1], unk_token=specials[1 if bert else 3])


def randomize(model, scale=0.3):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.randn_like(parameter) * scale + ("norm" in name.lower() and "weight" in name))


def cases(kind):
    two = QUERY_VALUE.get(kind, ["query", "value"])
    kept = ["classification_head"] if kind == "bart" else None
    lora = dict(r=4, lora_alpha=6, modules_to_save=kept, task_type=None if kind == "bart" else "SEQ_CLS")
    yield "lora", LoraConfig(target_modules=two, **lora)
    yield "lora, rank-stabilized", LoraConfig(target_modules=two, use_rslora=True, **lora)
    yield "lora, a regular expression", LoraConfig(
        target_modules=LAYER_1.get(kind, r".*1\.attention\..*(query|value|\.q|\.v)"), **lora)
    yield "lora, ranks and alphas by pattern", LoraConfig(
        target_modules=two, rank_pattern={two[0]: 2}, alpha_pattern={two[1]: 9}, **lora)
    if kind not in ("bart", "albert"):
        yield "lora, some layers", LoraConfig(target_modules=two, layers_to_transform=[0, 2], **lora)
        yield "lora, the top layers", LoraConfig(target_modules=two, layers_to_transform=[1, 2], **lora)
        yield "lora, all-linear", LoraConfig(target_modules="all-linear", **lora)
    yield "lora, its biases", LoraConfig(target_modules=two, bias="lora_only", **lora)
    yield "lora, all biases", LoraConfig(target_modules=two, bias="all", **lora)
    targets, inner = FFN.get(kind, (["key", "value", "output.dense"], ["output.dense"]))
    yield "ia3", IA3Config(target_modules=targets, feedforward_modules=inner, modules_to_save=kept,
                           task_type=None if kind == "bart" else "SEQ_CLS")


# What AdapterHub has. One of each, as options and in combinations; trained for a moment, so that no tensor is as it began.
ADAPTERHUB = ["lora(rank=3,alpha=5,on=query+key+value+ffn-up+ffn-down)", "prefix(length=3)", "adapter(bottleneck=5)",
              "houlsby(bottleneck=4,activation=gelu)",
              "modification(form=bottleneck(rank=4),at=attention,insert=sequential,compose=scale(2))",
              "modification(form=bottleneck(rank=4),at=ffn,insert=parallel,compose=scale(4),init=lora)",
              "modification(form=bottleneck(rank=4),at=ffn,insert=parallel,compose=learned,init=lora)",
              "unipelt(prefix(length=3),modification(form=bottleneck(rank=4),at=ffn,insert=parallel),gate=none)",
              "unipelt(adapter(bottleneck=5),lora(rank=2),average=all)", "unipelt(adapter(bottleneck=5),prefix(length=3))",
              "unipelt(prefix(length=3),lora(rank=2,gate=layer),temperature=0.5)",
              "unipelt(adapter(bottleneck=5),prefix(length=3),lora(rank=2))", "lora(rank=2,layers=top-1)",
              "unipelt(houlsby(bottleneck=5,layers=top-2),lora(rank=2),average=all)",
              "unipelt(prefix(length=3),modification(form=bottleneck(rank=4),at=ffn,insert=parallel,compose=scale(4)))"]
# And what peft has beside what it makes itself.
PEFT = ["lora(rank=3,alpha=5,on=query+key+value+attention-out+ffn-up+ffn-down)", "unipelt(lora(rank=2),bitfit,gate=none)",
        "lora(rank=3,on=query+ffn-down,layers=top-2)",
        "ia3(on=query+attention-out+ffn-up)", "ia3"]
# As many tokens in each: no text is padded to another's length, over which some gates would average.
EVEN = ["the red parcel never came", "a box went early yesterday", "late by the small letter"]


def run(*words):
    done = subprocess.run([UNIPELT, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        return None, done.stderr.strip()
    return done.stdout, None


def probabilities(model, cut, texts):
    with torch.no_grad():
        return [torch.softmax(model(**cut(text, return_tensors="pt", return_token_type_ids=False)).logits, -1)[0]
                for text in texts]


def predicted(folder, texts):
    done, error = run("predict", folder, "--json", "--top", 3, *texts)
    if error:
        return None, error
    rows = [{one["label"]: one["probability"] for one in json.loads(line)["top"]} for line in done.splitlines()]
    return [torch.tensor([row[label] for label in "abc"]) for row in rows], None


def largest(got, right):
    return max((one - other).abs().max().item() for one, other in zip(got, right))


class Tally:
    """Prints each comparison and remembers the worst."""

    def __init__(self):
        self.worst = {"read": 0.0, "written": 0.0}
        self.counts = {"read": 0, "written": 0}
        self.failed = 0

    def compared(self, direction, kind, case, difference):
        self.worst[direction] = max(self.worst[direction], difference)
        self.counts[direction] += 1
        print(f"{kind:12} {direction:8} {case:90} {difference:.1e}", flush=True)

    def refused(self, direction, kind, case, error):
        self.failed += 1
        print(f"{kind:12} {direction:8} {case:90} {error}", flush=True)


def both_ways(kind, folder, cut, tally):
    """Folders of peft, read and written again."""
    for case, settings in cases(kind):
        base = AutoModelForSequenceClassification.from_pretrained(folder / "base")
        tuned = get_peft_model(base, settings).eval()
        with torch.no_grad():
            for parameter in tuned.parameters():
                if parameter.requires_grad:
                    parameter.add_(torch.randn_like(parameter) * 0.3)
        out = folder / "".join(c if c.isalnum() else "-" for c in case)
        tuned.save_pretrained(out)
        right = probabilities(tuned, cut, TEXTS)
        ours = folder / (out.name + "-imported")
        _, error = run("import", out, "--model", folder / "base", "--labels", "a,b,c", "--out", ours)
        got = None
        if error is None:
            got, error = predicted(ours, TEXTS)
        if error:
            tally.refused("read", kind, case, error)
            continue
        tally.compared("read", kind, case, largest(got, right))
        to_peft(kind, case, ours, right, folder, cut, tally)


def to_peft(kind, case, ours, right, folder, cut, tally):
    out = folder / (ours.name + "-peft")
    _, error = run("export", ours, "--format", "peft", "--out", out)
    if error:
        tally.refused("written", kind, case, error)
        return
    base = AutoModelForSequenceClassification.from_pretrained(folder / "base")
    again = PeftModel.from_pretrained(base, out).eval()
    tally.compared("written", kind, case, largest(probabilities(again, cut, TEXTS), right))


def trained(method, folder):
    rows = folder / "rows.tsv"
    rows.write_text("text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in zip(EVEN * 4, "abc" * 4)))
    ours = folder / ("trained-" + "".join(c if c.isalnum() else "-" for c in method))
    _, error = run("train", "--model", folder / "base", "--method", method, "--train", rows, "--out", ours, "--epochs", 2,
                   "--batch-size", 4, "--learning-rate", 0.05, "--max-length", 20, "--dropout", 0, "--keep", "last", "--head-start", "random")
    return ours, error


def ours_to_peft(kind, folder, cut, tally):
    """Models of this library's own training, which no folder of peft was before."""
    for method in PEFT:
        ours, error = trained(method, folder)
        if error is None:
            right, error = predicted(ours, TEXTS)
        if error:
            tally.refused("written", kind, method, error)
            continue
        to_peft(kind, method, ours, right, folder, cut, tally)


def to_adapterhub(kind, folder, cut, tally):
    weights = load_file(folder / "base/model.safetensors")
    config = json.loads((folder / "base/config.json").read_text())
    for method in ADAPTERHUB:
        ours, error = trained(method, folder)
        if error is None:
            right, error = predicted(ours, EVEN)
        out = folder / (ours.name + "-hub")
        if error is None:
            _, error = run("export", ours, "--format", "adapterhub", "--average-as-theirs", "--out", out)
        if error:
            tally.refused("written", kind, "adapterhub: " + method, error)
            continue
        ids = cut(EVEN, return_tensors="pt")["input_ids"]
        logits = adapterhub_oracle.logits(
            weights, config, adapterhub_oracle.Folder(out), ids, torch.zeros_like(ids), torch.ones_like(ids))
        safe = load_file(out / "adapter.safetensors")
        assert all(torch.equal(safe[name], tensor)
                   for name, tensor in torch.load(out / "pytorch_adapter.bin", weights_only=True).items())
        tally.compared("written", kind, "adapterhub: " + method, largest(torch.softmax(logits, -1), right))


def main():
    torch.manual_seed(3)
    tally = Tally()
    for kind in sys.argv[1:] or BASES:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            model = AutoModelForSequenceClassification.from_config(BASES[kind])
            randomize(model)
            model.save_pretrained(folder / "base")
            cut = tokenizer(kind in ("bert", "albert"))
            cut.backend_tokenizer.save(str(folder / "base/tokenizer.json"), pretty=False)
            both_ways(kind, folder, cut, tally)
            ours_to_peft(kind, folder, cut, tally)
            if kind in ("bert", "roberta", "xlm-roberta"):
                to_adapterhub(kind, folder, cut, tally)
    for direction, worst in tally.worst.items():
        print(f"{direction}: {tally.counts[direction]} compared, largest difference {worst:.1e}")
    print(f"{tally.failed} refused")
    return max(tally.worst.values()) > 1e-5 or tally.failed > 0


if __name__ == "__main__":
    sys.exit(main())
