"""What students that converse have in common: how they are asked, and what an answer's tokens say of its mentions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from hybrid_ner.conversations.answers import read_answer
from hybrid_ner.conversations.template import Question, Template
from hybrid_ner.students.windows import Mention


def asked_by(template: Template, views: Sequence[str]) -> Template:
    """The template, asking by name or definition where exactly one view says so."""
    return replace(template, asks=views[0]) if len(views) == 1 else template


def scored_mentions(
    tokens: Sequence[bytes], logprobs: Sequence[float], question: Question, template: Template
) -> list[Mention]:
    """What an answer names; a mention's score is the geometric mean of its tokens' probabilities, closing quote too."""
    text = b"".join(tokens).decode("utf-8", errors="replace")
    # Character offsets of the tokens' ends, as the same decoding sees them.
    ends, written = [], b""
    for token in tokens:
        written += token
        ends.append(len(written.decode("utf-8", errors="ignore")))
    found = []
    for named in read_answer(text, question.types, template.answers):
        spent = [
            logprob
            for logprob, start, end in zip(logprobs, [0, *ends], ends, strict=False)
            if start < named.end and end > named.start
        ]
        score = math.exp(sum(spent) / len(spent)) if spent else 0.0
        found.append(Mention(named.mention, named.type, round(min(1.0, score), 5)))
    return found
