"""Compares whole checkpoints with Python's transformers, in both directions, on tiny random models of every family:

- trains for a moment with methods that merge, exports with --format merged, and compares the probabilities of a few texts
  with those of AutoTokenizer and AutoModelForSequenceClassification (generated texts with AutoModelForSeq2SeqLM);
- saves random classifiers of transformers, imports them, and compares again.

Usage: python tools/merged.py [MODEL_TYPE ...]     (needs torch, transformers, tokenizers; run ./unipelt once before; the
environment variable UNIPELT names another command)
"""
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

import torch
from huggingface_hub import ModelCard
from interop import IDS, SIZES, TEXTS, WORDS, randomize, tokenizer
from transformers import (
    AlbertConfig, AutoModelForSeq2SeqLM, AutoModelForSequenceClassification, AutoTokenizer, BartConfig, BertConfig,
    CamembertConfig, DebertaV2Config, DistilBertConfig, ElectraConfig, GteConfig, MBartConfig, MPNetConfig, NomicBertConfig,
    RobertaConfig, T5Config, XLMRobertaConfig)

UNIPELT = shlex.split(os.environ.get("UNIPELT", str(pathlib.Path(__file__).resolve().parent.parent / "unipelt")))
BART = dict(vocab_size=24, d_model=16, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=24, decoder_ffn_dim=24, max_position_embeddings=40, **IDS)
BASES = {
    "bert": BertConfig(**SIZES), "roberta": RobertaConfig(**SIZES, **IDS), "xlm-roberta": XLMRobertaConfig(**SIZES, **IDS),
    "camembert": CamembertConfig(**SIZES, **IDS), "mpnet": MPNetConfig(**SIZES, **IDS),
    "albert": AlbertConfig(**SIZES, embedding_size=8),
    "distilbert": DistilBertConfig(vocab_size=24, dim=16, n_layers=3, n_heads=2, hidden_dim=24, max_position_embeddings=40,
                                   num_labels=3),
    "electra": ElectraConfig(**SIZES, embedding_size=8),
    "deberta-v2": DebertaV2Config(**SIZES, relative_attention=True, pos_att_type=["p2c", "c2p"], position_buckets=8,
                                  share_att_key=True, norm_rel_ebd="layer_norm", position_biased_input=False,
                                  type_vocab_size=0, pooler_hidden_size=16),
    "nomic_bert": NomicBertConfig(**SIZES, type_vocab_size=2, pad_token_id=0),
    "gte": GteConfig(**SIZES, pad_token_id=0), "bart": BartConfig(**BART, num_labels=3),
    "mbart": MBartConfig(**BART, num_labels=3),
    "t5": T5Config(vocab_size=24, d_model=16, d_kv=8, d_ff=24, num_layers=2, num_heads=2, num_labels=3, pad_token_id=1,
                   eos_token_id=2, decoder_start_token_id=1)}
METHODS = ["lora", "bitfit", "full"]
MORE_METHODS = ["lora-ffn", "ia3", "head", "probe", "unipelt(lora,bitfit,gate=none)"]
WITH_BERTS_TOKENS = ("bert", "albert", "distilbert", "electra", "deberta-v2", "nomic_bert", "gte")


def run(*words):
    done = subprocess.run([*UNIPELT, *map(str, words)], capture_output=True, text=True)
    return (done.stdout, None) if done.returncode == 0 else (None, done.stderr.strip())


def probabilities(folder):
    """Of each text's classes, as transformers computes them. An exported folder has a model card."""
    if (folder / "README.md").exists():
        card = ModelCard.load(folder / "README.md").data
        assert card.library_name == "transformers" and card.pipeline_tag == "text-classification", card
    cut = AutoTokenizer.from_pretrained(folder)
    model, loading = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        assert not loading[kind], f"{kind}: {loading[kind]}"
    with torch.no_grad():
        return [torch.softmax(model.eval()(**cut(text, return_tensors="pt", truncation=True)).logits, -1)[0]
                for text in TEXTS], model.config.id2label


def compare(kind, case, expected, folder):
    """Prints and returns the largest difference from the probabilities that this library gives; None if it fails."""
    right, labels = expected
    done, error = run("predict", folder, "--json", "--top", 3, *TEXTS)
    if error:
        print(f"{kind:12} {case:36} {error}", flush=True)
        return None
    got = [{one["label"]: one["probability"] for one in json.loads(line)["top"]} for line in done.splitlines()]
    difference = max(abs(row[labels[i]] - p[i].item()) for row, p in zip(got, right) for i in labels)
    print(f"{kind:12} {case:36} {difference:.1e}", flush=True)
    return difference


def base(kind, folder, config):
    model = AutoModelForSequenceClassification.from_config(config)
    randomize(model)
    model.save_pretrained(folder)
    tokenizer(kind in WITH_BERTS_TOKENS).save_pretrained(folder)


def rows(file, generated=False):
    lines = [f"{a} {b}\t{c if generated else 'abc'[i % 3]}"
             for i, (a, b, c) in enumerate(zip(WORDS * 2, WORDS[3:] * 3, WORDS[5:] * 3))]
    file.write_text("\n".join(["text\tlabel", *lines]) + "\n")
    return file


def exported(kind, folder, found):
    """Trained here, computed there."""
    data = rows(folder / "rows.tsv")
    for i, method in enumerate(METHODS + (MORE_METHODS if kind in ("bert", "roberta", "bart") else [])):
        ours, out = folder / f"ours-{i}", folder / f"merged-{i}"
        common = ["train", "--train", data, "--model", folder / "base", "--method", method, "--max-length", 30,
                  "--out", ours]
        steps = [] if method == "probe" else ["--epochs", 2, "--learning-rate", 0.05, "--head-start", "random"]
        done, error = run(*common, *steps)
        if error is None:
            done, error = run("export", ours, "--format", "merged", "--out", out)
        if error:
            print(f"{kind:12} {method:36} refused: {error.splitlines()[-1]}", flush=True)
            continue
        found.append(compare(kind, method, probabilities(out), ours))


def imported(kind, folder, found):
    """Made there, computed here; and out again."""
    ours, out = folder / "imported", folder / "again"
    done, error = run("import", folder / "base", "--out", ours)
    if error:
        print(f"{kind:12} {'import':36} refused: {error}", flush=True)
        found.append(None)
        return
    found.append(compare(kind, "import", probabilities(folder / "base"), ours))
    done, error = run("export", ours, "--format", "merged", "--out", out)
    if error:
        print(f"{kind:12} {'import, export':36} refused: {error}", flush=True)
        found.append(None)
        return
    found.append(compare(kind, "import, export", probabilities(out), ours))


def generated(kind, folder, failed):
    data = rows(folder / "texts.tsv", generated=True)
    ours, out = folder / "writes", folder / "writes-merged"
    done, error = run("train", "--train", data, "--model", folder / "base", "--method", "lora", "--labels", "summary", "--max-length", 30, "--target-length", 20,
                      "--epochs", 1, "--learning-rate", 0.05, "--beams", 3, "--generation-max-length", 12, "--out", ours)
    if error is None:
        done, error = run("export", ours, "--format", "merged", "--out", out)
    if error is None:
        done, error = run("predict", ours, "--json", *TEXTS)
    if error:
        print(f"{kind:12} {'generates':36} refused: {error.splitlines()[-1]}", flush=True)
        return
    cut = AutoTokenizer.from_pretrained(out)
    model, loading = AutoModelForSeq2SeqLM.from_pretrained(out, output_loading_info=True)
    there = [cut.decode(model.generate(**cut(text, return_tensors="pt", truncation=True, return_token_type_ids=False))[0],
                        skip_special_tokens=True).strip() for text in TEXTS]
    here = [list(json.loads(line).values()) for line in done.splitlines()]
    same = all(text in row for text, row in zip(there, here))
    if not same or any(loading[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys")):
        failed.append(kind)
    print(f"{kind:12} {'generates':36} {'the same texts' if same else f'{there} and {here}'}", flush=True)


def main():
    torch.manual_seed(3)
    found, failed = [], []
    for kind in sys.argv[1:] or BASES:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            base(kind, folder / "base", BASES[kind])
            imported(kind, folder, found)
            exported(kind, folder, found)
            if kind in ("bart", "t5"):
                generated(kind, folder, failed)
    for name in [] if sys.argv[1:] else ["minilm-l6", "bge-small"]:
        with tempfile.TemporaryDirectory() as at:
            folder = pathlib.Path(at)
            ours, out = folder / "ours", folder / "merged"
            done, error = run("train", "--train", rows(folder / "rows.tsv"), "--model", name, "--pooling", "first",
                              "--method", "lora", "--epochs", 1, "--max-length", 30, "--out", ours)
            if error is None:
                done, error = run("export", ours, "--format", "merged", "--out", out)
            if error:
                print(f"{name:12} {error}")
            found.append(None if error else compare(name, "lora, pooling first", probabilities(out), ours))
    worst = max((one for one in found if one is not None), default=0)
    print(f"{len(found)} compared, largest difference {worst:.1e}, {found.count(None)} failed, texts differ: {failed}")
    return worst > 1e-5 or None in found or bool(failed)


if __name__ == "__main__":
    sys.exit(main())
