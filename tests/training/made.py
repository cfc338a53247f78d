"""A tiny encoder and tiny corpora on disk, made by the tests: nothing is downloaded and nothing is large."""

from __future__ import annotations

import gzip
import json
import re
import string
from pathlib import Path

import yaml

PEOPLE = ("Ada Brown", "Carl Diaz", "Mia", "Tom Reyes", "Zoe Park")
CITIES = ("Oslo", "Lima", "Bern", "New Delhi", "Quito")
DRUGS = ("aspirin", "insulin", "quinine")
_WORDS = ["lives", "in", "moved", "from", "to", "met", "was", "took", "for", "the", "of", "at", "a", "and", "fever"]

# name -> manifest, and rows in which [mention|label] is gold, {mention|label} inside another one
CORPORA = {
    "news": (
        {"licence": "CC0", "open_licence": True},
        {"PER": ("person", "A human being."), "LOC": ("city", "A town."), "FES": ("festival", "")},
        [
            *(f"[{p}|PER] lives in [{c}|LOC] ." for p in PEOPLE for c in CITIES),
            *(f"[{p}|PER] met [{q}|PER] ." for p in PEOPLE for q in PEOPLE if p != q),
            *(f"Zürich 🙂 and [{c}|LOC]!" for c in CITIES),
            "The pain moved from the campus .",
        ],
    ),
    "meds": (
        {"licence": "MIT", "open_licence": True, "partial": True},
        {"drug": ("drug", "Given as treatment."), "illness": ("disease", "What one falls ill with.")},
        [f"Mia took [{d}|drug] for the [fever|illness] and the pain ." for d in DRUGS],
    ),
    "campus": (
        {"licence": "CC BY 4.0", "open_licence": True, "nested": True},
        {"uni": ("university", "A place of learning."), "town": ("city", "A city or town.")},
        [f"Tom visited the [University of {{{c}|town}}|uni] ." for c in CITIES],
    ),
    "closed": (
        {"licence": "CC BY-NC 4.0", "open_licence": False},
        {"brand": ("brand", "A name under which things are sold.")},
        ["The [Zorvex|brand] lives ."],
    ),
    "held": (
        {"licence": "CC0", "open_licence": True, "role": "zero_shot_dev"},
        {"x": ("star", "A sun.")},
        ["[Vega|x] ."],
    ),
}

# Wider weights than usual, so that the embeddings of two texts differ as a trained encoder's do.
_SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "initializer_range": 0.1,
}


def parsed(marked: str) -> dict:
    """The row that a marked sentence stands for."""
    text, entities, open_at = "", [], []
    for piece in re.split(r"([\[{]|\|\w+[\]}])", marked):
        if piece in ("[", "{"):
            open_at.append(len(text))
        elif piece.startswith("|"):
            entities.append({"start": open_at.pop(), "end": len(text), "type": piece[1:-1]})
        else:
            text += piece
    return {"text": text, "entities": entities}


def write_rows(path: Path, rows: list[dict | str]) -> None:
    """A gzipped JSONL file; a string is written as the line it is."""
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.write("".join(line + "\n" for line in lines))


def write_corpora(root: Path) -> Path:
    """A folder of corpora: catalog, manifests, rows, and aliases of types."""
    catalog = []
    for name, (about, types, sentences) in CORPORA.items():
        (root / name).mkdir(parents=True)
        entry = {"name": name, "role": "train", "partial": False, **about}
        catalog.append(entry)
        shown = {label: {"name": n, "definition": d} for label, (n, d) in types.items()}
        (root / name / "manifest.yaml").write_text(yaml.safe_dump({**entry, "types": shown}))
        write_rows(root / name / "train.jsonl.gz", [parsed(sentence) for sentence in sentences])
    (root / "catalog.yaml").write_text(yaml.safe_dump(catalog))
    write_rows(root / "type_pairs.jsonl.gz", [{"type": "Person", "aliases": ["human"]}, {"type": "tree"}])
    return root


def write_bert(folder: Path) -> Path:
    """An untrained BERT of 2 layers with an uncased WordPiece vocabulary."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    visible = string.ascii_lowercase + string.digits + string.punctuation
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *visible, *(f"##{c}" for c in visible), *_WORDS]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    torch.manual_seed(1)
    config = BertConfig(vocab_size=len(vocabulary), max_position_embeddings=300, **_SIZES)
    return _saved(folder, BertModel(config), tokenizer)


def write_roberta(folder: Path) -> Path:
    """An untrained RoBERTa of 2 layers with a cased byte-level BPE vocabulary."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import RobertaConfig, RobertaModel

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(
        vocab_size=330,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    sentences = [parsed(marked)["text"] for _, _, rows in CORPORA.values() for marked in rows]
    tokenizer.train_from_iterator(sentences, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    torch.manual_seed(1)
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        max_position_embeddings=302,
        type_vocab_size=1,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        **_SIZES,
    )
    return _saved(folder, RobertaModel(config), tokenizer)


def _saved(folder: Path, model, tokenizer) -> Path:
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
