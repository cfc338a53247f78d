"""How much may be asked: a budget of calls, tokens and money."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from hybrid_ner.distill.settings import at_least
from hybrid_ner.distill.teacher.protocol import Reply, TeacherError


@dataclass(frozen=True)
class BudgetSettings:
    """Limits for all the answers of a step together, earlier runs included; None is no limit.

    Attributes:
        calls: answered calls; tokens: of prompts and answers; cost: in the currency of the prices.
        prompt_price, answer_price: of a million tokens.
    """

    calls: int | None = None
    tokens: int | None = None
    cost: float | None = None
    prompt_price: float = 0.0
    answer_price: float = 0.0

    def __post_init__(self) -> None:
        at_least(self, 0, "calls", "tokens", "cost", "prompt_price", "answer_price")


class Budget:
    """Counts what answers cost. A call is allowed only if it fits beside those that are under way.

    Args:
        settings: the limits.
        answer_tokens: the most an answer may have, reserved while it is awaited.
    """

    def __init__(self, settings: BudgetSettings, answer_tokens: int = 0) -> None:
        self.settings = settings
        self.calls = self.prompt_tokens = self.answer_tokens = 0
        self._most = answer_tokens
        self._reserved = [0, 0]  # calls, bytes of their prompts
        self._lock = threading.Lock()

    @property
    def cost(self) -> float:
        s = self.settings
        return (self.prompt_tokens * s.prompt_price + self.answer_tokens * s.answer_price) / 1e6

    def reserve(self, prompt: int) -> None:
        """Sets aside what a call with a prompt of so many bytes may cost (a token is at least one of them).

        Raises:
            TeacherError: it does not fit.
        """
        s = self.settings
        with self._lock:
            calls, size = self._reserved[0] + 1, self._reserved[1] + prompt
            ahead = (size, calls * self._most)
            cost = self.cost + (ahead[0] * s.prompt_price + ahead[1] * s.answer_price) / 1e6
            tokens = self.prompt_tokens + self.answer_tokens + sum(ahead)
            for name, used, limit in (
                ("calls", self.calls + calls, s.calls),
                ("tokens", tokens, s.tokens),
                ("cost", cost, s.cost),
            ):
                if limit is not None and used > limit:
                    raise TeacherError(
                        f"the budget of {name} ({limit:g}) does not allow the next call: {self.calls} answered, "
                        f"{self.prompt_tokens} + {self.answer_tokens} tokens, cost {self.cost:.4f}; what was answered "
                        "is kept; raise the budget and run again"
                    )
            self._reserved = [calls, size]

    def settle(self, prompt: int, reply: Reply | None) -> None:
        """Ends a reservation: with an answer it is counted, without one it is given back."""
        with self._lock:
            self._reserved = [self._reserved[0] - 1, self._reserved[1] - prompt]
        if reply is not None:
            self.count(reply)

    def count(self, reply: Reply) -> None:
        """Counts an answer that was paid before."""
        with self._lock:
            self.calls += 1
            self.prompt_tokens += reply.prompt_tokens
            self.answer_tokens += reply.answer_tokens
