"""The statistics of what a teacher gave: types by frequency in bands, types a passage, lengths of mentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybrid_ner.distill.files import read_records, write_json
from hybrid_ner.distill.manifest import Step, output_digest, run_step
from hybrid_ner.distill.teacher.label import ANSWERS
from hybrid_ner.distill.teacher.label import NAME as TEACH
from hybrid_ner.distill.typenames import TypeNames
from hybrid_ner.scoring import percent
from hybrid_ner.words import word_offsets

NAME, VERSION = "stats", 1
REPORT, PLOT = "stats.json", "stats.png"
# Zhou et al. (2023), table 1: the most frequent hundredth of the types, the rest of the first tenth, all others.
BANDS = (("top 1 %", 0.0, 0.01), ("1-10 %", 0.01, 0.1), ("10-100 %", 0.1, 1.0))
_EXAMPLES = 10
_LONGEST = 12  # words; what is longer is counted together


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts over the passages that were answered.

    Attributes:
        types: name -> mentions, most frequent first. types_a_passage, words_a_mention: number -> how often.
    """

    passages: int
    mentions: int
    types: Mapping[str, int]
    types_a_passage: Mapping[int, int]
    words_a_mention: Mapping[int, int]

    def bands(self) -> list[dict[str, Any]]:
        """The types in bands of their frequency, each with its share of the mentions in percent."""
        ranked, rows = list(self.types.items()), []
        for name, begin, end in BANDS:
            first, last = (_rank(len(ranked), share) for share in (begin, end))
            chosen = ranked[first:last]
            share = sum(count for _, count in chosen) / max(1, self.mentions)
            examples = [type_name for type_name, _ in chosen[:_EXAMPLES]]
            rows.append({"band": name, "types": len(chosen), "share": percent(share), "examples": examples})
        return rows

    def to_dict(self) -> dict[str, Any]:
        return {
            "passages": self.passages,
            "mentions": self.mentions,
            "types": len(self.types),
            "bands": self.bands(),
            "types_a_passage": _mean(self.types_a_passage),
            "words_a_mention": _mean(self.words_a_mention),
            "passages_by_types": {str(k): v for k, v in sorted(self.types_a_passage.items())},
            "mentions_by_words": {str(k): v for k, v in sorted(self.words_a_mention.items())},
            "type_counts": dict(self.types),
        }


def _rank(count: int, share: float) -> int:
    """The rank that ends a band: rounded up, so that the first band is never empty."""
    return -int(-count * share // 1)


def _mean(histogram: Mapping[int, int]) -> float:
    return round(sum(k * v for k, v in histogram.items()) / max(1, sum(histogram.values())), 2)


def statistics(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> Statistics:
    """Counts the answers of a teach step.

    Args:
        names: a type as the teacher wrote it -> its name.
    """
    types: Counter = Counter()
    a_passage: Counter = Counter()
    words: Counter = Counter()
    passages = 0
    for row in rows:
        passages += 1
        spans = [(e["start"], e["end"], names[e["type"]]) for e in row["entities"]]
        types.update(name for _, _, name in spans)
        a_passage[len({name for _, _, name in spans})] += 1
        words.update(min(_LONGEST, len(word_offsets(row["text"][start:end]))) for start, end, _ in spans)
    ranked = dict(sorted(types.items(), key=lambda item: (-item[1], item[0])))
    return Statistics(passages, sum(types.values()), ranked, a_passage, words)


def stats_step(answers: Path, output: Path, *, plot: bool = False) -> bool:
    """Writes `stats.json`, and `stats.png` if it is to be plotted, unless `output` holds them."""
    step = Step(NAME, VERSION, {"plot": plot}, {"answers": output_digest(answers, TEACH)})

    def make(folder: Path) -> list[str]:
        names = TypeNames.of(read_records(answers / ANSWERS)).names
        found = statistics(read_records(answers / ANSWERS), names)
        write_json(folder / REPORT, found.to_dict())
        if not plot:
            return [REPORT]
        from hybrid_ner.distill.plot import plot_statistics

        plot_statistics(found, folder / PLOT)
        return [REPORT, PLOT]

    return run_step(step, output, make)


def table(report: Mapping[str, Any]) -> str:
    """The report as text, in the form of the paper's table."""
    lines = [f"{report['passages']} passages, {report['mentions']} mentions, {report['types']} types"]
    lines += [f"{'types':10} {'share':>7} {'number':>7}  examples"]
    lines += [
        f"{row['band']:10} {row['share']:6.1f}% {row['types']:7}  {', '.join(row['examples'])}"
        for row in report["bands"]
    ]
    means = f"{report['types_a_passage']} types a passage, {report['words_a_mention']} words a mention"
    return "\n".join([*lines, means])
