"""The rounds: label, criticise, train, measure; every round is made of steps that are kept when they are done."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from hybrid_ner.distill.corpus.build import NAME as CORPUS
from hybrid_ner.distill.corpus.build import PASSAGES
from hybrid_ner.distill.dataset import DatasetSettings, dataset_step
from hybrid_ner.distill.evaluation import REPORT as EVALUATION
from hybrid_ner.distill.evaluation import GoldSettings, evaluate_step
from hybrid_ner.distill.files import digest_of, read_json, read_records, write_json, write_records
from hybrid_ner.distill.manifest import Step, output_digest, run_step
from hybrid_ner.distill.rounds.critics import Critics, CriticSettings, Judged
from hybrid_ner.distill.settings import at_least, settings_of
from hybrid_ner.distill.student import NAME as MAKING
from hybrid_ner.distill.student import STUDENT, StudentSettings, export_or_fp32, run_folder, student_step
from hybrid_ner.distill.teacher.label import ANSWERS
from hybrid_ner.distill.teacher.label import NAME as TEACH
from hybrid_ner.distill.teacher.label import REPORT as YIELD
from hybrid_ner.distill.teacher.parse import EMPTY, PARSED
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import TypeSet, to_dict
from hybrid_ner.students.folder import FILES, find_student
from hybrid_ner.typefile import load_types

VERSION = 2
REPORT = "rounds.json"
_BATCH = 64
_GENTLE = {"encoder_rate": 1e-5, "head_rate": 5e-5, "dropout": 0.0}  # a finished student learns on


@dataclass(frozen=True)
class RoundSettings:
    """A distillation without a teacher.

    Attributes:
        types: what students are asked: names or a types file.
        gold, gold_types: labelled file that each round is measured on, and its types (default `types`).
        rounds: how many. student: who labels first; empty for the embedded one.
        carry_on: a round's training begins with the weights of the student that labelled, not with the encoder, and
            keeps its calibration and threshold.
        critics, dataset, student_settings: see `CriticSettings`, `DatasetSettings`, `StudentSettings`. The precision
            is that of the student at the end; rounds themselves are in fp32.
    """

    types: str = ""
    gold: str = ""
    gold_types: str = ""
    rounds: int = 2
    student: str = ""
    carry_on: bool = True
    critics: dict[str, Any] = field(default_factory=dict)
    dataset: dict[str, Any] = field(default_factory=dict)
    student_settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        at_least(self, 1, "rounds")
        if not self.types or not self.gold:
            raise UsageError("rounds: give types, names or a types file, and gold, a labelled file to measure on")


def run_rounds(corpus: Path, settings: RoundSettings, output: Path) -> dict[str, Any]:
    """Runs the rounds that are not done yet, writes `rounds.json`, and exports the best round's student to `student`.

    Returns:
        The report: F1 of the first student and of each round's, the gain of each over the one before, and which is
        the best. A round that loses is reported as it is; the next one still labels with its student, as a loop that
        only ever takes winners would hide what the rounds do.

    Raises:
        UsageError: critics left nothing to train on.
    """
    types = load_types(settings.types)
    gold = GoldSettings(settings.gold, settings.gold_types or settings.types)
    student = find_student(settings.student or None)
    critics = settings_of(CriticSettings, settings.critics, "rounds: critics")
    dataset = settings_of(DatasetSettings, {"types": settings.types, **settings.dataset}, "rounds: dataset")
    making = {"fit_threshold": not settings.carry_on, **settings.student_settings}
    wanted = settings_of(StudentSettings, making, "rounds: student_settings")
    rows = [{"round": 0, **_measured(student, gold, output / "round-0")}]
    for number in range(1, settings.rounds + 1):
        folder = output / f"round-{number}"
        _label_step(corpus, student, types, critics, folder / "answers")
        dataset_step(folder / "answers", dataset, folder / "dataset")
        start = {**_GENTLE, "start": str(student)} if settings.carry_on else {}
        # What a round changes is little; rounding to int8 between rounds would change as much.
        how = replace(wanted, precision="fp32", train={**start, **wanted.train})
        student_step(folder / "dataset", how, folder / "student")
        student = folder / "student" / STUDENT
        figures = _measured(student, gold, folder / "evaluation")
        gain = round(figures["f1"] - rows[-1]["f1"], 2)
        rows.append({"round": number, **figures, "gain": gain, "labels": read_json(folder / "answers" / YIELD)})
    best = max(rows, key=lambda row: row["f1"])
    report = {"rounds": rows, "best": best["round"], "gain": round(best["f1"] - rows[0]["f1"], 2)}
    if best["round"]:
        _export_step(output / f"round-{best['round']}" / "student", wanted.precision, output)
        report["student"] = read_json(output / STUDENT / "config.json")["precision"]
    else:
        shutil.rmtree(output / STUDENT, ignore_errors=True)  # of rounds with other settings
    write_json(output / REPORT, report)
    return report


def _export_step(made_by: Path, precision: str, output: Path) -> bool:
    """The student of a student step, as OUTPUT/student in the precision that is wanted."""
    step = Step("rounds", VERSION, {"precision": precision}, {"student": output_digest(made_by, MAKING)})

    def make(folder: Path) -> list[str]:
        shutil.rmtree(folder / STUDENT, ignore_errors=True)
        shutil.copytree(made_by / STUDENT, folder / STUDENT)  # its settings, too: an export keeps what it finds
        if precision != "fp32":
            export_or_fp32(run_folder(made_by), folder / STUDENT, precision)
        return [f"{STUDENT}/{file}" for file in FILES]

    return run_step(step, output, make)


def _measured(student: str | Path | None, gold: GoldSettings, folder: Path) -> dict[str, Any]:
    evaluate_step(student, [gold], folder)
    (figures,) = read_json(folder / EVALUATION).values()
    return {name: figures[name] for name in ("precision", "recall", "f1", "threshold")}


def _label_step(
    corpus: Path, student: str | Path | None, types: TypeSet, settings: CriticSettings, output: Path
) -> bool:
    """Labels a corpus with a student and its critics, in the form of the teach step."""
    folder = find_student(student)
    inputs = {"corpus": output_digest(corpus, CORPUS)}
    inputs |= {f"student {file}": digest_of(folder / file) for file in FILES}
    step = Step(TEACH, VERSION, {"types": to_dict(types), "critics": asdict(settings)}, inputs)

    def make(made: Path) -> list[str]:
        counts: Counter = Counter()
        critics = Critics(folder, types, settings)
        write_records(made / ANSWERS, _rows(corpus / PASSAGES, critics, types, counts))
        write_json(made / YIELD, dict(counts))
        return [ANSWERS, YIELD]

    return run_step(step, output, make)


def _rows(path: Path, critics: Critics, types: TypeSet, counts: Counter) -> Iterator[dict[str, Any]]:
    definitions = {t.name: t.definition for t in types}
    passages = read_records(path)
    while batch := list(islice(passages, _BATCH)):
        for passage, judged in zip(batch, critics.judge([p["text"] for p in batch]), strict=True):
            counts.update({"passages": 1, "proposed": len(judged.proposed), "kept": len(judged.kept)})
            counts.update({f"rejected by {name}": count for name, count in judged.rejected.items()})
            yield _row(passage, judged, definitions)


def _row(passage: dict[str, Any], judged: Judged, definitions: dict[str, str | None]) -> dict[str, Any]:
    """A passage as an answer. A label that was rejected may be right after all: its place is left open, no more."""
    entities = [
        {"start": start, "end": end, "type": name, **({"definition": d} if (d := definitions[name]) else {})}
        for start, end, name in sorted(judged.kept)
    ]
    kept = {name: passage[name] for name in ("id", "text", "source", "document")}
    outcome = PARSED if judged.proposed else EMPTY
    return {**kept, "outcome": outcome, "whole": True, "entities": entities, "doubtful": list(judged.doubtful)}
