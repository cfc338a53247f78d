"""The teach step: every passage once, paid once, in order; and a report of what the answers were worth."""

from __future__ import annotations

import pytest

from hybrid_ner.distill.corpus.build import PASSAGES, CorpusSettings, corpus_step
from hybrid_ner.distill.files import read_json, read_records
from hybrid_ner.distill.teacher.budget import Budget, BudgetSettings
from hybrid_ner.distill.teacher.cache import AnswerCache
from hybrid_ner.distill.teacher.label import ANSWERS, REPORT, IncompleteError, LabelSettings, teach_step
from hybrid_ner.distill.teacher.make import TeacherSettings, make_teacher
from hybrid_ner.distill.teacher.protocol import Failure, Reply, TeacherError
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import TypeSet
from tests.distill import made
from tests.distill.server import FAULTS, FORMS, TeacherServer, listed


@pytest.fixture(scope="module")
def corpus(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("corpus")
    corpus_step(CorpusSettings(inputs=(str(texts),), duplicate=1.0, quality={"languages": []}), folder)
    return folder


class FakeTeacher:
    """Answers what `answers` says of a passage (a text, a reply, a failure or an error to raise)."""

    name, batch, concurrency = "fake", 1, 1

    def __init__(self, answers=lambda passage: "[]", batch=1, concurrency=1):
        self.answers, self.batch, self.concurrency = answers, batch, concurrency
        self.identity = {"model": "fake"}
        self.asked, self.stopped = [], False

    def key(self, passage):
        return passage

    def prompt_size(self, passage):
        return len(passage)

    def stop(self):
        self.stopped = True

    def ask(self, passages):
        self.asked += passages
        return [self._said(self.answers(passage)) for passage in passages]

    @staticmethod
    def _said(answer):
        if isinstance(answer, Exception):
            raise answer
        return Reply(answer) if isinstance(answer, str) else answer


def teach(corpus, folder, teacher, settings=None, budget=None):
    settings = settings or LabelSettings()
    return teach_step(corpus, teacher, settings, folder / "out", folder / "cache", budget or Budget(BudgetSettings()))


def rows(folder):
    return list(read_records(folder / "out" / ANSWERS))


@pytest.mark.parametrize(("batch", "concurrency"), [(1, 1), (7, 1), (1, 4), (3, 2)])
def test_when_a_teacher_answers_then_rows_are_the_passages_in_order_with_exact_mentions(
    corpus, tmp_path, batch, concurrency
):
    def answers(passage):
        return str([list(pair) for pair in listed(passage)])

    teacher = FakeTeacher(answers, batch, concurrency)
    assert teach(corpus, tmp_path, teacher) and not teach(corpus, tmp_path, teacher)
    passages = list(read_records(corpus / PASSAGES))
    assert [row["id"] for row in rows(tmp_path)] == [p["id"] for p in passages]
    assert sorted(teacher.asked) == sorted(p["text"] for p in passages)
    for row in rows(tmp_path):
        found = {(row["text"][e["start"] : e["end"]], e["type"]) for e in row["entities"]}
        assert found == set(listed(row["text"])) and row["outcome"] == "parsed" and row["whole"]


def test_when_answers_are_of_all_kinds_then_the_report_counts_each(corpus, tmp_path):
    kinds = iter(
        [
            '[("{0}", "person"), ("Atlantis Rising", "city")]',
            '[("{0}", "person"), ("Atlantis Rising", "x")',
            "I'm sorry, I can't.",
            "[]",
            "Well.",
        ]
    )
    teach(corpus, tmp_path, FakeTeacher(lambda passage: next(kinds, "[]").format(listed(passage)[0][0].lower())))
    report = read_json(tmp_path / "out" / REPORT)
    counts = ("parsed", "repaired", "refused", "unreadable", "failed", "mentions_listed", "hallucinated")
    assert [report[name] for name in counts] == [1, 1, 1, 1, 0, 4, 2]
    assert report["passages"] == 40 and report["empty"] == 36
    assert [row["whole"] for row in rows(tmp_path)][:2] == [False, False]


def test_when_a_real_server_misbehaves_in_every_way_then_all_is_answered_and_paid_once(corpus, tmp_path):
    with TeacherServer(FAULTS, FORMS, usage={"prompt_tokens": 50, "completion_tokens": 9}) as server:
        settings = TeacherSettings(teacher=server.spec, endpoint={**made.ENDPOINT, "timeout": 1})
        how = settings.labelling()
        teach_step(corpus, make_teacher(settings), how, tmp_path / "out", tmp_path / "c", settings.limits())
        report = read_json(tmp_path / "out" / REPORT)
        assert (report["passages"], report["failed"], report["prompt_tokens"]) == (40, 0, 40 * 50)
        assert report["parsed"] and report["repaired"] and report["refused"] and report["hallucinated"]
        assert set(server.paid.values()) == {1} and len(server.paid) == 40
        assert server.requests > 60
        again = tmp_path / "again"
        teach_step(corpus, make_teacher(settings), how, again, tmp_path / "c", settings.limits())
        assert set(server.paid.values()) == {1}
    assert (again / ANSWERS).read_bytes() == (tmp_path / "out" / ANSWERS).read_bytes()


def test_when_some_passages_fail_then_the_step_is_not_done_and_only_they_are_asked_again(corpus, tmp_path):
    failing = set()

    def answers(passage):
        if "aspirin" in passage and passage not in failing:
            failing.add(passage)
            return Failure("HTTP 500")
        return "[]"

    teacher = FakeTeacher(answers)
    with pytest.raises(IncompleteError, match=r"8 of 40 passages have no answer \(8 x HTTP 500\)"):
        teach(corpus, tmp_path, teacher)
    assert not (tmp_path / "out" / "manifest.json").exists()
    teacher.asked.clear()
    assert teach(corpus, tmp_path, teacher)
    assert set(teacher.asked) == failing and len(rows(tmp_path)) == 40


def test_when_failures_are_tolerated_then_the_others_are_the_answers(corpus, tmp_path):
    teacher = FakeTeacher(lambda passage: Failure("no") if "aspirin" in passage else "[]")
    teach(corpus, tmp_path, teacher, LabelSettings(tolerate=0.5))
    assert len(rows(tmp_path)) == 32 and read_json(tmp_path / "out" / REPORT)["failed"] == 8


def test_when_nothing_is_answered_from_the_start_then_it_ends_soon(corpus, tmp_path):
    teacher = FakeTeacher(lambda passage: Failure("HTTP 400: bad model"))
    with pytest.raises(TeacherError, match="first 5 passages have no answer, the last: HTTP 400: bad model"):
        teach(corpus, tmp_path, teacher)
    assert len(teacher.asked) < 10


def test_when_a_run_ends_in_the_middle_then_calls_under_way_are_kept(corpus, tmp_path):
    count = iter(range(100))

    def answers(passage):
        return TeacherError("gone") if next(count) == 11 else "[]"

    teacher = FakeTeacher(answers, concurrency=4)
    with pytest.raises(TeacherError, match="gone"):
        teach(corpus, tmp_path, teacher)
    with AnswerCache(tmp_path / "cache") as cache:
        assert len(cache) == len(teacher.asked) - 1
    assert teacher.stopped
    teacher.answers = lambda passage: "[]"
    teach(corpus, tmp_path, teacher)
    assert len(teacher.asked) == 41 and len(set(teacher.asked)) == 40


def test_when_the_budget_is_spent_then_it_is_said_and_a_larger_one_goes_on(corpus, tmp_path):
    teacher = FakeTeacher()
    for limit, total in ((15, 15), (15, 15), (25, 25)):
        with pytest.raises(TeacherError, match=rf"budget of calls \({limit}\)"):
            teach(corpus, tmp_path, teacher, budget=Budget(BudgetSettings(calls=limit)))
        assert len(teacher.asked) == total
    assert teach(corpus, tmp_path, teacher, budget=Budget(BudgetSettings(calls=40)))
    assert len(teacher.asked) == len(set(teacher.asked)) == 40


def test_when_the_folder_is_no_corpus_then_it_is_said_what_makes_one(tmp_path):
    with pytest.raises(Exception, match="hybrid-ner distill corpus"):
        teach(tmp_path, tmp_path, FakeTeacher())


def test_when_our_own_student_teaches_then_its_entities_come_with_their_offsets(tmp_path):
    settings = TeacherSettings(teacher="student", types="person,city")
    teacher = make_teacher(settings)
    (reply,) = teacher.ask(["Marie Curie was born in Warsaw, and Marie Curie left."])
    assert '"entity": "Marie Curie", "type": "person", "definition": "", "start": 0' in reply.text
    other = make_teacher(TeacherSettings(teacher="student", types="person", threshold=0.5))
    assert teacher.key("x") != other.key("x") and teacher.prompt_size("x") == 0
    assert teacher._types == TypeSet.of(["person", "city"])


@pytest.mark.parametrize(
    ("teacher", "part"),
    [
        ("", "accepted: endpoint:URL#MODEL"),
        ("gpt-4", "accepted: endpoint:URL#MODEL"),
        ("endpoint:http://x/v1", "accepted: endpoint:URL#MODEL"),
        ("endpoint:x#m", "accepted: endpoint:URL#MODEL"),
        ("local:", "accepted: endpoint:URL#MODEL"),
        ("student", "needs types"),
    ],
)
def test_when_no_teacher_can_be_made_then_it_is_said_what_is_accepted(teacher, part):
    with pytest.raises(UsageError, match=part):
        make_teacher(TeacherSettings(teacher=teacher))
