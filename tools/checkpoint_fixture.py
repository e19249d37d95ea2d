"""Writes the fixtures of CheckpointParityTest: small random models of every architecture as save_pretrained writes them,
their tokenizers, and the results of transformers for a padded batch of texts and pairs.

Usage: python tools/checkpoint_fixture.py [NAME ...]     (needs torch, transformers, peft, safetensors, tokenizers)

With names, it writes only the folders whose names begin with one of them.
"""
import json
import pathlib
import re
import shutil
import sys

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AlbertConfig, AlbertForPreTraining, AlbertForSequenceClassification, AlbertModel, BartConfig, BartForConditionalGeneration, BartForSequenceClassification, BartModel, BertConfig,
    BertForSequenceClassification, BertModel, CamembertConfig, CamembertModel, DebertaV2Config, DebertaV2ForSequenceClassification, DebertaV2Model, DistilBertConfig, DistilBertForSequenceClassification, DistilBertModel,
    ElectraConfig, ElectraForPreTraining, ElectraModel, MBartConfig, MBartForConditionalGeneration, MT5Config, MT5ForConditionalGeneration,
    GteConfig, GteForSequenceClassification, GteModel, NomicBertConfig, NomicBertForSequenceClassification, NomicBertModel,
    ModernBertConfig, ModernBertForSequenceClassification, ModernBertModel, MPNetConfig, MPNetForSequenceClassification, MPNetModel,
    PegasusConfig, PegasusForConditionalGeneration, PegasusModel, PreTrainedTokenizerFast, RobertaConfig,
    RobertaForSequenceClassification, RobertaModel, T5Config, T5ForConditionalGeneration, T5ForSequenceClassification, T5Model,
    XLMRobertaConfig, XLMRobertaForSequenceClassification)

OUT = pathlib.Path(__file__).resolve().parent.parent / "core/src/test/resources/org/unipelt/checkpoints"
WORDS = "the a red blue small big parcel came never late early yesterday with from box letter by went".split()
TEXTS = [
    ("the red parcel never came", None),
    ("a box", "the letter went early with the small blue parcel yesterday"),
    ("late", None),
    ("the big box came from zanzibar", "never"),
]
BERT = dict(specials=["[PAD]", "[UNK]", "[CLS]", "[SEP]"], single="[CLS]:0 $A:0 [SEP]:0",
            pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", pad="[PAD]", unk="[UNK]")
ROBERTA = dict(specials=["<s>", "<pad>", "</s>", "<unk>"], single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>",
               pad="<pad>", unk="<unk>")
# transformers gives ALBERT no token types.
ALBERT = dict(BERT, pair="[CLS]:0 $A:0 [SEP]:0 $B:0 [SEP]:0")
MBART = dict(ROBERTA, languages=["en_XX"], single="$A </s> en_XX", pair="$A $B </s> en_XX")
T5 = dict(specials=["<pad>", "</s>", "<unk>"], single="$A </s>", pair="$A </s> $B </s>", pad="<pad>", unk="<unk>")
VOCABULARY = 24
# The longest text of each tokenizer, which uses the last position; RoBERTa's positions begin after two others.
LONGEST = dict(bert=15, roberta=16, mbart=14)
ENCODER = dict(vocab_size=VOCABULARY, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
               max_position_embeddings=LONGEST["bert"])
DISTILBERT = dict(vocab_size=VOCABULARY, dim=8, n_layers=2, n_heads=2, hidden_dim=12,
                  max_position_embeddings=LONGEST["bert"])
BART = dict(vocab_size=VOCABULARY, d_model=8, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=12, decoder_ffn_dim=12, max_position_embeddings=LONGEST["roberta"])
# Heads that are not a part of the hidden size, and stacks of two depths.
T5_SIZES = dict(vocab_size=VOCABULARY, d_model=8, d_kv=3, d_ff=12, num_layers=2, num_decoder_layers=1, num_heads=2,
                decoder_start_token_id=0)


def tokenizer(style):
    tokens = style["specials"] + WORDS + style.get("languages", [])
    ids = {token: i for i, token in enumerate(tokens)}
    built = Tokenizer(models.WordLevel(ids, unk_token=style["unk"]))
    built.pre_tokenizer = pre_tokenizers.Whitespace()
    special = style["specials"] + style.get("languages", [])
    built.add_special_tokens(special)
    built.post_processor = processors.TemplateProcessing(
        single=style["single"], pair=style["pair"], special_tokens=[(token, ids[token]) for token in special])
    return PreTrainedTokenizerFast(tokenizer_object=built, pad_token=style["pad"], unk_token=style["unk"])


def fixture(name, model, style, length=None, change_config=None, sinusoids=False, **saving):
    """Writes a folder. With a length, its batch is one sequence of that many tokens instead of the texts. With sinusoids,
    the tables of positions keep their values and are not in the file."""
    if sys.argv[1:] and not name.startswith(tuple(sys.argv[1:])):
        return
    torch.manual_seed(9)
    model = model.eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if sinusoids and "embed_positions" in key:
                continue
            parameter.copy_(torch.randn_like(parameter) * 0.5 + (1 if "norm" in key.lower() and "weight" in key else 0))
        if hasattr(model, "final_logits_bias"):
            model.final_logits_bias.copy_(torch.randn_like(model.final_logits_bias))
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    if sinusoids:
        saving["state_dict"] = {k: v for k, v in model.state_dict().items() if "embed_positions" not in k}
    model.save_pretrained(folder, **saving)
    if change_config:
        config = json.loads((folder / "config.json").read_text())
        change_config(config)
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    cut = tokenizer(style)
    cut.backend_tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    batch = cut.pad([cut(text, pair, return_token_type_ids=True) for text, pair in TEXTS], return_tensors="pt")
    ids, types, keep = batch["input_ids"], batch["token_type_ids"], batch["attention_mask"]
    given = dict(input_ids=ids, attention_mask=keep)
    if getattr(model.config, "type_vocab_size", 0) > 1 and types.any():
        given["token_type_ids"] = types
    if length:
        ids = 4 + torch.arange(length).unsqueeze(0) * 7 % 20
        types, keep = torch.zeros_like(ids), torch.ones_like(ids)
        given = dict(input_ids=ids, attention_mask=keep)
    expected = dict(ids=ids, types=types, keep=keep)
    # In 64 bits, so that only Java's rounding remains.
    model = model.double()
    with torch.no_grad():
        bare = model.base_model
        if model.config.model_type in ("t5", "mt5", "pegasus"):
            # Only BART's classes, and T5's classifier, read the source as the target by themselves.
            start = torch.full_like(ids[:, :1], model.config.decoder_start_token_id)
            given["decoder_input_ids"] = torch.cat([start, ids[:, :-1]], 1)
            if model.config.model_type != "pegasus":
                bare = getattr(model, "transformer", model)
        out = bare(**given, output_hidden_states=True)
        expected["hidden"] = out.last_hidden_state if hasattr(out, "last_hidden_state") else out.decoder_hidden_states[-1]
        if hasattr(out, "encoder_last_hidden_state"):
            # The decoder reads the source itself, shifted, as in the classifiers.
            expected["encoder"] = out.encoder_last_hidden_state
        if getattr(out, "pooler_output", None) is not None:
            expected["pooled"] = out.pooler_output
        if "SequenceClassification" in type(model).__name__:
            # Row by row: BART refuses a batch whose texts have different numbers of end tokens.
            rows = [{k: v[i : i + 1] for k, v in given.items()} for i in range(len(TEXTS))]
            expected["logits"] = torch.cat([model(**row).logits for row in rows])
        if hasattr(model, "final_logits_bias") or hasattr(model, "lm_head") and bare is model:
            expected["words"] = model(**given).logits[:1]
    if length:
        # Some of the positions are enough.
        states = {k: v[:, ::25] for k, v in expected.items() if k in ("hidden", "encoder")}
        expected = dict(ids=ids, **states)
    expected = {k: v.float() if v.is_floating_point() else v for k, v in expected.items()}
    save_file({k: v.contiguous().clone() for k, v in expected.items()}, folder / "expected.safetensors")
    print(name, {k: tuple(v.shape) for k, v in expected.items()}, sorted(p.name for p in folder.iterdir()))


def lora_fixture(name, model):
    """Adds what peft's LoRA on queries, keys and values makes of a folder's states, and its matrices by our names."""
    folder = OUT / name
    rank = dict(r=2, lora_alpha=4)
    tuned = get_peft_model(model.from_pretrained(folder), LoraConfig(
        **rank, target_modules=["query_proj", "key_proj", "value_proj"], init_lora_weights=False)).eval()
    matrices = {}
    torch.manual_seed(9)
    with torch.no_grad():
        for key, parameter in tuned.named_parameters():
            if "lora_" in key:
                layer, place, matrix = re.search(r"layer\.(\d+)\..*\.(\w+)_proj\.lora_([AB])", key).groups()
                parameter.copy_(torch.randn_like(parameter) * 0.5)
                matrices[f"lora.layer.{layer}.{place}.{matrix.lower()}"] = parameter.detach().float().clone()
        batch = load_file(folder / "expected.safetensors")
        hidden = tuned.double()(input_ids=batch["ids"], attention_mask=batch["keep"]).last_hidden_state
    save_file(dict(matrices, hidden=hidden.float().contiguous()), folder / "lora.safetensors")
    print(name, "lora", len(matrices))
def untied(model):
    """Gives the output its own table."""
    model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.shared.weight))
    model.all_tied_weights_keys.pop("lm_head.weight")
    return model


OUT.mkdir(parents=True, exist_ok=True)
(OUT / "texts.json").write_text(json.dumps(TEXTS) + "\n")
fixture("bert-classifier", BertForSequenceClassification(BertConfig(**ENCODER, num_labels=3)), BERT)
fixture("bert-bare", BertModel(BertConfig(**ENCODER, type_vocab_size=1), add_pooling_layer=False), BERT)
roberta = dict(
    ENCODER, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5,
    max_position_embeddings=LONGEST["roberta"] + 2)
fixture("roberta-classifier", RobertaForSequenceClassification(RobertaConfig(**roberta, num_labels=3)), ROBERTA)
fixture("roberta-bare", RobertaModel(RobertaConfig(**roberta)), ROBERTA)
fixture("xlm-roberta-classifier", XLMRobertaForSequenceClassification(XLMRobertaConfig(**roberta, num_labels=3)), ROBERTA)
fixture("camembert-bare", CamembertModel(CamembertConfig(**roberta), add_pooling_layer=False), ROBERTA)
mpnet = {k: v for k, v in roberta.items() if k != "type_vocab_size"}
fixture("mpnet-classifier", MPNetForSequenceClassification(MPNetConfig(**mpnet, num_labels=3)), ROBERTA)
fixture("mpnet-bare", MPNetModel(MPNetConfig(**mpnet, hidden_act="relu")), ROBERTA)
fixture("mpnet-long", MPNetModel(MPNetConfig(**dict(mpnet, max_position_embeddings=502)), add_pooling_layer=False), ROBERTA,
        length=500)
albert = dict(ENCODER, num_hidden_layers=3, inner_group_num=1)
fixture("albert-classifier", AlbertForSequenceClassification(
    AlbertConfig(**albert, embedding_size=6, num_hidden_groups=2, num_labels=3)), ALBERT)
fixture("albert-pretrained", AlbertForPreTraining(AlbertConfig(**albert, embedding_size=6, hidden_act="gelu")), ALBERT)
# The embeddings have the hidden size, and a map all the same.
fixture("albert-bare", AlbertModel(AlbertConfig(**albert, embedding_size=8, hidden_act="silu"), add_pooling_layer=False), ALBERT)
# Version 3's settings; then everything that models of version 2 may have, and a model without distances.
v3 = dict(ENCODER, relative_attention=True, position_buckets=6, share_att_key=True, norm_rel_ebd="layer_norm",
          pos_att_type="p2c|c2p", position_biased_input=False, type_vocab_size=0)
fixture("deberta-v3-classifier", DebertaV2ForSequenceClassification(DebertaV2Config(**v3, num_labels=3)), BERT)
lora_fixture("deberta-v3-classifier", DebertaV2Model)
v2 = dict(ENCODER, relative_attention=True, max_relative_positions=5, type_vocab_size=2, embedding_size=6, conv_kernel_size=3,
          position_buckets=-1, share_att_key=False, norm_rel_ebd="none")
fixture("deberta-v2-content", DebertaV2Model(DebertaV2Config(**v2, pos_att_type=["c2p"], conv_act="gelu", conv_groups=2)), BERT)
fixture("deberta-v2-position", DebertaV2Model(DebertaV2Config(**v2, pos_att_type=["p2c"], hidden_act="relu")), BERT)
fixture("deberta-v2-absolute", DebertaV2Model(DebertaV2Config(
    **ENCODER, type_vocab_size=1, pos_att_type="c2p|p2c", norm_rel_ebd="layer_norm")), BERT)
fixture("deberta-v3-long", DebertaV2Model(DebertaV2Config(
    **dict(v3, num_hidden_layers=1, position_buckets=256, max_position_embeddings=512))), BERT, length=500)
fixture("distilbert-classifier", DistilBertForSequenceClassification(DistilBertConfig(**DISTILBERT)), BERT)
fixture("distilbert-bare", DistilBertModel(DistilBertConfig(**DISTILBERT, sinusoidal_pos_embds=True)), BERT)
fixture("electra-discriminator", ElectraForPreTraining(ElectraConfig(**ENCODER, embedding_size=6)), BERT)
fixture("electra-bare", ElectraModel(ElectraConfig(**ENCODER, embedding_size=8)), BERT)
# Keys that save_pretrained writes only to generation_config.json.
writer = BartForConditionalGeneration(BartConfig(**BART))
writer.generation_config.forced_eos_token_id = None
fixture("bart-writer", writer, ROBERTA)
fixture("bart-classifier", BartForSequenceClassification(BartConfig(**BART, scale_embedding=True)), ROBERTA)
fixture("bart-bare", BartModel(BartConfig(**BART)), ROBERTA, max_shard_size="6KB")
# A decoder that differs from its encoder in every size that may differ, as in DistilBART.
fixture("bart-unequal", BartForConditionalGeneration(BartConfig(**dict(
    BART, encoder_layers=3, decoder_layers=1, encoder_attention_heads=4, encoder_ffn_dim=20))), ROBERTA)
writer = MBartForConditionalGeneration(MBartConfig(
    **dict(BART, max_position_embeddings=LONGEST["mbart"]), scale_embedding=True))
writer.generation_config.forced_bos_token_id = 23
writer.generation_config.decoder_start_token_id = 22
fixture("mbart-writer", writer, MBART)


def older_modernbert(config):
    """The fields as releases before transformers 5 wrote them."""
    rope = config.pop("rope_parameters")
    config["global_rope_theta"] = rope["full_attention"]["rope_theta"]
    config["local_rope_theta"] = rope["sliding_attention"]["rope_theta"]
    assert config.pop("layer_types") == ["full_attention", "sliding_attention"] * 2
    config["global_attn_every_n_layers"] = 2


modernbert = dict(ENCODER, num_hidden_layers=4, pad_token_id=0, cls_token_id=2, bos_token_id=2, sep_token_id=3, eos_token_id=3)
fixture("modernbert-classifier", ModernBertForSequenceClassification(
    ModernBertConfig(**dict(modernbert, num_hidden_layers=3), local_attention=7, classifier_pooling="mean", num_labels=3)), BERT)
fixture("modernbert-bare", ModernBertModel(ModernBertConfig(
    **modernbert, local_attention=4, norm_bias=True, attention_bias=True, mlp_bias=True, hidden_activation="silu",
    layer_types=["full_attention", "sliding_attention"] * 2,
    rope_parameters={"full_attention": {"rope_type": "default", "rope_theta": 900.0},
                     "sliding_attention": {"rope_type": "default", "rope_theta": 30.0}})), BERT,
        change_config=older_modernbert)
fixture("modernbert-long", ModernBertModel(ModernBertConfig(
    **dict(modernbert, max_position_embeddings=500), local_attention=100, layer_types=[
        "sliding_attention", "sliding_attention", "full_attention", "sliding_attention"])), BERT, length=500)


def of_nomics_program(config):
    """The fields of Nomic's first models, which came with their own program."""
    for older, newer in (("n_embd", "hidden_size"), ("n_layer", "num_hidden_layers"), ("n_head", "num_attention_heads"),
                         ("n_inner", "intermediate_size"), ("n_positions", "max_position_embeddings"),
                         ("layer_norm_epsilon", "layer_norm_eps")):
        config[older] = config.pop(newer)
    config["rotary_emb_base"] = config.pop("rope_parameters")["rope_theta"]
    del config["hidden_act"], config["head_dim"]
    config.update(
        activation_function="swiglu", prenorm=False, causal=False, parallel_block=False, use_rms_norm=False,
        rotary_emb_fraction=1.0, rotary_emb_interleaved=False, rotary_emb_scale_base=None, rotary_scaling_factor=None,
        qkv_proj_bias=False, mlp_fc1_bias=False, mlp_fc2_bias=False)


fixture("nomic-bert-classifier", NomicBertForSequenceClassification(NomicBertConfig(
    **ENCODER, pad_token_id=0, hidden_act="gelu", head_dim=6, num_labels=3,
    rope_parameters={"rope_type": "default", "rope_theta": 50.0})), BERT)
fixture("nomic-bert-bare", NomicBertModel(NomicBertConfig(**ENCODER, pad_token_id=0)), BERT, change_config=of_nomics_program)
fixture("gte-classifier", GteForSequenceClassification(GteConfig(**ENCODER, pad_token_id=0, num_labels=3)), BERT)
fixture("gte-bare", GteModel(GteConfig(**ENCODER, pad_token_id=0, type_vocab_size=0)), BERT)
pegasus = dict(BART, max_position_embeddings=14, activation_function="relu", decoder_layers=1)
fixture("pegasus-writer", PegasusForConditionalGeneration(PegasusConfig(**pegasus, scale_embedding=True)), T5, sinusoids=True)
# A file's own tables of positions count, and this one's are no sinusoids.
fixture("pegasus-bare", PegasusModel(PegasusConfig(**pegasus)), T5)
fixture("t5-writer", T5ForConditionalGeneration(T5Config(**T5_SIZES)), T5)
# A file that is not scaled, and whose output has a table of its own: FLAN-T5 and T5 1.1.
fixture("t5-untied", untied(T5ForConditionalGeneration(
    T5Config(**T5_SIZES, feed_forward_proj="gated-gelu", tie_word_embeddings=False))), T5)
fixture("mt5-writer", MT5ForConditionalGeneration(MT5Config(**T5_SIZES)), T5)
fixture("t5-classifier", T5ForSequenceClassification(T5Config(
    **T5_SIZES, relative_attention_num_buckets=6, relative_attention_max_distance=9, num_labels=3)), T5)
fixture("t5-long", T5Model(T5Config(**T5_SIZES)), T5, length=500)
