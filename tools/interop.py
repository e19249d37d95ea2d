"""Compares this library with Python's peft, adapter by adapter: makes tiny random models and adapters of every kind that
'unipelt import' reads, imports each, and compares the probabilities of a few texts with those that peft computes.

Usage: python tools/interop.py [MODEL_TYPE ...]     (needs torch, transformers, peft, tokenizers; run ./unipelt once before)
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from peft import IA3Config, LoraConfig, get_peft_model
from tokenizers import Tokenizer, models, pre_tokenizers, processors
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
        yield "lora, all-linear", LoraConfig(target_modules="all-linear", **lora)
    yield "lora, its biases", LoraConfig(target_modules=two, bias="lora_only", **lora)
    yield "lora, all biases", LoraConfig(target_modules=two, bias="all", **lora)
    targets, inner = FFN.get(kind, (["key", "value", "output.dense"], ["output.dense"]))
    yield "ia3", IA3Config(target_modules=targets, feedforward_modules=inner, modules_to_save=kept,
                           task_type=None if kind == "bart" else "SEQ_CLS")


def run(*words):
    done = subprocess.run([UNIPELT, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        return None, done.stderr.strip()
    return done.stdout, None


def main():
    torch.manual_seed(3)
    worst = 0.0
    failed = 0
    for kind in sys.argv[1:] or BASES:
        config = BASES[kind]
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            model = AutoModelForSequenceClassification.from_config(config)
            randomize(model)
            model.save_pretrained(folder / "base")
            cut = tokenizer(kind in ("bert", "albert"))
            cut.backend_tokenizer.save(str(folder / "base/tokenizer.json"), pretty=False)
            for case, settings in cases(kind):
                base = AutoModelForSequenceClassification.from_pretrained(folder / "base")
                tuned = get_peft_model(base, settings).eval()
                with torch.no_grad():
                    for parameter in tuned.parameters():
                        if parameter.requires_grad:
                            parameter.add_(torch.randn_like(parameter) * 0.3)
                out = folder / "".join(c if c.isalnum() else "-" for c in case)
                tuned.save_pretrained(out)
                with torch.no_grad():
                    expected = [torch.softmax(tuned(**cut(text, return_tensors="pt", return_token_type_ids=False)).logits, -1)[0]
                                for text in TEXTS]
                ours = folder / (out.name + "-imported")
                done, error = run("import", out, "--model", folder / "base", "--labels", "a,b,c", "--out", ours)
                if error is None:
                    done, error = run("predict", ours, "--json", "--top", 3, *TEXTS)
                if error:
                    failed += 1
                    print(f"{kind:12} {case:36} {error}")
                    continue
                got = [{one["label"]: one["probability"] for one in json.loads(line)["top"]} for line in done.splitlines()]
                difference = max(abs(row[label] - right[i].item())
                                 for row, right in zip(got, expected) for i, label in enumerate("abc"))
                worst = max(worst, difference)
                print(f"{kind:12} {case:36} {difference:.1e}", flush=True)
    print(f"largest difference {worst:.1e}, {failed} refused")
    return worst > 1e-5 or failed > 0


if __name__ == "__main__":
    sys.exit(main())
