"""The default pack: formats are found whole, names are left alone."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybrid_ner.rules import load_packs
from hybrid_ner.schema import TypeSet

FORMATS = [
    ("e-mail", "Write to ada.lovelace@example.co.uk.", ["ada.lovelace@example.co.uk"]),
    (
        "URL",
        "See https://en.wikipedia.org/wiki/Foo_(bar)?x=1. (http://a.org/x), www.b.org!",
        ["https://en.wikipedia.org/wiki/Foo_(bar)?x=1", "http://a.org/x", "www.b.org"],
    ),
    (
        "IBAN",
        "DE89 3704 0044 0532 0130 00 or GB29NWBK60161331926819, not DE89 3704 0044 0532 0130 01.",
        ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"],
    ),
    ("credit card number", "4111 1111 1111 1111, not 4111 1111 1111 1112", ["4111 1111 1111 1111"]),
    (
        "ISBN",
        "ISBN 0-306-40615-2 and 978-3-16-148410-0; 0306406152 alone",
        ["0-306-40615-2", "978-3-16-148410-0"],
    ),
    (
        "DOI",
        "doi:10.1016/S0140-6736(05)67889-6. (10.1038/nphys1170)",
        ["10.1016/S0140-6736(05)67889-6", "10.1038/nphys1170"],
    ),
    (
        "IP address",
        "From 192.168.0.1 to 2001:db8::1, not 1.2.3.256, std::string or 10:20:30.",
        ["192.168.0.1", "2001:db8::1"],
    ),
    (
        "date",
        "On 2024-02-29, 12/31/2023, March 12, 2024, 3rd of May 2021; not 2023-02-30, May 2021, 2024.",
        ["2024-02-29", "12/31/2023", "March 12, 2024", "3rd of May 2021"],
    ),
    ("time", "At 10:30, 8 p.m. or 11:45am; not 25:00", ["10:30", "8 p.m.", "11:45am"]),
    (
        "money",
        "$5.5 million, US$30, 40 US dollars, CHF 1,200, 12 EUR, 5 apples, ABC 12",
        ["$5.5 million", "US$30", "40 US dollars", "CHF 1,200", "12 EUR"],
    ),
    ("price", "for $30 or 40 dollars", ["$30"]),
    ("percentage", "up 5% or 3.5 per cent", ["5%", "3.5 per cent"]),
    (
        "quantity",
        "5 km, 40 square miles, 21 °C, 5 in the morning, 3 people",
        ["5 km", "40 square miles", "21 °C"],
    ),
    (
        "phone number",
        "+44 20 7946 0958, (555) 123-4567, 555-123-4567, 20240102",
        ["+44 20 7946 0958", "(555) 123-4567", "555-123-4567"],
    ),
    ("UUID", "123e4567-e89b-12d3-a456-426614174000.", ["123e4567-e89b-12d3-a456-426614174000"]),
    (
        "domain name",
        "From evil.example.com, bad[.]site[.]ru and x.de/a; notes.txt, e.g. this, a@b.org, version 1.2.3.",
        ["evil.example.com", "bad[.]site[.]ru"],
    ),
    (
        "MAC address",
        "00:1A:2b:3C:4d:5E or 00-1A-2B-3C-4D-5E, not 00:1A-2B:3C:4D:5E",
        ["00:1A:2b:3C:4d:5E", "00-1A-2B-3C-4D-5E"],
    ),
    ("CVE", "CVE-2023-44487 and MS17-010; CVE-23-1", ["CVE-2023-44487", "MS17-010"]),
    ("MD5", f"{'0a' * 16} and {'0a' * 20}", ["0a" * 16]),
    ("SHA-1", f"{'0a' * 16} and {'0a' * 20}", ["0a" * 20]),
    ("SHA-256", f"{'0a' * 32} and {'0a' * 64}", ["0a" * 32]),
    ("SHA-2 hash", f"{'0a' * 32}, {'0a' * 48}, {'0a' * 64} and {'0a' * 20}", ["0a" * 32, "0a" * 48, "0a" * 64]),
    ("file hash", f"{'0a' * 16}, {'0A' * 20}; {'0a' * 17}", ["0a" * 16, "0A" * 20]),
    ("social security number", "SSN 123-45-6789, not 000-45-6789 or 123-45-67890", ["123-45-6789"]),
    ("CAS number", "water (7732-18-5), not 7732-18-4 or 2021-10-5", ["7732-18-5"]),
    ("NCT number", "NCT01234567, ISRCTN 12345678; NCT0123", ["NCT01234567", "ISRCTN 12345678"]),
    ("hashtag", "#NLProc and #2024wins, not #1, C# or a#b", ["#NLProc", "#2024wins"]),
    ("Twitter handle", "@ada_l, thanks; ada@b.org", ["@ada_l"]),
    ("ORCID", "0000-0002-1825-0097 and 0000-0002-1825-0098", ["0000-0002-1825-0097"]),
]


@pytest.mark.parametrize(("type_name", "text", "expected"), FORMATS)
def test_when_a_format_is_asked_then_the_pack_finds_it_whole(default_engine, type_name, text, expected):
    decisions = default_engine.apply(text, [], TypeSet.of(type_name))
    assert [text[d.start : d.end] for d in decisions if d.kept] == expected


def test_when_only_other_types_are_asked_then_the_pack_proposes_nothing(default_engine):
    text = " ".join(text for _, text, _ in FORMATS)
    types = TypeSet.of(["person", "organization", "email client", "release date", "musical instrument"])
    assert default_engine.apply(text, [], types) == []


@pytest.mark.parametrize(
    ("text", "mention", "left"),
    [
        ("by the Beatles", "the Beatles", "Beatles"),
        ("The Times says", "The Times", "The Times"),
        ("play the cranberries", "the cranberries", "the cranberries"),
        ("Obama's speech", "Obama's", "Obama"),
        ("the “Nebula”, he", "“Nebula”,", "Nebula"),
        ("Apple Inc. and", "Apple Inc.", "Apple Inc."),
        ("in the U.S. and", "U.S.", "U.S."),
        ("Yahoo! is", "Yahoo!", "Yahoo!"),
        ("C++ code", "C++", "C++"),
        ("IT and US", "IT", "IT"),
        ("watch it now", "it", "it"),
        ("costs € 5", "€", "€"),
    ],
)
def test_when_a_person_is_proposed_then_only_what_cannot_belong_is_cut(
    default_engine, run, text, mention, left
):
    (decision,) = run(default_engine, text, [mention])
    assert decision.kept
    assert text[decision.start : decision.end] == left


def test_when_an_organization_ends_in_a_possessive_then_it_keeps_it(default_engine, run):
    (decision,) = run(default_engine, "at McDonald's today", ["McDonald's"], types=("organization",))
    assert decision.end - decision.start == len("McDonald's")


@pytest.mark.parametrize(
    ("type_name", "mention", "kept"),
    [
        ("email address", "Shamoon2", False),
        ("email address", "ada [at] example.org", True),
        ("url", "Pastebin", False),
        ("url", "example.org", True),
        ("url", "URL440", True),
        ("ip address", "localhost", False),
        ("ip address", "10.0.0.x", True),
        ("domain name", "Sharp", False),
        ("phone number", "reception", False),
        ("md5 hash", "MD5", False),
        ("md5 hash", "d41d8cd98f00", True),
    ],
)
def test_when_a_candidate_cannot_be_of_its_format_then_it_is_dropped(default_engine, run, type_name, mention, kept):
    (decision,) = run(default_engine, f"x {mention} x", [mention], types=(type_name,))
    assert decision.kept is kept


@pytest.mark.parametrize("mention", ["...", "the", "He", "of", "( )", "—"])
def test_when_a_mention_is_no_name_then_it_is_dropped_with_a_reason(default_engine, run, mention):
    (decision,) = run(default_engine, f"x {mention} x", [mention])
    assert not decision.kept
    assert decision.reason.startswith("default/")


ALL = TypeSet.of([type_name for type_name, _, _ in FORMATS])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80) | st.text("0123456789-:/.,@$€%+() wMay\n", max_size=80))
def test_whatever_the_text_then_the_packs_proposals_lie_within_it(default_engine, text):
    for decision in default_engine.apply(text, [], ALL):
        assert 0 <= decision.start < decision.end <= len(text)
        assert decision.source.startswith("rule:default/")


@pytest.mark.parametrize(
    "unit", ["a", "1", "1 ", "1,", "1-", "a.", "a@", "(", "http://", "97", ":", "A1 ", "1.1.", "$1"]
)
def test_when_a_text_repeats_itself_without_end_then_no_rule_runs_out_of_time(caplog, unit):
    load_packs(["default"], time_limit=5).apply(unit * 20_000, [], ALL)
    assert caplog.records == []
