"""The whole way from raw text to a served student, from one YAML file. Each step keeps what it finished."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybrid_ner.distill.corpus.build import CorpusSettings, corpus_step
from hybrid_ner.distill.dataset import DatasetSettings, dataset_step
from hybrid_ner.distill.evaluation import GoldSettings, evaluate_step, gold_settings
from hybrid_ner.distill.settings import read_yaml, settings_of
from hybrid_ner.distill.stats import stats_step
from hybrid_ner.distill.student import STUDENT, StudentSettings, student_step
from hybrid_ner.distill.teacher.label import teach_step
from hybrid_ner.distill.teacher.make import TeacherSettings, make_teacher
from hybrid_ner.errors import UsageError

logger = logging.getLogger(__name__)

_SECTIONS = ("corpus", "teacher", "stats", "dataset", "student", "evaluate")


@dataclass(frozen=True)
class Pipeline:
    """The settings of every step; `student` and `evaluate` are left out where their section is absent."""

    corpus: CorpusSettings
    teacher: TeacherSettings
    dataset: DatasetSettings
    plot: bool = False
    student: StudentSettings | None = None
    evaluate: tuple[GoldSettings, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Pipeline:
        """Reads a YAML file; its relative paths are relative to the working directory, as on a command line.

        Raises:
            UsageError: it cannot be read, or a setting cannot be.
        """
        sections = read_yaml(path)
        unknown = sorted(map(str, set(sections) - set(_SECTIONS)))
        if unknown:
            raise UsageError(f"{path}: unknown sections {unknown}; accepted: {', '.join(_SECTIONS)}")
        corpus = settings_of(CorpusSettings, _section(sections, "corpus"), "corpus")
        student = None
        if "student" in sections:
            values = _section(sections, "student")
            train = {"max_tokens": corpus.tokens, **values.get("train", {})}
            student = settings_of(StudentSettings, {**values, "train": train}, "student")
        golds = gold_settings(sections["evaluate"]) if sections.get("evaluate") else []
        if golds and student is None:
            raise UsageError(f"{path}: there is no student section, so there is nothing to evaluate")
        return cls(
            corpus,
            settings_of(TeacherSettings, _section(sections, "teacher"), "teacher"),
            settings_of(DatasetSettings, _section(sections, "dataset"), "dataset"),
            bool(_section(sections, "stats").get("plot", False)),
            student,
            tuple(golds),
        )


def run_pipeline(pipeline: Pipeline, work: Path) -> list[str]:
    """Runs every step that is not done yet, in order; returns the names of those that were run."""
    made = []
    corpus, answers, dataset = work / "corpus", work / "answers", work / "dataset"
    student, settings = work / "student", pipeline.teacher
    if corpus_step(pipeline.corpus, corpus):
        made.append("corpus")
    teacher = make_teacher(settings)
    if teach_step(corpus, teacher, settings.labelling(), answers, work / "answers.cache", settings.limits()):
        made.append("teach")
    if stats_step(answers, work / "stats", plot=pipeline.plot):
        made.append("stats")
    if dataset_step(answers, pipeline.dataset, dataset):
        made.append("dataset")
    if pipeline.student is not None and student_step(dataset, pipeline.student, student):
        made.append("student")
    if pipeline.evaluate and evaluate_step(student / STUDENT, list(pipeline.evaluate), work / "evaluation"):
        made.append("evaluate")
    return made


def _section(sections: Mapping[str, Any], name: str) -> dict[str, Any]:
    values = sections.get(name) or {}
    if not isinstance(values, dict):
        raise UsageError(f"{name}: expected a mapping of settings, got {values!r}")
    return values
