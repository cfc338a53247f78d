"""A teacher behind real HTTP on 127.0.0.1: it answers from a gazetteer in the prompt's format, or misbehaves."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GAZETTEER = {
    "Ada Brown": "person",
    "Carl Diaz": "person",
    "Tom Reyes": "PERSON",
    "Zoe Park": "Person",
    "Oslo": "city",
    "Lima": "city",
    "Quito": "City",
    "New Delhi": "city",
    "aspirin": "drug",
    "insulin": "drug",
}
# What can go wrong before an answer; each happens to a prompt once, then it is answered.
FAULTS = ("none", "429", "500", "timeout", "broken body", "no JSON")
# What goes wrong after an answer was made, and paid for: it never arrives.
LOST = "lost"
# What an answer can look like.
FORMS = ("plain", "prose", "fence", "json", "cut", "invented", "refusal")


def listed(passage: str) -> list[tuple[str, str]]:
    return [(mention, kind) for mention, kind in GAZETTEER.items() if mention in passage]


def written(pairs: list[tuple[str, str]], form: str) -> str:
    """The answer that lists mentions with their types, in one of the forms."""
    tuples = "[" + ", ".join(f'("{mention}", "{kind}")' for mention, kind in pairs) + "]"
    return {
        "plain": tuples,
        "prose": f"Sure! Here's the list (as you asked):\n\n{tuples}\n\nLet me know if there's more.",
        "fence": f"```python\n{tuples}\n```",
        "json": json.dumps([{"entity": m, "type": k} for m, k in pairs]),
        "cut": tuples[:-4] if pairs else tuples,
        "invented": tuples[:-1] + (", " if pairs else "") + '("Atlantis Rising", "city")]',
        "refusal": "I'm sorry, but I cannot help with that.",
    }[form]


class TeacherServer:
    """A context manager; `url` is what an endpoint teacher takes.

    Args:
        knows: what it finds in a passage.
        faults, forms: of `FAULTS` (or `LOST`) and `FORMS`; a prompt's own are drawn by its hash.
        idempotent: answer a repeated Idempotency-Key with what was made for it before, free of charge, as gateways
            that know the header do.
        on_request: called with the number of every request before it is answered.

    Attributes:
        requests: how many came. paid: passage -> whole answers made for it.
        bodies, headers: of the requests, in order.
    """

    def __init__(
        self,
        faults: tuple[str, ...] = ("none",),
        forms: tuple[str, ...] = ("plain",),
        on_request: Callable[[int], None] = lambda number: None,
        usage: dict | None = None,
        knows: Callable[[str], list[tuple[str, str]]] = listed,
        idempotent: bool = False,
    ) -> None:
        self.idempotent = idempotent
        self._made: dict[str, bytes] = {}  # Idempotency-Key -> answer
        self.knows = knows
        self.faults, self.forms, self.on_request, self.usage = faults, forms, on_request, usage
        self.requests = 0
        self.paid: Counter = Counter()
        self.bodies: list[dict] = []
        self.headers: list[dict] = []
        self._tried: Counter = Counter()
        self._lock = threading.Condition()
        self.closing = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                owner._handle(self)

            def log_message(self, *arguments) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> TeacherServer:
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def spec(self) -> str:
        return f"endpoint:{self.url}#gazetteer"

    def has_paid(self, count: int) -> bool:
        """Waits until whole answers were made for so many passages, or ten seconds."""
        with self._lock:
            return self._lock.wait_for(lambda: len(self.paid) >= count, 10)

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = json.loads(request.rfile.read(int(request.headers["content-length"])))
        passage = body["messages"][-1]["content"].partition("Passage: ")[2]
        with self._lock:
            self.requests += 1
            number = self.requests
            self.bodies.append(body)
            self.headers.append(dict(request.headers))
            self._tried[passage] += 1
            fault = self._drawn(passage, self.faults) if self._tried[passage] == 1 else "none"
        self.on_request(number)
        try:
            getattr(self, f"_{fault.replace(' ', '_')}")(request, passage)
        except (BrokenPipeError, ConnectionResetError):
            request.close_connection = True

    @staticmethod
    def _drawn(passage: str, choices: tuple[str, ...]) -> str:
        return choices[hashlib.sha256(f"{len(choices)}{passage}".encode()).digest()[0] % len(choices)]

    def _none(self, request: BaseHTTPRequestHandler, passage: str) -> None:
        self._send(request, 200, self._answer(request, passage))

    def _lost(self, request: BaseHTTPRequestHandler, passage: str) -> None:
        self._answer(request, passage)
        request.close_connection = True

    def _answer(self, request: BaseHTTPRequestHandler, passage: str) -> bytes:
        """What is sent for a passage; making it costs."""
        key = request.headers["Idempotency-Key"]
        with self._lock:
            if self.idempotent and key in self._made:
                return self._made[key]
            content = written(self.knows(passage), self._drawn(passage, self.forms))
            answer = {"choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}]}
            if self.usage:
                answer["usage"] = self.usage
            self.paid[passage] += 1
            self._lock.notify_all()
            self._made[key] = json.dumps(answer).encode()
            return self._made[key]

    def _429(self, request: BaseHTTPRequestHandler, passage: str) -> None:
        self._send(request, 429, b'{"error": {"message": "slow down"}}', {"Retry-After": "0.01"})

    def _500(self, request: BaseHTTPRequestHandler, passage: str) -> None:
        self._send(request, 500, b"oops")

    def _timeout(self, request: BaseHTTPRequestHandler, passage: str) -> None:
        self.closing.wait(5)
        request.close_connection = True

    def _broken_body(self, request: BaseHTTPRequestHandler, passage: str) -> None:
        self._send(request, 200, b'{"choices": [{"mess', length=500)
        request.close_connection = True

    def _no_JSON(self, request: BaseHTTPRequestHandler, passage: str) -> None:
        self._send(request, 200, b'{"choices": [{"message"')

    @staticmethod
    def _send(
        request: BaseHTTPRequestHandler,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        request.send_response(status)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body) if length is None else length))
        request.end_headers()
        request.wfile.write(body)
