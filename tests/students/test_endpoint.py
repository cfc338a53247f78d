"""A student behind a local server: the same conversations, faults and all."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hybrid_ner import HybridNER
from hybrid_ner.errors import ModelError
from hybrid_ner.schema import TypeSet
from hybrid_ner.students.endpoint import EndpointStudent
from hybrid_ner.students.registry import load_student

PERSONS = re.compile(r"\b(?:Ada|Bob|Eve)\b")


class Handler(BaseHTTPRequestHandler):
    """Knows three persons and no other type. Keeps requests; hands out the faults it was given first."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.requests.append((self.path, dict(self.headers), body))
            fault = self.server.faults.pop(0) if self.server.faults else None
        if fault == "hang up":
            return self.connection.close()
        if fault is not None:
            return self.send(*fault)
        chat = self.path.endswith("chat/completions")
        prompt = " ".join(m["content"] for m in body["messages"]) if chat else body["prompt"]
        asked = prompt.partition("What describes ")[2]
        text = prompt.partition("Text: ")[2].partition("What describes")[0]
        found = list(dict.fromkeys(PERSONS.findall(text))) if asked.startswith("person") else []
        answer = self.server.dress(json.dumps(found))
        choice = {"message": {"content": answer}} if chat else {"text": answer}
        if self.server.logprobs and body.get("logprobs"):
            choice["logprobs"] = self.logprobs(answer, chat)
        return self.send(200, {"choices": [choice]})

    def logprobs(self, answer, chat):
        tokens = re.findall(r"\w+|\W", answer)
        if chat:
            return {"content": [{"token": t, "bytes": list(t.encode()), "logprob": -0.5} for t in tokens]}
        return {"tokens": tokens, "token_logprobs": [-0.5] * len(tokens)}

    def send(self, status, body, **headers):
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.lock, made.requests, made.faults = threading.Lock(), [], []
    made.dress, made.logprobs = (lambda answer: answer), True
    made.url = f"http://127.0.0.1:{made.server_port}/v1"
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def student(server, **options):
    return EndpointStudent(server.url, "m", retries=4, backoff=0.001, **options)


def found(made, *texts, types=("person", "city")):
    return [
        [(text[p.start : p.end], p.type) for p in proposals]
        for text, proposals in zip(texts, made.propose(texts, TypeSet.of(types)), strict=True)
    ]


def test_every_type_is_asked_in_a_conversation_and_answers_become_spans(server):
    ner = HybridNER.load(f"endpoint:{server.url}#some/model", rules=())
    document = ner.extract("Ada met Bob. Ada left.", ["person", "city"])
    assert [(e.text, e.start, e.type) for e in document.entities] == [
        ("Ada", 0, "person"), ("Bob", 8, "person"), ("Ada", 13, "person"),
    ]  # fmt: skip
    assert len(server.requests) == 2
    path, _, body = next(r for r in server.requests if "person" in r[2]["messages"][-1]["content"])
    assert path == "/v1/chat/completions"
    assert (body["model"], body["temperature"]) == ("some/model", 0)
    assert [m["role"] for m in body["messages"]] == ["system", "user", "assistant", "user"]
    assert body["messages"][1]["content"] == "Text: Ada met Bob. Ada left."


def test_completions_send_universalners_very_string(server):
    made = load_student(f"endpoint:{server.url}#m?api=completions")
    assert found(made, "Ada slept.", types=("person",)) == [[("Ada", "person")]]
    assert server.requests[0][0] == "/v1/completions"
    assert server.requests[0][2]["stop"] == ["</s>"]
    assert server.requests[0][2]["prompt"] == (
        "A virtual assistant answers questions from a user based on the provided text. USER: Text: Ada slept. "
        "ASSISTANT: I've read this text.</s>USER: What describes person in the text? ASSISTANT:"
    )


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_scores_are_probabilities_where_the_server_gives_them(server, api):
    (proposals,) = student(server, api=api).propose(["Ada"], TypeSet.of(["person"]))
    assert proposals[0].score == pytest.approx(0.60653, abs=1e-5)
    server.logprobs = False
    (proposals,) = student(server, api=api).propose(["Ada"], TypeSet.of(["person"]))
    assert proposals[0].score == 1.0


def test_faults_that_pass_are_waited_out(server):
    server.faults = [(429, "slow down"), "hang up", (500, "oops"), (200, "no json")]
    assert found(student(server, threads=1), "Ada", types=("person",)) == [[("Ada", "person")]]
    assert len(server.requests) == 5


def test_a_server_that_refuses_log_probabilities_is_asked_without(server):
    server.faults = [(400, "logprobs unsupported")]
    found_in = found(student(server, threads=1), "Ada", "Bob", types=("person",))
    assert found_in == [[("Ada", "person")], [("Bob", "person")]]
    assert ["logprobs" in body for _, _, body in server.requests] == [True, False, False]


@pytest.mark.parametrize(
    ("dress", "persons"),
    [(lambda a: f"Sure:\n```json\n{a}\n```", ["Ada", "Bob"]), (lambda a: a[:9], ["Ada"]), (lambda a: "None.", [])],
)
def test_answers_in_prose_or_cut_off_are_read_for_what_they_hold(server, dress, persons):
    server.dress = dress
    assert [m for m, _ in found(student(server), "Ada, Bob", types=("person",))[0]] == persons


def test_no_question_is_paid_for_twice(server):
    made = student(server)
    texts = ["Ada"] * 8
    assert found(made, *texts) == found(made, *texts)
    assert len(server.requests) == 2, "one a type, though eight of each were asked at the same time"


def test_a_long_document_is_read_in_windows_and_whole(server):
    names = ["Ada", "Bob", "Eve"] * 40
    text = " ".join(f"{name} went home early on day {day}." for day, name in enumerate(names))
    made = student(server, passage_tokens=60)
    assert [m for m, _ in found(made, text, types=("person",))[0]] == names
    assert len(server.requests) > 5


def test_a_document_whose_answer_never_comes_fails_alone(server):
    from hybrid_ner.batch import Job, extract_batch
    from hybrid_ner.schema import Document

    made = student(server, threads=1)
    ner = HybridNER(made, HybridNER.load(rules=()).rules)
    found(made, "Ada", types=("person",))
    server.faults = [(500, "x")] * 1000
    job = Job(TypeSet.of(["person"]))
    results = extract_batch(ner, job, [Document("Ada"), Document("Bob")])
    assert [e.text for e in results[0].entities] == ["Ada"]
    assert "gave no answer in 5 tries; the last: HTTP 500" in results[1].error


def test_a_refusal_and_a_strange_answer_say_what_to_check(server):
    server.faults = [(401, "who are you?")]
    with pytest.raises(ModelError, match=r"status 401.*the key"):
        found(student(server, threads=1), "Ada", types=("person",))
    server.faults = [(200, {"hello": "world"})]
    with pytest.raises(ModelError, match="OpenAI-compatible"):
        found(student(server, threads=1), "Ada", types=("person",))


def test_the_key_comes_from_its_own_variable_and_is_sent_as_a_bearer_token(server, monkeypatch):
    monkeypatch.setenv("HYBRID_NER_API_KEY", "k1")
    found(student(server), "Ada", types=("person",))
    monkeypatch.delenv("HYBRID_NER_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY", "k2")
    found(student(server), "Ada", types=("person",))
    assert [headers.get("Authorization") for _, headers, _ in server.requests] == ["Bearer k1", None]


def test_when_nobody_listens_then_it_says_so():
    made = EndpointStudent("http://127.0.0.1:9", "m", retries=0)
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:9/chat/completions gave no answer in 1 tries"):
        found(made, "Ada", types=("person",))
