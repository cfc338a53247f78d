"""HybridNER: a document and some types in, entities and the reasons for them out. Five stages, one direction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid_ner import borrowing
from hybrid_ner.borrowing import NO_LOANS, Lender, Loan, say_what_was_lent
from hybrid_ner.consolidate import OVERLAP_POLICIES, consolidate, repeat_mentions
from hybrid_ner.definitions.contrast import Contrast, Contrasts
from hybrid_ner.definitions.judge import DEFAULT_MARGIN, DEFAULT_POLICY, check_close_calls, contenders, judge
from hybrid_ner.errors import InputError, UsageError
from hybrid_ner.formats.text import is_valid_unicode
from hybrid_ner.hierarchy import ancestors
from hybrid_ner.schema import Decision, Document, Entity, Proposal, TypeSet, TypesLike
from hybrid_ner.thresholds import apply_thresholds, bars_of, say_why_kept

if TYPE_CHECKING:
    from hybrid_ner.rules import RuleEngine
    from hybrid_ner.students import Student

DEFAULT_RULES = ("default",)


@dataclass(frozen=True)
class HybridNER:
    """A student with an index of definitions and a rule layer around it; made by `load`.

    Attributes:
        student: proposes spans with scores.
        rules: propose, trim, reject, relabel, re-score.
        use_index: types that claim one span are decided between before the rules see them.
        repeat: a mention found once is looked for everywhere in its document.
        contrasts: the index's second look at close types; None for students that have no type vectors.
        lender: lends definitions of the type library to types that have none.
        close_calls: what becomes of types whose claims are within `margin` of the best one: "best" takes the best all
            the same, "both" keeps them (with overlap "all", where a span may have several types), "abstain" keeps none.
        margin: a lead in score, or in share between types that were looked at again, in [0, 1].
    """

    student: Student
    rules: RuleEngine
    use_index: bool = True
    repeat: bool = True
    contrasts: Contrasts | None = None
    lender: Lender = NO_LOANS
    close_calls: str = DEFAULT_POLICY
    margin: float = DEFAULT_MARGIN

    @classmethod
    def load(
        cls,
        student: str | Path | None = None,
        *,
        device: str = "cpu",
        rules: Sequence[str | Path] | None = None,
        use_index: bool = True,
        repeat: bool = True,
        index_encoder: str | None = None,
        borrow: str = borrowing.DEFAULT,
        close_calls: str = DEFAULT_POLICY,
        margin: float = DEFAULT_MARGIN,
        **student_options: Any,
    ) -> HybridNER:
        """Loads a student and rule packs; nothing is fetched from a network, except for a student that is there.

        Args:
            student: an embedded student's name, a folder, a hub name, "endpoint:URL#MODEL" or "gliner:NAME", as
                `students.registry.load_student` takes them; None for the default one.
            device: "cpu", or "cuda" where the student's library has it.
            rules: packs by name or path; None for the default pack, () for none.
            use_index: let the definition index decide between types that claim one span.
            repeat: find the mentions of a document everywhere in it.
            index_encoder: a sentence-transformers model, by name or folder, that embeds mentions and definitions for
                the second look at close types; None for the student's own.
            borrow: whose definition of the type library a type without one takes: "no", "name" (of the library type
                with its name or alias) or "nearest" (else of the one whose name is nearest, if near enough).
            close_calls, margin: what becomes of types that come too close to call, as the attributes say.
            student_options: of the student's kind: `threads` and `views` are known to all, `combine` to embedded ones.

        Raises:
            ModelError: no such student, or no such device.
            MissingExtraError: what the student needs is not installed.
            UsageError: an unknown value of `borrow`, `close_calls`, `margin` or of a student's option.
            RulePackError: a pack that cannot be loaded.
        """
        from hybrid_ner.rules import load_packs
        from hybrid_ner.students.registry import load_student

        packs = load_packs(DEFAULT_RULES if rules is None else rules)
        Lender(borrow)  # an unknown value is refused before anything is loaded
        check_close_calls(close_calls, margin)
        loaded = load_student(student, device=device, **student_options)
        contrasts = Contrasts.around(loaded, index_encoder)
        lender = Lender(borrow, getattr(loaded, "type_encoder", None))
        return cls(loaded, packs, use_index, repeat, contrasts, lender, close_calls, margin)

    def loans(self, types: TypesLike) -> tuple[Loan, ...]:
        """What the type library would lend to these types."""
        return self.lender.lend(TypeSet.of(types))[1]

    def extract(
        self,
        text: str,
        types: TypesLike,
        *,
        threshold: float | None = None,
        overlap: str = "flat",
        explain: bool = False,
    ) -> Document:
        """The entities of one text. Arguments as `extract_many`.

        Raises:
            TypeError: the text is no string.
            InputError: it is not valid Unicode.
            TypesError, UsageError: as `extract_many`.
        """
        if not isinstance(text, str):
            raise TypeError(f"text must be a string, got {type(text).__name__}")
        options = {"threshold": threshold, "overlap": overlap, "explain": explain}
        document = next(self.extract_many([text], types, **options))
        if document.error is not None:
            raise InputError(document.error)
        return document

    def extract_many(
        self,
        texts: Iterable[str | Document],
        types: TypesLike,
        *,
        batch_size: int = 32,
        threshold: float | None = None,
        overlap: str = "flat",
        explain: bool = False,
    ) -> Iterator[Document]:
        """The entities of many texts: lazy, in order, holding one batch at a time.

        Args:
            texts: strings, or documents whose id and extra fields are kept. A document that has an `error` comes
                back as it is; a text that is no string or not valid Unicode comes back with its `error` set.
            types: names, `EntityType`s, a mapping name -> definition, or a `TypeSet`.
            batch_size: texts taken at a time; changes no result.
            threshold: score in [0, 1] from which entities are kept; None for the student's. A type's own
                threshold goes before it, and so does one that a rule pack has for the type.
            overlap: "flat" (none), "nested" (one inside another), or "all".
            explain: fill `Document.decisions` with every candidate, kept and dropped, and why.

        Raises:
            TypesError: an unusable type list.
            UsageError: an unknown overlap policy, a threshold outside [0, 1] or a batch size below 1.
            TypeError: one text instead of several.
        """
        if isinstance(texts, (str, Document)):
            raise TypeError("texts must be several: a list or another iterable; use extract() for one text")
        types = _first_equal(self.rules.with_thresholds(TypeSet.of(types)))
        ancestors(types)  # refuses is_a that names nothing or goes in a circle
        threshold = self.student.threshold if threshold is None else threshold
        _check(threshold, overlap, batch_size)
        types, loans = self.lender.lend(types)
        types = _first_equal(self.adapted(types))
        return self._batches(iter(texts), types, batch_size, threshold, overlap, loans if explain else None)

    def adapted(self, types: TypeSet) -> TypeSet:
        """The types as the student is to be asked them: with what the rule packs have learned of them."""
        return self.rules.adapted(types, getattr(self.student, "fingerprint", None))

    def _batches(
        self,
        texts: Iterator[str | Document],
        types: TypeSet,
        batch_size: int,
        threshold: float,
        overlap: str,
        loans: Sequence[Loan] | None,
    ) -> Iterator[Document]:
        """`loans` are None where no decisions are to be shown."""
        while batch := [_document(text) for text in islice(texts, batch_size)]:
            readable = [document.text for document in batch if document.error is None]
            proposals = self.student.propose(readable, types)
            if loans is None and self._is_decided_at_once(types, overlap):
                bars, contrast = bars_of(types, threshold), self._contrast(types)
                window = contrast.config.window if contrast else None
                proposals = (contenders(found, bars, window) for found in proposals)
            for document in batch:
                if document.error is None:
                    decisions = self.decide(document.text, next(proposals), types, threshold, overlap)
                    shown: Sequence[Decision] = ()
                    if loans is not None:
                        shown = say_what_was_lent(say_why_kept(decisions, types, threshold), loans)
                    document = _finished(document, decisions, shown)
                yield document

    def _contrast(self, types: TypeSet) -> Contrast | None:
        """The second look at `types`, where there is one."""
        return self.contrasts.of(types) if self.contrasts else None

    def _is_decided_at_once(self, types: TypeSet, overlap: str) -> bool:
        """Whether the index decides first of all, for one type a span: then what it drops matters to no later stage."""
        one_each = self.use_index and overlap != "all" and self.close_calls == DEFAULT_POLICY
        return one_each and not self.rules.moves_claims(types)

    def decide(
        self, text: str, proposals: Iterable[Proposal], types: TypeSet, threshold: float, overlap: str
    ) -> list[Decision]:
        """What becomes of a document's proposals: index, rules, thresholds, consolidation, repeats."""
        decisions = [Decision.of(proposal) for proposal in proposals]
        decisions = self.rules.claim(text, decisions, types)
        return self.settle(text, decisions, types, threshold, overlap)

    def settle(
        self, text: str, decisions: Iterable[Decision], types: TypeSet, threshold: float, overlap: str
    ) -> list[Decision]:
        """What becomes of a document's claims, once `weigh` rules have moved them."""
        # Where a span may have several types there is nothing to decide, unless only close ones are to stay.
        if self.use_index and (overlap != "all" or self.close_calls != DEFAULT_POLICY):
            decisions = judge(
                decisions,
                types,
                text=text,
                contrast=self._contrast(types),
                margin=self.margin,
                policy=self.close_calls,
                threshold=threshold,
            )
        decisions = self.rules.apply(text, decisions, types)
        decisions = apply_thresholds(decisions, types, threshold)
        decisions = consolidate(decisions, overlap)
        if self.repeat:
            decisions = repeat_mentions(text, decisions, types, minimum=threshold)
        return decisions


@lru_cache(maxsize=64)
def _first_equal(types: TypeSet) -> TypeSet:
    """The equal type set that was seen first: caches then find it by identity, not by comparing hundreds of types."""
    return types


def _check(threshold: float, overlap: str, batch_size: int) -> None:
    if not isinstance(threshold, (int, float)) or not 0 <= threshold <= 1:
        raise UsageError(f"threshold is {threshold!r}; accepted: a number from 0 to 1")
    if overlap not in OVERLAP_POLICIES:
        raise UsageError(f"unknown overlap policy {overlap!r}; accepted: {', '.join(OVERLAP_POLICIES)}")
    if not isinstance(batch_size, int) or batch_size < 1:
        raise UsageError(f"batch_size is {batch_size!r}; accepted: a whole number from 1 on")


def _document(text: str | Document) -> Document:
    document = text if isinstance(text, Document) else Document(text)
    if document.error is None and not isinstance(document.text, str):
        error = f"text must be a string, got {type(document.text).__name__}"
        return replace(document, text="", error=error)
    if document.error is None and not is_valid_unicode(document.text):
        return replace(document, text="", error=r"the text holds half of a surrogate pair (\ud800 to \udfff)")
    return document


def _finished(document: Document, decisions: Sequence[Decision], shown: Sequence[Decision]) -> Document:
    text = document.text
    entities = sorted(
        (Entity(d.start, d.end, text[d.start : d.end], d.type, round(d.score, 4)) for d in decisions if d.kept),
        key=lambda e: (e.start, -e.end, e.type),
    )
    in_order = sorted(shown, key=lambda d: (d.start, -d.end, not d.kept, -d.score, d.type))
    return replace(document, entities=tuple(entities), decisions=tuple(in_order))
