"""The HTML view: well nested whatever the spans, nothing of a document ever markup, nothing from outside."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given

from hybrid_ner.formats.html_marks import Mark, escaped, hue, marked
from hybrid_ner.formats.html_view import HtmlFormat
from hybrid_ner.schema import Decision, Document, Entity, Proposal, View
from tests.formats.strategies import documents

_VOID = {"meta", "input"}
_LABELS = "small"


class Page(HTMLParser):
    """Checks nesting; collects the text without labels, and per final mark element what it covers."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict]] = []
        self.tags: set[str] = set()
        self.text = ""
        self.labels: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(markup)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag == _LABELS:
            self.labels.append("")
        if tag not in _VOID:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if any(tag == _LABELS for tag, _ in self.open):
            self.labels[-1] += data
        else:
            self.text += data


def page(*shown: Document, explain: bool = False) -> str:
    form = HtmlFormat(explain=explain)
    return form.begin() + "".join(map(form.document, shown)) + form.end()


def entity(text: str, mention: str, name: str, score: float = 0.93) -> Entity:
    start = text.index(mention)
    return Entity(start, start + len(mention), mention, name, score)


def test_when_spans_nest_then_the_elements_do():
    html = marked("New York City", [Mark(0, 13, "city", "c"), Mark(0, 8, "state", "s")])
    assert re.sub(r' style="[^"]*"', "", html) == (
        '<mark class="kept" title="c"><mark class="kept" title="s">New York<small>state</small></mark>'
        " City<small>city</small></mark>"
    )


def test_when_spans_cross_then_the_second_is_in_two_elements_with_one_label():
    html = marked("abc", [Mark(0, 2, "x", ""), Mark(1, 3, "y", "")])
    assert re.sub(r' (style|title)="[^"]*"', "", html) == (
        '<mark class="kept">a<mark class="suspended kept">b</mark><small>x</small></mark>'
        '<mark class="kept resumed">c<small>y</small></mark>'
    )


def test_when_a_dropped_span_crosses_an_entity_then_the_entity_stays_whole():
    html = marked("abc", [Mark(0, 2, "x", "", faint=True), Mark(1, 3, "y", "")])
    assert re.sub(r' (style|title)="[^"]*"', "", html) == (
        '<mark class="suspended dropped">a</mark>'
        '<mark class="kept"><mark class="dropped resumed">b<small>x</small></mark>c<small>y</small></mark>'
    )


@given(documents())
def test_when_any_spans_are_marked_then_the_elements_nest_and_the_text_is_whole(document):
    marks = [Mark(e.start, e.end, e.type, e.type, faint=n % 2 == 0) for n, e in enumerate(document.entities)]
    shown = Page(marked(document.text, marks))
    assert shown.text == Page(escaped(document.text)).text
    assert len(shown.text) == len(document.text)
    assert all(
        a == b or unicodedata.category(a) == "Cc" for a, b in zip(document.text, shown.text, strict=True)
    )
    assert sorted(shown.labels) == sorted(mark.label for mark in marks)
    assert shown.tags <= {"mark", "small"}


@given(documents(with_decisions=True))
def test_when_any_document_is_shown_then_only_our_elements_are_on_the_page(document):
    ours = Page(
        page(Document("x", (Entity(0, 1, "x", "t", 0.5),), "i", (Decision(0, 1, "t", 0.5),)), explain=True)
    )
    shown = Page(page(document, explain=True))
    assert shown.tags <= ours.tags
    assert {name for name, _ in shown.attributes} <= {name for name, _ in ours.attributes}


@pytest.mark.parametrize(
    "attack", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'-->]]></style>"]
)
def test_when_markup_is_in_any_field_then_it_is_shown_as_text(attack):
    text = f"{attack} text"
    said = Proposal(1, 4, attack, 0.2, 0.3, attack, (View(attack, attack, 0.2),))
    dropped = (
        Decision(1, 4, attack, 0.2, source=attack, proposal=said)
        .change("rules", attack, attack)
        .drop("rules", attack, rival=attack)
    )
    kept = Decision(0, 5, attack, 0.9, proposal=said)
    document = Document(text, (Entity(0, 5, text[:5], attack, 0.9),), id=attack, decisions=(dropped, kept))
    html = page(document, Document("", id=attack, error=attack), explain=True)
    assert attack not in html
    shown = Page(html)
    assert "script" not in shown.tags and "img" not in shown.tags
    assert attack in shown.text


def test_when_a_page_is_written_then_it_is_self_contained():
    html = page(Document("Paris", (Entity(0, 5, "Paris", "city", 0.9),), "a"), explain=True)
    assert not re.search(r"https?:|//|url\(|@import|<script|<link|src=|href=", html)
    assert "default-src 'none'" in html
    assert "prefers-color-scheme: dark" in html and "width=device-width" in html


def test_when_documents_are_shown_then_scores_counts_and_failures_are_there():
    text = "Paris and Rome, by Ann"
    found = (entity(text, "Paris", "city"), entity(text, "Rome", "city"), entity(text, "Ann", "person"))
    html = page(Document(text, found, "a"), Document("", id="b", error="not UTF-8"))
    assert 'title="city · 0.93"' in html
    legend = Page(html[html.index("<aside>") : html.index("</aside>") + 8]).text.split("\n")
    assert [line for line in legend if line] == ["3 entities", "2 documents · 1 failed", "city 2", "person 1"]
    assert '<article class="failed">' in html and "not UTF-8" in html


def test_when_explaining_then_dropped_spans_have_their_reason_and_a_switch():
    text = "The city of Paris"
    decisions = (
        Decision(12, 17, "city", 0.9, proposed_score=0.7).change("rules", "rescore", "context 'city of'"),
        Decision(12, 17, "person", 0.3).drop("threshold", "below the threshold 0.50", rival="city"),
        Decision(4, 8, "city", 0.2).drop("rules", "no capital letter"),
        Decision(4, 8, "person", 0.1).drop("threshold", "below the threshold 0.50"),
    )
    document = Document(text, (entity(text, "Paris", "city", 0.9),), "a", decisions)
    html = page(document, explain=True)
    assert html.count('<mark class="dropped ') == 1
    assert "city · 0.20: no capital letter\nperson · 0.10: below" in html
    assert 'id="dropped"' in html and "Decisions: 1 kept, 3 dropped" in html
    assert "0.70 → 0.90" in html and "rules: rescore context &#x27;city of&#x27;" in html
    plain = page(document)
    assert 'id="dropped"' not in plain and "<table" not in plain and '<mark class="dropped' not in plain


def explained():
    """Paris as a city (kept), as a person (dropped); "city" alone dropped; Rome from a rule."""
    text = "The city of Paris, not Rome"
    views = (View("name", "city", 0.8), View("definition", "city: a large settlement", 0.6))
    said = Proposal(12, 17, "city", 0.7, 0.912, "name and definition", views)
    decisions = (
        Decision(12, 17, "city", 0.7, proposed_score=0.7, proposal=said, reason="score 0.90 reaches 0.50")
        .change("library", "borrow", "the definition of geography/city")
        .change("rules", "rescore", "default/x: context 'city of'", score=0.9),
        Decision(12, 17, "person", 0.3).drop("index", "lost to the 'city'", rival="town"),
        Decision(4, 8, "city", 0.2).drop("rules", "no capital letter"),
        Decision(23, 27, "city", 0.9, "rule:pack/cities", 0.9),
    )
    found = (entity(text, "Paris", "city", 0.9), entity(text, "Rome", "city", 0.9))
    return Document(text, found, "a", decisions)


def test_when_explaining_then_every_span_has_a_panel_that_its_label_opens():
    html = page(explained(), explained(), explain=True)
    panels = re.findall(r'<div popover class="panel" id="([^"]+)"', html)
    opened = re.findall(r'<button popovertarget="([^"]+)"><small>', html)
    assert len(set(panels)) == 6
    assert sorted(opened) == sorted(panels)
    assert "<script" not in html and " onclick" not in html


def test_a_panel_says_who_proposed_with_which_scores_and_what_each_stage_did():
    html = page(explained(), explain=True)
    first = Page(html[html.index('id="d1-1"') - 27 : html.index('<div popover class="panel" id="d1-2"')]).text
    assert [line.strip() for line in first.splitlines() if line.strip()] == [
        "Paris✕",
        "city kept 0.90",
        "Score 0.90 reaches 0.50.",
        "name city 0.80",
        "definition city: a large settlement 0.60",
        "Student Proposed by name and definition: 0.70 (raw 0.912).",
        "Type library Borrow: the definition of geography/city.",
        "Rules Rescore: default/x: context 'city of'.",
        "person dropped 0.30",
        "Lost to the 'city'. Rival: town.",
        "student Proposed.",
        "Definition index Dropped it, as said above.",
    ]
    assert "rule:pack/cities</b> Proposed with 0.90." in html
    assert "student, by name and definition" in html  # and in the table of all decisions


def test_when_not_explaining_then_labels_are_no_buttons():
    html = page(explained())
    assert "<button" not in html and "popover" not in html and "panel" not in html


def test_when_frequent_types_are_coloured_then_their_hues_are_apart_and_do_not_depend_on_case():
    hues = sorted(
        map(hue, ["person", "organization", "location", "date", "money", "disease", "drug", "product"])
    )
    gaps = [(b - a) % 360 for a, b in zip(hues, hues[1:] + hues[:1], strict=True)]
    assert min(gaps) >= 20
    assert hue("Person") == hue("person")
