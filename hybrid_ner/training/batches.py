"""Questions -> tensors: batches of similar length under a token budget, the same again from the same seed."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from hybrid_ner.errors import UsageError
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.kinds import Kinds
from hybrid_ner.training.pairs import PairSampler
from hybrid_ner.training.sampling import Question, QuestionSampler, TypeKey, TypeTexts
from hybrid_ner.words import EncodedText, WordEncoder

_POOL = 768  # rows that batches are made of together, where a step has _USUAL sub-tokens or fewer
_USUAL = 3072


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's tensors.

    Attributes:
        ids, mask, shapes: [B, L]; first, last: [B, W] sub-tokens of each word, -1 where padded.
        spans: [G, 3] gold spans (row, first word, words beyond it), each once.
        labels: [G, U] whether gold span g is of shown type u.
        shown: [U] text numbers of the types shown in this batch; names: [U] text numbers of their bare names.
        asked: [B, U] whether type u is asked of row b's marked spans; absent: [B, U] whether also of its unmarked ones.
        unknown: [G, U] whether nobody can tell if gold span g is of type u.
        kinds: [U, U] whether type u is a kind of type v.
        partial: [B] rows in which an unmarked span says nothing.
        doubtful: [B, W] words of which nobody knows what they are: an unmarked span with one of them says nothing.
    """

    ids: Tensor
    mask: Tensor
    shapes: Tensor
    first: Tensor
    last: Tensor
    spans: Tensor
    labels: Tensor
    shown: Tensor
    names: Tensor
    asked: Tensor
    absent: Tensor
    unknown: Tensor
    kinds: Tensor
    partial: Tensor
    doubtful: Tensor

    def to(self, device: str) -> Batch:
        """The same batch with its tensors on `device`."""
        return Batch(*(getattr(self, field.name).to(device) for field in fields(self)))


@dataclass(frozen=True, slots=True)
class _Prepared:
    question: Question
    encoded: EncodedText
    words: int
    spans: dict[tuple[int, int], set[TypeKey]]
    ruled_out: dict[tuple[int, int], set[TypeKey]]


class BatchStream:
    """An endless, seeded stream of batches that can be entered at any pool.

    Args:
        max_width: longest span in words; longer gold mentions cannot be represented and are left out.
        kinds: the hierarchy of type names. pairs: where rows of mentions alone are drawn from.
    """

    def __init__(
        self,
        sampler: QuestionSampler,
        texts: TypeTexts,
        encoder: WordEncoder,
        config: TrainConfig,
        max_width: int,
        kinds: Kinds | None = None,
        pairs: PairSampler | None = None,
    ) -> None:
        self.sampler, self.texts, self.encoder, self.config = sampler, texts, encoder, config
        self.max_width, self.pairs = max_width, pairs
        # Hierarchy over the names' texts: [names, names], and the place of each text in it.
        numbers = sorted({texts.name(key) for key in texts.views})
        self._place = np.zeros(len(texts.texts), dtype=int)
        self._place[numbers] = np.arange(len(numbers))
        self._kinds = (kinds or Kinds(())).matrix([texts.texts[number] for number in numbers])

    def pool(self, number: int) -> Iterator[Batch]:
        """The batches of pool `number`: rows of similar length together, in shuffled order."""
        rng = random.Random(f"{self.config.seed}/{number}")
        nrng = np.random.default_rng([self.config.seed, number])
        size = max(_POOL, _POOL * self.config.token_budget // _USUAL)
        questions = [self.sampler.draw(rng, nrng) for _ in range(size)]
        if self.pairs:
            count = round(self.config.pairs * size)
            questions += [self.pairs.draw(rng, self.config.view_weights) for _ in range(count)]
        rows = [self._prepare(question) for question in questions]
        rows = sorted((row for row in rows if row.words), key=lambda row: row.encoded.bounds[row.words])
        if not rows:
            raise UsageError("the corpora hold no words to train on")
        groups: list[list[_Prepared]] = [[]]
        for row in rows:
            length = row.encoded.bounds[row.words] + 2
            if groups[-1] and (len(groups[-1]) + 1) * length > self.config.token_budget:
                groups.append([])
            groups[-1].append(row)
        rng.shuffle(groups)
        return map(self._collate, groups)

    def _prepare(self, question: Question) -> _Prepared:
        encoded = self.encoder.encode(question.text)
        words = min(len(encoded.offsets), bisect_right(encoded.bounds, self.config.max_tokens) - 1)
        starts = {start: i for i, (start, _) in enumerate(encoded.offsets[:words])}
        ends = {end: i for i, (_, end) in enumerate(encoded.offsets[:words])}
        own = question.asked[0].key[0] if question.asked else -1
        labelled = [(start, end, (own, label), True) for start, end, label in question.gold]
        labelled += [(known.start, known.end, known.key, known.right) for known in question.known]
        spans: dict[tuple[int, int], set[TypeKey]] = {}
        ruled_out: dict[tuple[int, int], set[TypeKey]] = {}
        for start, end, key, right in labelled:
            i, j = starts.get(start), ends.get(end)
            if i is not None and j is not None and 0 <= j - i < self.max_width:
                (spans if right else ruled_out).setdefault((i, j - i), set()).add(key)
        return _Prepared(question, encoded, words, spans, ruled_out)

    def _collate(self, rows: list[_Prepared]) -> Batch:
        words = max(row.words for row in rows)
        length = max(row.encoded.bounds[row.words] for row in rows) + 2
        ids, mask, shapes = (np.zeros((len(rows), length), dtype=np.int64) for _ in range(3))
        first, last = (np.full((len(rows), words), -1, dtype=np.int64) for _ in range(2))
        columns: dict[tuple[int, int, str], int] = {}  # (text, source, label) -> column
        for row in rows:
            for asked in row.question.asked:
                columns.setdefault((asked.text, *asked.key), len(columns))
        doubts = np.zeros((len(rows), words), dtype=bool)
        names = np.array([self.texts.name(key[1:]) for key in columns], dtype=np.int64)
        place = self._place[names]
        kinds = self._kinds[np.ix_(place, place)]
        asked_of, absent_of = (np.zeros((len(rows), len(columns)), dtype=bool) for _ in range(2))
        spans = [(b, *span) for b, row in enumerate(rows) for span in row.spans]
        labels, unknown = (np.zeros((len(spans), len(columns)), dtype=bool) for _ in range(2))
        g = 0
        for b, row in enumerate(rows):
            count = row.encoded.bounds[row.words]
            ids[b, : count + 2] = [self.encoder.start_id, *row.encoded.ids[:count], self.encoder.end_id]
            shapes[b, 1 : count + 1] = row.encoded.shapes[:count]
            mask[b, : count + 2] = 1
            for start, end in row.question.doubtful:
                places = enumerate(row.encoded.offsets[: row.words])
                doubts[b, [i for i, (first_in, end_of) in places if first_in < end and start < end_of]] = True
            bounds = np.array(row.encoded.bounds[: row.words + 1]) + 1
            first[b, : row.words], last[b, : row.words] = bounds[:-1], bounds[1:] - 1
            column_of = {asked.key: columns[(asked.text, *asked.key)] for asked in row.question.asked}
            asked_of[b, list(column_of.values())] = True
            absent_of[b, [column_of[asked.key] for asked in row.question.asked if asked.everywhere]] = True
            doubtful = [(asked.key, column_of[asked.key]) for asked in row.question.asked if not asked.everywhere]
            for span, keys in row.spans.items():
                own = [column_of[key] for key in keys]
                labels[g, own] = True
                settled = keys | row.ruled_out.get(span, set())
                for key, column in doubtful:  # of some person nobody says whether it is a politician
                    unknown[g, column] = key not in settled and kinds[column, own].any()
                g += 1
        tensor = torch.from_numpy
        return Batch(
            tensor(ids),
            tensor(mask),
            tensor(shapes),
            tensor(first),
            tensor(last),
            torch.tensor(spans, dtype=torch.long).reshape(-1, 3),
            tensor(labels),
            torch.tensor([key[0] for key in columns], dtype=torch.long),
            tensor(names),
            tensor(asked_of),
            tensor(absent_of),
            tensor(unknown),
            tensor(kinds),
            torch.tensor([row.question.partial for row in rows]),
            tensor(doubts),
        )
