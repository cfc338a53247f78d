"""Questions to a server as JSON over HTTP: at a pace, again where that may help, marked so that none is paid twice.

Every question carries the header Idempotency-Key, a hash of the question alone. It is the same after a restart and on
every machine, so a server or gateway that knows the header answers what it was asked before with what it said then.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from hybrid_ner.errors import HybridNERError, MissingExtraError
from hybrid_ner.hashing import digest_of_value

if TYPE_CHECKING:
    import httpx
    from tenacity import RetryCallState

logger = logging.getLogger(__name__)

_AGAIN = frozenset({408, 409, 425, 429})  # and all from 500 on
T = TypeVar("T")


@dataclass(frozen=True)
class Persistence:
    """How long a question is asked.

    Attributes:
        timeout: seconds for a call. tries: calls before a question is given up.
        backoff, longest_wait: seconds of the first wait between tries, doubled each time, and of the longest. A
            server's Retry-After goes before them. patience: the longest Retry-After that is waited for.
        concurrency: connections at a time. per_minute: most calls started a minute, 0 for no limit.
    """

    timeout: float = 120.0
    tries: int = 6
    backoff: float = 1.0
    longest_wait: float = 60.0
    patience: float = 900.0
    concurrency: int = 8
    per_minute: float = 0.0


class TryAgain(Exception):
    """A call that may go well the next time, after `seconds` where the server says so."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


class NoAnswerError(HybridNERError):
    """No answer after all tries, or none within the time that is waited for."""


class Poster:
    """Posts to one address. Safe for threads.

    Args:
        url: whole. key: sent as bearer token, if any. what: needs the packages, for the message where they are missing.

    Raises:
        MissingExtraError: httpx or tenacity is not installed.
    """

    def __init__(self, url: str, persistence: Persistence, *, key: str | None, what: str) -> None:
        try:
            import httpx  # noqa: F401 - missing here, not in the middle of a run
            import tenacity
        except ImportError as error:
            raise MissingExtraError(error.name or "httpx", "llm", what) from error
        self.url, self.persistence, self._key = url, persistence, key
        self._stopped = threading.Event()
        self._pace = Pace(persistence.per_minute, sleep=self._stopped.wait)
        growing = tenacity.wait_exponential(multiplier=persistence.backoff, max=persistence.longest_wait)
        self._wait_random = growing + tenacity.wait_random(0, persistence.backoff)

    def post(self, question: Mapping[str, Any], read: Callable[[httpx.Response], T]) -> T:
        """What `read` makes of the answer.

        Args:
            read: takes a response that is not worth asking for again by its status; raises `TryAgain` where its body
                is no answer.

        Raises:
            NoAnswerError: no answer.
        """
        import tenacity

        tries = tenacity.Retrying(
            stop=tenacity.stop_any(tenacity.stop_after_attempt(self.persistence.tries), self._is_stopped),
            wait=self._wait,
            retry=tenacity.retry_if_exception_type(TryAgain),
            before_sleep=_say,
            sleep=self._stopped.wait,
            reraise=True,
        )
        try:
            return tries(self._call, question, read)
        except TryAgain as error:
            raise NoAnswerError(str(error)) from error

    def stop(self) -> None:
        """From now on nothing is asked, and nothing waited for but answers that are under way."""
        self._stopped.set()

    @cached_property
    def _client(self) -> httpx.Client:
        """Made at the first question: it reads all certificates of the machine."""
        import httpx

        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        limits = httpx.Limits(max_connections=self.persistence.concurrency)
        return httpx.Client(headers=headers, timeout=self.persistence.timeout, limits=limits)

    def _is_stopped(self, _: RetryCallState) -> bool:
        return self._stopped.is_set()

    def _wait(self, state: RetryCallState) -> float:
        """Seconds before the next try: what the server asks for, else exponential with jitter."""
        error = state.outcome.exception() if state.outcome else None
        asked = getattr(error, "seconds", None)
        return self._wait_random(state) if asked is None else asked

    def _call(self, question: Mapping[str, Any], read: Callable[[httpx.Response], T]) -> T:
        import httpx

        self._pace.wait()
        if self._stopped.is_set():
            raise NoAnswerError("stopped before it was asked")
        try:
            headers = {"Idempotency-Key": digest_of_value(question)}
            response = self._client.post(self.url, json=question, headers=headers)
        except httpx.TransportError as error:  # timeouts, refused and broken connections, bodies that end too early
            raise TryAgain(f"{type(error).__name__}: {error}") from error
        if response.status_code in _AGAIN or response.status_code >= 500:
            seconds = _retry_after(response)
            if seconds is not None and seconds > self.persistence.patience:
                raise NoAnswerError(f"HTTP {response.status_code}, to be asked again in {seconds:.0f} s")
            self._pace.hold(seconds or 0.0)
            raise TryAgain(f"HTTP {response.status_code}", seconds)
        return read(response)


class Pace:
    """Starts of calls, spread evenly: at most `per_minute`, and none before a server's Retry-After is over.

    Args:
        per_minute: 0 for no limit. clock, sleep: of seconds; for tests.
    """

    def __init__(
        self,
        per_minute: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._interval = 60 / per_minute if per_minute else 0.0
        self._clock, self._sleep = clock, sleep
        self._next = float("-inf")
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Returns when the calling thread's turn has come."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._interval
        if turn > now:
            self._sleep(turn - now)

    def hold(self, seconds: float) -> None:
        """No call is to start for so long."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)


def _say(state: RetryCallState) -> None:
    problem = state.outcome.exception() if state.outcome else None
    logger.debug("no answer (%s); trying again in %.1f s", problem, state.upcoming_sleep)


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds of the header Retry-After, a number or a date (RFC 9110, section 10.2.3)."""
    value = response.headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    from datetime import datetime, timezone

    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
