"""A training run -> a student folder: graphs, tokenizer, settings, card; refused where it differs from PyTorch."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from hybrid_ner.errors import ModelError
from hybrid_ner.students.folder import FORMAT, FolderConfig
from hybrid_ner.students.torch import SpanStudent, StudentConfig, encoder_folder, load_encoder
from hybrid_ner.training import graphs
from hybrid_ner.training.card import write_card
from hybrid_ner.training.parity import check_parity

PRECISIONS = ("fp32", "int8")


def export_student(run: str | Path, output: str | Path, *, precision: str = "int8") -> Path:
    """Writes the student of a training run as a folder that `HybridNER.load` reads.

    Settings fitted after training (gate, threshold, calibration) are kept where `output` already has them.

    Raises:
        ModelError: `run` is no finished run, or the exported student's spans differ from PyTorch's beyond the
            tolerance of its precision; nothing is then left at `output` that was not there before.
    """
    run, output = Path(run), Path(output)
    student, record = load_run(run)
    workshop = output.with_name(output.name + ".export")
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(parents=True)
    try:
        _write(student, record, workshop, precision, _fitted(output))
        report = check_parity(student, load_encoder(record["config"]["encoder"]).eval(), workshop, precision)
        (workshop / "record.json").write_text(json.dumps({**record, "parity": report}, indent=1) + "\n")
        write_card(workshop)
        output.mkdir(parents=True, exist_ok=True)
        for file in workshop.iterdir():
            file.replace(output / file.name)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return output


def load_run(run: Path) -> tuple[SpanStudent, dict]:
    """The trained network and the record of a run.

    Raises:
        ModelError: the run is missing or unfinished.
    """
    from safetensors.torch import load_file

    try:
        record = json.loads((run / "record.json").read_text(encoding="utf-8"))
        weights = load_file(run / "student.safetensors")
    except OSError as error:
        raise ModelError(f"{str(run)!r} is not a finished training run ({error}); train it first") from error
    student = SpanStudent(load_encoder(record["config"]["encoder"]), StudentConfig(**record["heads"]))
    student.load_state_dict(weights)
    return student.eval(), record


def _fitted(output: Path) -> dict[str, float]:
    try:
        old = json.loads((output / "config.json").read_text(encoding="utf-8"))
    except OSError:
        return {}
    return {key: old[key] for key in ("gate", "floor", "threshold", "mention_weight", "scale", "shift") if key in old}


def _write(student: SpanStudent, record: dict, folder: Path, precision: str, fitted: dict[str, float]) -> None:
    if precision not in PRECISIONS:
        raise ModelError(f"unknown precision {precision!r}; accepted: {', '.join(PRECISIONS)}")
    import onnx

    encoder = record["config"]["encoder"]
    shutil.copyfile(Path(encoder_folder(encoder)) / "tokenizer.json", folder / "tokenizer.json")
    sizes = student.encoder.config
    text, types = folder / "text.onnx", folder / "types.onnx"
    graphs.export_text_tower(student, text)
    graphs.fuse(text, sizes.num_attention_heads, sizes.hidden_size)
    graphs.export_type_tower(load_encoder(encoder), student, types)
    if precision == "int8":
        graphs.quantize_text_tower(text)
        graphs.shrink_tables(types, products=True)
    onnx.save(graphs.scorer_graph(student.dim + student.config.hidden + 1), str(folder / "scorer.onnx"))
    settings = {"gate": -3.0, "floor": 0.1, "threshold": 0.3, "scale": 1.0, "shift": 0.0, **fitted}
    tokens = min(224, sizes.max_position_embeddings - 2)
    FolderConfig(FORMAT, precision, student.dim, student.config.max_width, tokens, **settings).save(folder)
