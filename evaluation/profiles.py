"""Rule packs for the supervised corpora, each made by `hybrid-ner fit` from sentences of its train split."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from evaluation.corpora import Corpus, load_yaml, read_sentences
from evaluation.fit_table import sample
from evaluation.suites import Suite, read_suite
from hybrid_ner.schema import Document

SUITE = Suite("supervised", "supervised_benchmark", size=10, splits=("train", "dev", "test"), may_choose=True)
SENTENCES = 200
SEED = 0
SPLIT = "train"


def make_profiles(
    data: Path, folder: Path, *, student: str | None = None, only: tuple[str, ...] = (), size: int = SENTENCES
) -> Iterator[Path]:
    """Writes a pack a corpus into `folder` and yields their paths.

    Corpora without an open licence are not quoted: their packs list no mention of theirs.
    """
    for corpus in read_suite(SUITE, data, only=only):
        documents = sample(read_sentences(corpus, SPLIT), size, SEED)
        yield _profile(corpus, documents, folder, student)


def _profile(corpus: Corpus, documents: Sequence[Document], folder: Path, student: str | None) -> Path:
    from hybrid_ner.cli.fit import fit_command

    manifest = load_yaml(corpus.folder / "manifest.yaml")
    target = folder / f"{corpus.name.replace('_', '-')}.yaml"
    licence = manifest.get("licence", "unstated")
    note = f"Labelled data: {manifest.get('title', corpus.name)}, {manifest.get('source', '')}; licence: {licence}."
    with tempfile.TemporaryDirectory() as work:
        gold = Path(work) / f"{corpus.name}-{SPLIT}-{len(documents)}.jsonl"
        gold.write_text("".join(f"{_record(document)}\n" for document in documents), encoding="utf-8")
        types = Path(work) / "types.json"
        types.write_text(json.dumps([{"name": t.name, "definition": t.definition} for t in corpus.types]), "utf-8")
        arguments = [str(gold), "--types", str(types), "--output", str(target), "--note", note]
        arguments += [] if manifest.get("open_licence") else ["--no-quotes"]
        arguments += ["--student", student] if student else []
        fit_command.main(arguments, standalone_mode=False)
    return target


def _record(document: Document) -> str:
    entities = [{"start": e.start, "end": e.end, "type": e.type} for e in document.entities]
    return json.dumps({"id": document.id, "text": document.text, "entities": entities}, ensure_ascii=False)
