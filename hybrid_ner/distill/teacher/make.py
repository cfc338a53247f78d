"""A teacher by its name: `endpoint:URL#MODEL`, `local:MODEL` or `student[:NAME]`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hybrid_ner.distill.settings import at_least, settings_of
from hybrid_ner.distill.teacher.align import AlignSettings
from hybrid_ner.distill.teacher.budget import Budget, BudgetSettings
from hybrid_ner.distill.teacher.label import LabelSettings
from hybrid_ner.distill.teacher.prompts import load_template
from hybrid_ner.distill.teacher.protocol import Teacher
from hybrid_ner.errors import UsageError
from hybrid_ner.typefile import load_types

_ACCEPTED = "accepted: endpoint:URL#MODEL, local:FOLDER_OR_NAME, student:NAME_OR_FOLDER, or student"


@dataclass(frozen=True)
class TeacherSettings:
    """Who labels, and what becomes of the answers.

    Attributes:
        teacher: "endpoint:URL#MODEL", "local:MODEL", "student:NAME" or "student".
        template: prompt of an endpoint or a local model, by name or file.
        types: what a student is asked: names or a types file. threshold: its score to list an entity.
        endpoint, local, budget, align: see the settings of these names.
        tolerate: share of passages that may end without an answer.
    """

    teacher: str = ""
    template: str = "uniner-type"
    types: str = ""
    threshold: float | None = None
    endpoint: dict[str, Any] = field(default_factory=dict)
    local: dict[str, Any] = field(default_factory=dict)
    budget: dict[str, Any] = field(default_factory=dict)
    align: dict[str, Any] = field(default_factory=dict)
    tolerate: float = 0.0

    def __post_init__(self) -> None:
        at_least(self, 0, "tolerate")

    def labelling(self) -> LabelSettings:
        return LabelSettings(settings_of(AlignSettings, self.align, "teacher: align"), self.tolerate)

    def limits(self) -> Budget:
        return Budget(settings_of(BudgetSettings, self.budget, "teacher: budget"), self._answer_tokens())

    def _answer_tokens(self) -> int:
        from hybrid_ner.distill.teacher.endpoint import EndpointSettings

        if not self.teacher.startswith("endpoint:"):
            return 0
        return settings_of(EndpointSettings, self.endpoint, "teacher: endpoint").max_tokens


def make_teacher(settings: TeacherSettings) -> Teacher:
    """The teacher that the settings name.

    Raises:
        UsageError: no such kind, or what the kind needs is missing.
        MissingExtraError, TeacherError, ModelError: it cannot be loaded.
    """
    kind, _, name = settings.teacher.partition(":")
    if kind == "endpoint":
        from hybrid_ner.distill.teacher.endpoint import EndpointSettings, EndpointTeacher

        url, _, model = name.rpartition("#")
        if not url.startswith(("http://", "https://")) or not model:
            raise UsageError(f"teacher is {settings.teacher!r}; {_ACCEPTED}")
        how = settings_of(EndpointSettings, settings.endpoint, "teacher: endpoint")
        return EndpointTeacher(url, model, load_template(settings.template), how)
    if kind == "local" and name:
        from hybrid_ner.distill.teacher.local import LocalSettings, LocalTeacher

        how = settings_of(LocalSettings, settings.local, "teacher: local")
        return LocalTeacher(name, load_template(settings.template), how)
    if kind == "student":
        from hybrid_ner.distill.teacher.student import StudentTeacher

        if not settings.types:
            raise UsageError("a student as teacher needs types: names, or a types file")
        return StudentTeacher(name or None, load_types(settings.types), threshold=settings.threshold)
    raise UsageError(f"teacher is {settings.teacher!r}; {_ACCEPTED}")
