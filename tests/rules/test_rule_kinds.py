"""Each kind of rule on its own."""

from __future__ import annotations

import pytest

from hybrid_ner.rules.conditions import shape_of


@pytest.mark.parametrize(
    ("text", "mention", "left"),
    [
        ("see  Ada ", "  Ada ", "Ada"),
        ('the "Ada" here', '"Ada"', "Ada"),
        ("„Ada“", "„Ada“", "Ada"),
        ('a "Ada', '"Ada', "Ada"),
        ('Ada" b', 'Ada"', "Ada"),
        ('"A" and "B"', '"A" and "B"', '"A" and "B"'),
        ("5'11\"", "5'11\"", "5'11\""),
        ("rock 'n' roll", "'n' roll", "'n' roll"),
        ("(NATO)", "(NATO)", "NATO"),
        ("NATO)", "NATO)", "NATO"),
        ("f(x)", "f(x)", "f(x)"),
        ("(S)-warfarin (R)", "(S)-warfarin (R)", "(S)-warfarin (R)"),
        ('("the [Ada]"),', '("the [Ada]"),', "Ada"),
        ("the Beatles", "the Beatles", "Beatles"),
        ("The Times", "The Times", "The Times"),
        ("the", "the", "the"),
        ("then", "then", "then"),
        ("Obama's", "Obama's", "Obama"),
        ("Obama ’s", "Obama ’s", "Obama"),
        ("the Beatles' song", "Beatles'", "Beatles"),
        ("London, or", "London,", "London"),
        ("London.", "London.", "London"),
        ("London. She", "London.", "London"),
        ("Apple Inc. She", "Apple Inc.", "Apple Inc."),
        ("the U.S. She", "U.S.", "U.S."),
        ("Calif. law", "Calif.", "Calif."),
    ],
)
def test_when_edges_do_not_belong_then_they_are_trimmed(engine_of, run, text, mention, left):
    engine = engine_of(
        "- {id: t, kind: trim, quotes: true, brackets: true, possessive: true, articles: the, trailing: '.,'}"
    )
    (decision,) = run(engine, text, [mention])
    assert text[decision.start : decision.end] == left
    assert [step.action for step in decision.steps] == ([] if left == mention else ["trim"])


def test_when_articles_count_only_before_a_capital_then_others_stay(engine_of, run):
    engine = engine_of("- {id: t, kind: trim, articles: [the], before_capital: true}")
    (upper,) = run(engine, "the Beatles", ["the Beatles"])
    (lower,) = run(engine, "the beatles", ["the beatles"])
    assert (upper.start, lower.start) == (4, 0)


def test_when_nothing_is_left_after_trimming_then_the_candidate_is_dropped_with_a_reason(engine_of, run):
    engine = engine_of("- {id: t, kind: trim, brackets: true}")
    (decision,) = run(engine, "a ( ) b", ["( )"])
    assert not decision.kept
    assert decision.reason == "pack/t: nothing is left of the mention after trimming"
    assert (decision.start, decision.end) == (2, 5)


@pytest.mark.parametrize(
    ("fields", "dropped"),
    [
        ("regex: '^B'", ["Bo"]),
        ("shape: [X, d]", ["ABC", "42"]),
        ("words: [BO]", ["Bo"]),
        ("words: [BO], case_sensitive: true", []),
        ("min_chars: 3", ["Bo", "42"]),
        ("max_chars: 3, min_chars: 3", ["Bo", "42", "Ada B. C."]),
        ("max_words: 2", ["Ada B. C."]),
        ("before: [called], within: 1", ["Bo"]),
    ],
)
def test_when_a_condition_holds_then_reject_drops_the_candidate(engine_of, run, fields, dropped):
    engine = engine_of(f"- {{id: r, kind: reject, {fields}}}")
    text = "someone called Bo , ABC , 42 , Ada B. C."
    decisions = run(engine, text, ["Bo", "ABC", "42", "Ada B. C."])
    assert [text[d.start : d.end] for d in decisions if not d.kept] == dropped
    assert all(d.reason.startswith("pack/r: mention ") for d in decisions if not d.kept)


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ("regex: '^[A-Z]'", ["Bo", "ABC"]),
        ("shape: Xx, near: [called]", ["Bo"]),
        ("after: [end], within: 2", ["42"]),
        ("before: [end]", []),
    ],
)
def test_when_a_condition_fails_then_require_drops_the_candidate(engine_of, run, fields, kept):
    engine = engine_of(f"- {{id: r, kind: require, {fields}}}")
    text = "someone called Bo , ABC is the one , 42 the end"
    decisions = run(engine, text, ["Bo", "ABC", "42"])
    assert [text[d.start : d.end] for d in decisions if d.kept] == kept


def test_when_the_context_speaks_then_relabel_changes_the_type_to_one_that_is_asked(engine_of, run):
    engine = engine_of("- {id: r, kind: relabel, from: [person], to: city, before: [in], within: 1}")
    text = "in Paris with Paris"
    (decision,) = run(engine, text, ["Paris"], types=("person", "city"))
    assert (decision.type, decision.steps[0].detail) == ("city", "pack/r: has 'in' before it")
    (decision,) = run(engine, text, ["Paris"], types=("person",))
    assert (decision.type, decision.steps) == ("person", ())


@pytest.mark.parametrize(
    ("change", "score"), [("add: 0.7", 1.0), ("add: -0.7", 0.0), ("multiply: 0.5", 0.25)]
)
def test_when_context_words_are_near_then_the_score_changes_and_stays_in_bounds(
    engine_of, run, change, score
):
    engine = engine_of(f"- {{id: r, kind: rescore, near: [DR], within: 2, {change}}}")
    near, far = run(engine, "Dr Ada, who was not there, and Bo", ["Ada", "Bo"])
    assert (near.score, near.steps[0].action) == (score, "rescore")
    assert (far.score, far.steps) == (0.5, ())


def found(engine, run, text, **options):
    return [text[d.start : d.end] for d in run(engine, text, **options)]


def test_when_names_are_listed_then_whole_words_are_found_longest_first(engine_of, run):
    engine = engine_of(
        "- {id: g, kind: gazetteer, types: person, entries: [New York, New York City, York City, C++, 东京]}"
    )
    text = "new york city, New\nYork; Newer York, York City C++ 在东京都"
    assert found(engine, run, text) == ["new york city", "New\nYork", "York City", "C++", "东京"]


def test_when_case_counts_then_only_the_listed_case_is_found(engine_of, run):
    engine = engine_of("- {id: g, kind: gazetteer, types: person, entries: [US], case_sensitive: true}")
    assert found(engine, run, "us and US and Us") == ["US"]


def test_when_fuzzy_then_small_typing_errors_are_found_with_a_lower_score(engine_of, run):
    engine = engine_of(
        "- {id: g, kind: gazetteer, types: person, entries: [John Smith, Amsterdam], fuzzy: 85, score: 0.8}"
    )
    text = "Jhon Smith, John Smith, Amsterdm, Rotterdam, John Miller"
    decisions = run(engine, text)
    assert [text[d.start : d.end] for d in decisions] == ["Jhon Smith", "John Smith", "Amsterdm"]
    assert [round(d.score, 2) for d in decisions] == [0.72, 0.8, 0.75]


def test_when_a_list_is_in_a_file_of_fifty_thousand_names_then_each_is_found(tmp_path, engine_of, run):
    names = [f"Name{number} Family{number % 997}" for number in range(50_000)]
    (tmp_path / "names.txt").write_text("# people\n\n" + "\n".join(names) + "\n", encoding="utf-8")
    engine = engine_of("- {id: g, kind: gazetteer, types: person, file: names.txt}")
    sample = names[::5000]
    assert found(engine, run, ", ".join(sample) + ", Name1 Family2") == sample


def test_when_a_pattern_has_a_group_called_entity_then_only_it_is_proposed(engine_of, run):
    engine = engine_of(
        "- {id: p, kind: pattern, types: person, regex: 'Dr (?P<entity>[A-Z]\\w+)?', score: 0.6}"
    )
    decisions = run(engine, "Dr Ada and Dr none")
    assert [(d.start, d.end, d.score) for d in decisions] == [(3, 6, 0.6)]


def test_when_a_pattern_has_a_validator_then_only_valid_matches_are_proposed(engine_of, run):
    engine = engine_of("- {id: p, kind: pattern, types: person, regex: '[\\d.]+', validator: ipv4}")
    assert found(engine, run, "10.0.0.1 and 10.0.0.300") == ["10.0.0.1"]


@pytest.mark.parametrize(
    ("mention", "shape"),
    [("iPhone 12", "xXx d"), ("U.S.", "X.X."), ("2024-01", "d-d"), ("A  B", "X X"), ("", "")],
)
def test_when_a_shape_is_taken_then_runs_collapse(mention, shape):
    assert shape_of(mention) == shape
