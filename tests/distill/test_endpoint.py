"""A server is asked as the paper asks, again where that can help, and never where it cannot."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hybrid_ner.distill.teacher.endpoint import EndpointSettings, EndpointTeacher
from hybrid_ner.distill.teacher.prompts import load_template
from hybrid_ner.distill.teacher.protocol import FILTERED, Failure, Reply, TeacherError
from hybrid_ner.errors import MissingExtraError, UsageError
from tests.distill.server import FAULTS, LOST, TeacherServer

PASSAGE = "Ada Brown moved to Oslo."
ANSWER = '[("Ada Brown", "person"), ("Oslo", "city")]'
QUICK = {"timeout": 30, "backoff": 0.001, "longest_wait": 0.01, "tries": 3}


def teacher(server, template="uniner-type", **settings):
    url = server if isinstance(server, str) else server.url
    return EndpointTeacher(url, "gazetteer", load_template(template), EndpointSettings(**{**QUICK, **settings}))


def test_when_a_passage_is_asked_then_the_request_is_the_paper_s(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    assert teacher(server, options={"seed": 5}).ask([PASSAGE]) == [Reply(ANSWER, "stop", 69, 10)]
    assert server.bodies == [
        {
            "model": "gazetteer",
            "messages": [
                {"role": "system", "content": "You are a helpful information extraction system."},
                {
                    "role": "user",
                    "content": "Given a passage, your task is to extract all entities and identify their entity types. "
                    'The output should be in a list of tuples of the following format: [("entity 1", "type of entity '
                    f'1"), ... ].\n\nPassage: {PASSAGE}',
                },
            ],
            "temperature": 0.0,
            "max_tokens": 1024,
            "seed": 5,
        }
    ]
    assert server.headers[0]["Authorization"] == "Bearer sk-test"
    assert server.headers[0]["Idempotency-Key"] == teacher(server, options={"seed": 5}).key(PASSAGE)


def test_when_no_key_is_set_then_none_is_sent_and_it_is_never_part_of_the_identity(server, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    teacher(server).ask([PASSAGE])
    assert "Authorization" not in server.headers[0]
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    assert "sk-test" not in repr(teacher(server).identity)


def test_when_anything_that_decides_an_answer_changes_then_so_does_the_key(server):
    first = teacher(server)
    others = [
        teacher(server, temperature=0.5),
        teacher(server, max_tokens=7),
        teacher(server, template="type-definition"),
        teacher(server, options={"seed": 1}),
    ]
    keys = {t.key(PASSAGE) for t in (first, *others)} | {first.key("Other.")}
    assert len(keys) == 6
    assert teacher(server, timeout=9, concurrency=1).key(PASSAGE) == first.key(PASSAGE)


@pytest.mark.parametrize("fault", FAULTS[1:])
def test_when_a_call_goes_wrong_once_then_it_is_made_again_and_paid_once(fault):
    with TeacherServer(faults=(fault,)) as server:
        (reply,) = teacher(server, timeout=1 if fault == "timeout" else 30).ask([PASSAGE])
        assert (reply.text, server.requests, server.paid[PASSAGE]) == (ANSWER, 2, 1)


def test_when_an_answer_is_lost_on_the_way_then_a_server_that_knows_the_key_charges_once():
    with TeacherServer(faults=(LOST,), idempotent=True) as server:
        (reply,) = teacher(server).ask([PASSAGE])
        assert (reply.text, server.requests, server.paid[PASSAGE]) == (ANSWER, 2, 1)
    with TeacherServer(faults=(LOST,)) as server:
        (reply,) = teacher(server).ask([PASSAGE])
        assert (reply.text, server.requests, server.paid[PASSAGE]) == (ANSWER, 2, 2)


def test_when_the_server_counts_tokens_then_its_counts_are_taken():
    with TeacherServer(usage={"prompt_tokens": 31, "completion_tokens": 12, "total_tokens": 43}) as server:
        assert teacher(server).ask([PASSAGE]) == [Reply(ANSWER, "stop", 31, 12)]


def test_when_nobody_listens_then_the_passage_fails_after_all_tries():
    (failure,) = teacher("http://127.0.0.1:9/v1").ask([PASSAGE])
    assert isinstance(failure, Failure) and "ConnectError" in failure.reason


@pytest.fixture
def always():
    """Starts servers that always give one answer: always(status, body, headers) -> url, list of requests."""
    servers = []

    def start(status, body=b"{}", headers=None):
        requests = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                requests.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/v1", requests

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(("status", "why"), [(401, "key"), (403, "forbidden"), (404, "no such address or model")])
def test_when_no_call_can_go_well_then_the_first_one_ends_it(always, status, why):
    url, requests = always(status)
    with pytest.raises(TeacherError, match=f"{status}.*{why}.*gazetteer"):
        teacher(url).ask([PASSAGE])
    assert len(requests) == 1


def test_when_a_request_is_refused_as_bad_then_that_passage_fails_at_once(always):
    url, requests = always(400, b"context length exceeded")
    assert teacher(url).ask([PASSAGE]) == [Failure("HTTP 400: context length exceeded")]
    assert len(requests) == 1


def test_when_content_is_filtered_then_it_is_a_refusal(always):
    url, _ = always(400, b'{"error": {"code": "content_filter"}}')
    assert teacher(url).ask([PASSAGE]) == [Reply("", FILTERED)]
    url, _ = always(200, b'{"choices": [{"message": {"content": null, "refusal": "No."}}]}')
    assert teacher(url).ask([PASSAGE])[0].finish == FILTERED


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"choices": []}', b'{"choices": [{"message": {"content": 3}}]}', b"\xff"]
)
def test_when_an_answer_is_no_completion_then_all_tries_are_made(always, body):
    url, requests = always(200, body)
    (failure,) = teacher(url).ask([PASSAGE])
    assert "no chat completion" in failure.reason and len(requests) == 3


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_when_a_server_asks_for_too_much_patience_then_the_passage_fails_at_once(always, form):
    later = datetime.now(timezone.utc) + timedelta(hours=2)
    value = "7200" if form == "seconds" else format_datetime(later, usegmt=True)
    url, requests = always(429, headers={"Retry-After": value})
    (failure,) = teacher(url).ask([PASSAGE])
    assert "429, to be asked again in 7" in failure.reason and len(requests) == 1


def test_when_a_server_says_how_long_to_wait_then_so_long_is_waited(always, monkeypatch):
    url, requests = always(429, headers={"Retry-After": "33"})
    asking = teacher(url, tries=2)
    waits = []
    monkeypatch.setattr(asking._poster, "_stopped", Waits(waits))
    monkeypatch.setattr(asking._poster._pace, "_sleep", waits.append)
    asking.ask([PASSAGE])
    assert waits[0] == 33 and len(requests) == 2


class Waits:
    """An event that is never set and only notes what it is asked to wait."""

    def __init__(self, waits):
        self.wait = waits.append

    def is_set(self):
        return False


def test_when_no_time_is_said_then_waits_grow_with_chance_up_to_the_longest(always, monkeypatch):
    url, _ = always(503)
    asking = teacher(url, tries=6, backoff=1.0, longest_wait=8.0)
    waits = []
    monkeypatch.setattr(asking._poster, "_stopped", Waits(waits))
    asking.ask([PASSAGE])
    assert len(waits) == 5
    assert all(low <= wait <= low + 1 for low, wait in zip((1, 2, 4, 8, 8), waits, strict=True))


def test_when_it_is_stopped_then_waiting_ends_and_nothing_more_is_asked(always):
    url, requests = always(503)
    asking = teacher(url, tries=50, backoff=30.0, longest_wait=30.0)
    thread = threading.Timer(0.05, asking.stop)
    thread.start()
    (failure,) = asking.ask([PASSAGE])
    assert isinstance(failure, Failure) and len(requests) == 1
    assert isinstance(asking.ask([PASSAGE])[0], Failure) and len(requests) == 1


@pytest.mark.parametrize("package", ["httpx", "tenacity"])
def test_when_a_package_is_missing_then_the_extra_is_named(monkeypatch, package):
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"{package}.*hybrid-ner\[llm\]"):
        teacher("http://127.0.0.1:9/v1")


def test_when_settings_cannot_be_then_they_are_named():
    with pytest.raises(UsageError, match="tries is 0"):
        EndpointSettings(tries=0)


def test_templates_are_data_with_a_version_and_one_place_for_the_passage(tmp_path):
    for name in ("uniner-type", "uniner-definition", "type-definition"):
        template = load_template(name)
        assert (template.name, template.version) == (name, 1)
        assert template.messages("{passage} {x}")[1]["content"].endswith("Passage: {passage} {x}")
    own = tmp_path / "own.yaml"
    own.write_text("name: own\nversion: 2\nuser: 'List: {passage}'\n")
    assert load_template(str(own)).messages("A.") == [{"role": "user", "content": "List: A."}]


@pytest.mark.parametrize(
    ("content", "part"),
    [("user: x\nname: y\nversion: 1", "once"), ("name: y", "version"), ("[", "cannot read"), ("- a", "mapping")],
)
def test_when_a_template_file_is_bad_then_it_is_said(tmp_path, content, part):
    (tmp_path / "own.yaml").write_text(content)
    with pytest.raises(UsageError, match=part):
        load_template(str(tmp_path / "own.yaml"))
    with pytest.raises(UsageError, match="uniner-type"):
        load_template("unknown")
