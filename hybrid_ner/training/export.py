"""A training run -> a student folder: graphs, tokenizer, settings, card; refused where it differs from PyTorch."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

from hybrid_ner.errors import ModelError, UsageError
from hybrid_ner.students.folder import FILES, FORMAT, PASSAGE_TOKENS, FolderConfig, read_config
from hybrid_ner.students.torch import SpanStudent, StudentConfig, load_encoder, tokenizer_file
from hybrid_ner.training import graphs
from hybrid_ner.training.card import write_card
from hybrid_ner.training.parity import check_parity
from hybrid_ner.training.restore import read_record, read_weights

PRECISIONS = ("fp32", "int8")


def export_student(run: str | Path, output: str | Path, *, precision: str = "int8") -> Path:
    """Writes the student of a training run as a folder that `HybridNER.load` reads.

    Settings fitted after training (gate, second look, calibration, threshold) are kept where `output` already has
    them; else they are those of the exported student that training started from, if it did.

    Raises:
        UsageError: `precision` is none of `PRECISIONS`.
        ModelError: `run` is no finished run; or, as ParityError, the exported student's spans differ from PyTorch's
            beyond the tolerance of its precision. Nothing is then left at `output` that was not there before.
    """
    if precision not in PRECISIONS:
        raise UsageError(f"unknown precision {precision!r}; accepted: {', '.join(PRECISIONS)}")
    output = Path(os.path.abspath(output))
    student, record = load_run(Path(run))
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f"{output.name}.") as temporary:
        workshop = Path(temporary) / output.name  # the card takes the student's name from its folder
        workshop.mkdir()
        _write(student, record, workshop, precision, _fitted(output) or _fitted(_start(record)))
        report = check_parity(student, load_encoder(record["config"]["encoder"]).eval(), workshop, precision)
        (workshop / "record.json").write_text(json.dumps({**record, "parity": report}, indent=1) + "\n")
        _keep_figures(output, workshop)
        write_card(workshop)
        output.mkdir(exist_ok=True)
        (output / "figures.json").unlink(missing_ok=True)
        for file in workshop.iterdir():
            file.replace(output / file.name)
    return output


def load_run(run: Path) -> tuple[SpanStudent, dict]:
    """The trained network and the record of a run.

    Raises:
        ModelError: the run is missing or unfinished.
    """
    record, weights = read_record(run), read_weights(run)
    student = SpanStudent(load_encoder(record["config"]["encoder"]), StudentConfig(**record["heads"]))
    student.load_state_dict(weights)
    return student.eval(), record


def _start(record: dict) -> Path | None:
    """What the run's training started from."""
    start = record["config"].get("start")
    return Path(start) if start else None


def _fitted(folder: Path | None) -> dict[str, float]:
    """The settings of a student folder that no training decides."""
    try:
        config = read_config(folder) if folder else None
    except ModelError:  # a new folder, a run's, or one that is of no use
        config = None
    own = ("format", "precision", "dim", "max_width", "passage_tokens")
    return {name: value for name, value in asdict(config).items() if name not in own} if config else {}


def _keep_figures(old: Path, new: Path) -> None:
    """Figures stay beside the graphs they were measured on; beside others they would be false."""
    graphs_of = [[folder / file for file in FILES if file.endswith(".onnx")] for folder in (old, new)]
    if (old / "figures.json").is_file() and all(
        a.is_file() and a.read_bytes() == b.read_bytes() for a, b in zip(*graphs_of, strict=True)
    ):
        shutil.copyfile(old / "figures.json", new / "figures.json")


def _write(student: SpanStudent, record: dict, folder: Path, precision: str, fitted: dict[str, float]) -> None:
    import onnx

    encoder = record["config"]["encoder"]
    shutil.copyfile(tokenizer_file(encoder), folder / "tokenizer.json")
    sizes = student.encoder.config
    text, types = folder / "text.onnx", folder / "types.onnx"
    graphs.export_text_tower(student, text)
    graphs.fuse(text, sizes.num_attention_heads, sizes.hidden_size)
    graphs.export_type_tower(student.type_encoder(load_encoder(encoder)), student, types)
    graphs.fuse(types, sizes.num_attention_heads, sizes.hidden_size)
    if precision == "int8":
        graphs.quantize_tower(text)
        graphs.quantize_tower(types)
    onnx.save(graphs.scorer_graph(student.dim + student.config.hidden + 1), str(folder / "scorer.onnx"))
    settings = {"gate": -3.0, "floor": 0.1, "threshold": 0.3, "scale": 1.0, "shift": 0.0, **fitted}
    FolderConfig(FORMAT, precision, student.dim, student.config.max_width, PASSAGE_TOKENS, **settings).save(folder)
