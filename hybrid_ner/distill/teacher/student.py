"""Our own extractor as a teacher: student, index and rules over a type list, answering in the prompt's format."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from hybrid_ner.distill.files import digest_of
from hybrid_ner.distill.teacher.protocol import Failure, Reply
from hybrid_ner.extractor import HybridNER
from hybrid_ner.hashing import digest_of_value
from hybrid_ner.schema import TypeSet, to_dict
from hybrid_ner.students.folder import FILES, find_student


class StudentTeacher:
    """Asks a student folder for types; answers carry offsets, so that nothing has to be looked for.

    Args:
        student: name or folder; None for the default one. types: what is asked of every passage.
        threshold: score from which an entity is listed; None for the student's.
    """

    concurrency = 1
    batch = 32

    def __init__(
        self, student: str | None, types: TypeSet, *, threshold: float | None = None, overlap: str = "flat"
    ) -> None:
        folder = find_student(student)
        self.name = folder.name
        self._folder, self._types = folder, types
        self._how = {"threshold": threshold, "overlap": overlap}
        self.identity: Mapping[str, Any] = {
            "student": {file: digest_of(folder / file) for file in FILES},
            "types": to_dict(types),
            **self._how,
        }
        self._identity = digest_of_value(self.identity)

    def key(self, passage: str) -> str:
        return digest_of_value([self._identity, passage])

    def prompt_size(self, passage: str) -> int:
        return 0

    def stop(self) -> None:
        """A batch under way is finished."""

    @cached_property
    def _ner(self) -> HybridNER:
        return HybridNER.load(self._folder)

    def ask(self, passages: Sequence[str]) -> list[Reply | Failure]:
        found = self._ner.extract_many(passages, self._types, batch_size=self.batch, **self._how)
        return [Failure(d.error) if d.error is not None else Reply(self._answer(d.entities)) for d in found]

    def _answer(self, entities: Sequence[Any]) -> str:
        definitions = {t.name: t.definition for t in self._types}
        listed = [
            {"entity": e.text, "type": e.type, "definition": definitions[e.type] or "", "start": e.start}
            for e in entities
        ]
        return json.dumps(listed, ensure_ascii=False)
