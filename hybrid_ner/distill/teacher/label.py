"""The teach step: passages -> `answers.jsonl.gz`, mentions with offsets, and the yield report."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hybrid_ner.distill.corpus.build import NAME as CORPUS
from hybrid_ner.distill.corpus.build import PASSAGES
from hybrid_ner.distill.files import read_records, write_json, write_records
from hybrid_ner.distill.manifest import Step, output_digest, run_step
from hybrid_ner.distill.teacher.align import FUZZY, HALLUCINATED, AlignSettings, align
from hybrid_ner.distill.teacher.budget import Budget
from hybrid_ner.distill.teacher.cache import AnswerCache
from hybrid_ner.distill.teacher.parse import OUTCOMES, parse_answer
from hybrid_ner.distill.teacher.protocol import Failure, Reply, Teacher, TeacherError
from hybrid_ner.errors import HybridNERError

logger = logging.getLogger(__name__)

NAME, VERSION = "teach", 1
ANSWERS, REPORT = "answers.jsonl.gz", "report.json"
_HOPELESS = 5  # passages in a row from the start without one answer


class IncompleteError(HybridNERError):
    """Some passages have no answer; what was answered is kept and only the rest is asked in the next run."""


@dataclass(frozen=True)
class LabelSettings:
    """`align`: how mentions are found. `tolerate`: share of passages that may end without an answer."""

    align: AlignSettings = field(default_factory=AlignSettings)
    tolerate: float = 0.0


def teach_step(
    corpus: Path, teacher: Teacher, settings: LabelSettings, output: Path, cache: Path, budget: Budget
) -> bool:
    """Asks the teacher about every passage of a corpus, unless `output` holds the answers already.

    Raises:
        TeacherError: the teacher cannot be asked, or the budget is spent.
        IncompleteError: more passages than tolerated have no answer. In both cases what was answered is kept.
    """
    identity = {"teacher": dict(teacher.identity), "align": asdict(settings.align), "tolerate": settings.tolerate}
    step = Step(NAME, VERSION, identity, {"corpus": output_digest(corpus, CORPUS)})

    def make(folder: Path) -> Sequence[str]:
        tally = _Tally()
        with AnswerCache(cache) as answers:
            for passage in read_records(corpus / PASSAGES):
                if (paid := answers.get(teacher.key(passage["text"]))) is not None:
                    budget.count(paid)
            replies = Asking(teacher, answers, budget).replies(read_records(corpus / PASSAGES))
            with closing(replies):  # before the cache is: calls under way are still to be kept
                write_records(folder / ANSWERS, _rows(replies, settings, tally))
        write_json(folder / REPORT, {"teacher": teacher.name, **tally.report()})
        return ANSWERS, REPORT

    return run_step(step, output, make)


def _rows(
    replies: Iterator[tuple[dict[str, Any], Reply | Failure]], settings: LabelSettings, tally: _Tally
) -> Iterator[dict[str, Any]]:
    quiet = None if logger.isEnabledFor(logging.INFO) else True  # None: a bar on a terminal alone
    for passage, reply in tqdm(replies, unit=" passages", leave=False, disable=quiet):
        if isinstance(reply, Failure):
            tally.failed(reply)
            continue
        answer = parse_answer(reply)
        aligned = align(passage["text"], answer.mentions, settings.align)
        tally.add(answer.outcome, len(answer.mentions), aligned.counts, len(aligned.mentions), reply)
        kept = {name: passage[name] for name in ("id", "text", "source", "document")}
        entities = [{k: v for k, v in asdict(m).items() if k != "definition" or v} for m in aligned.mentions]
        whole = answer.whole and not aligned.counts[HALLUCINATED]
        yield {**kept, "outcome": answer.outcome, "whole": whole, "entities": entities}
    tally.check(settings.tolerate)


class _Tally:
    """The yield report while it is made."""

    def __init__(self) -> None:
        self.passages = self.listed = self.spans = 0
        self.outcomes: Counter = Counter()
        self.found: Counter = Counter()
        self.tokens: Counter = Counter()
        self.failures: Counter = Counter()

    def add(self, outcome: str, listed: int, found: Counter, spans: int, reply: Reply) -> None:
        self.passages += 1
        self.outcomes[outcome] += 1
        self.listed += listed
        self.found.update(found)
        self.spans += spans
        self.tokens.update({"prompt": reply.prompt_tokens, "answer": reply.answer_tokens})

    def failed(self, failure: Failure) -> None:
        self.passages += 1
        self.failures[failure.reason] += 1

    def check(self, tolerate: float) -> None:
        failed = sum(self.failures.values())
        if failed > tolerate * self.passages:
            reasons = "; ".join(f"{count} x {reason}" for reason, count in self.failures.most_common(3))
            raise IncompleteError(
                f"{failed} of {self.passages} passages have no answer ({reasons}); the others are kept: run again to "
                "ask for these alone, or allow a share of them with tolerate"
            )

    def report(self) -> dict[str, Any]:
        """Passages by outcome, and listed mentions by how they were found in their passage."""
        found = {name: self.found[name] for name in ("exact", "spelling", FUZZY, HALLUCINATED)}
        return {
            "passages": self.passages,
            **{name: self.outcomes[name] for name in OUTCOMES},
            "failed": sum(self.failures.values()),
            "mentions_listed": self.listed,
            **found,
            "spans": self.spans,
            "prompt_tokens": self.tokens["prompt"],
            "answer_tokens": self.tokens["answer"],
        }


class Asking:
    """Asks for what the cache does not hold, several batches at a time, and hands all replies on in order.

    When it ends early, for whatever reason, calls that are under way are waited for and their answers kept.
    """

    def __init__(self, teacher: Teacher, cache: AnswerCache, budget: Budget) -> None:
        self._teacher, self._cache, self._budget = teacher, cache, budget
        self._answered = self._unanswered = 0

    def replies(self, passages: Iterator[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Reply | Failure]]:
        teacher = self._teacher
        pool = ThreadPoolExecutor(teacher.concurrency)
        waiting: deque[tuple[list[dict[str, Any]], Future]] = deque()
        try:
            while True:
                while len(waiting) < 2 * teacher.concurrency and (batch := list(islice(passages, teacher.batch))):
                    texts = [p["text"] for p in batch]
                    waiting.append((batch, pool.submit(self._batch, texts)))
                if not waiting:
                    return
                batch, future = waiting[0]
                for passage, reply in zip(batch, future.result(), strict=True):
                    self._watch(reply)
                    yield passage, reply
                waiting.popleft()
        finally:
            if waiting:
                teacher.stop()
                under_way = sum(future.running() for _, future in waiting)
                logger.warning("stopping: %d calls are under way; their answers are waited for and kept", under_way)
            pool.shutdown(wait=True, cancel_futures=True)

    def _batch(self, texts: Sequence[str]) -> list[Reply | Failure]:
        """The replies of a batch: kept ones from the cache, the others asked, paid and kept."""
        keys = [self._teacher.key(text) for text in texts]
        replies: dict[str, Reply | Failure] = {key: r for key in keys if (r := self._cache.get(key)) is not None}
        asked = {key: text for key, text in zip(keys, texts, strict=True) if key not in replies}
        reserved: list[int] = []
        try:
            for text in asked.values():
                size = self._teacher.prompt_size(text)
                self._budget.reserve(size)
                reserved.append(size)
            fresh = self._teacher.ask(list(asked.values())) if asked else []
            for key, reply in zip(asked, fresh, strict=True):
                replies[key] = reply
                if isinstance(reply, Reply):
                    self._cache.put(key, reply)
                self._budget.settle(reserved.pop(), reply if isinstance(reply, Reply) else None)
        finally:
            for size in reserved:
                self._budget.settle(size, None)
        return [replies[key] for key in keys]

    def _watch(self, reply: Reply | Failure) -> None:
        if isinstance(reply, Reply):
            self._answered += 1
            return
        self._unanswered += 1
        if not self._answered and self._unanswered >= _HOPELESS:
            raise TeacherError(f"the first {_HOPELESS} passages have no answer, the last: {reply.reason}")
