"""The model card: written from what the run, the export and the evaluation recorded, never by hand."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from hybrid_ner.students.folder import FILES, read_config

_TEXT = """# Model card: {name}

A two-tower span student for open-type named-entity recognition. English, {precision}, ONNX, {megabytes:.1f} MB.
This card is generated from `config.json`, `record.json` and `figures.json` beside it.

## What it is
Text tower: the encoder `{encoder}` with a word-shape embedding, a head that prunes spans, and a vector a span. Type
tower: the sentence embedding of a type's name, or name and definition, {reader}, with learned residuals. The score
of a span for a type is one product of their vectors. Spans are at most {max_width} words; documents are read whole, in
windows of {passage_tokens} sub-tokens.

## What it is for, and what it is bad at
Finding entities of types named at run time, in English text. It was trained on sentences and short passages. Expect
it to confuse types of close meaning, to miss mentions longer than {max_width} words, and to know little of languages
other than English. It is not fit for decisions about people without review: its scores are probabilities fitted on a
few corpora, and a name it misses is not evidence that there is none.

## How it was trained
{steps} steps, {rows} rows, {seconds} s on {device} ({threads} threads), torch {torch}, seed {seed}; by
`hybrid-ner train`. {notes}Settings:

```json
{config}
```

## How it was exported
{precision}; against PyTorch on {parity[texts]} fixed texts ({parity[spans]} spans): {parity[tolerance][share]:.0%}
of the scores differ by at most {parity[score_gap]}, all by at most {parity[largest_gap]}; the kept spans agree to F1
{parity[agreement]} (accepted: {parity[tolerance][score_gap]} and {parity[tolerance][agreement]}). Calibration:
sigmoid({scale} logit + {shift}); threshold
{threshold}; gate {gate}; mention weight {mention_weight}.

| file | sha256 |
|---|---|
{files}

## Figures
{figures}

## Data
{corpora_count} corpora. Their texts are not part of this model.

| corpus | sentences | types | licence |
|---|---|---|---|
{corpora}
"""

_READERS = {False: "by the encoder as it was pretrained", True: "by a copy of the encoder that learned"}


def write_card(folder: str | Path) -> Path:
    """Writes `MODEL_CARD.md` of a student folder from the records in it.

    `notes` in `record.json`, if there are any, say how the run departed from its settings.

    Raises:
        OSError, KeyError: the folder has no `record.json`, or an incomplete one.
    """
    folder = Path(folder)
    record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    config = read_config(folder)
    settings = {name: getattr(config, name) for name in config.__slots__}
    sizes = [(folder / file).stat().st_size for file in FILES]
    hashes = ((file, hashlib.sha256((folder / file).read_bytes()).hexdigest()) for file in FILES if "onnx" in file)
    text = _TEXT.format(
        **{**settings, **{k: v for k, v in record.items() if k not in ("config", "corpora", "notes")}},
        notes=f"{record['notes']} " if record.get("notes") else "",
        name=folder.absolute().name,
        reader=_READERS[record["heads"].get("type_tower", False)],
        megabytes=sum(sizes) / 1e6,
        encoder=record["config"]["encoder"],
        seed=record["config"]["seed"],
        config=json.dumps(record["config"], indent=1),
        files="\n".join(f"| {file} | `{digest}` |" for file, digest in hashes),
        figures=_figures(folder / "figures.json"),
        corpora_count=len(record["corpora"]),
        corpora="\n".join(
            f"| {c['name']} | {c['sentences']} | {c['types']} | {c['licence']} |" for c in record["corpora"]
        ),
    )
    path = folder / "MODEL_CARD.md"
    path.write_text(text, encoding="utf-8")
    return path


def _figures(path: Path) -> str:
    """The tables that the evaluation left beside the weights."""
    if not path.is_file():
        return "None recorded yet."
    figures: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return "\n\n".join(f"{figure['how']}\n\n{figure['table']}" for figure in figures)
