"""Validators: formats are checked by their own rules."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_ner.rules.validators import VALIDATORS

VALID = {
    "email": ["ada@example.org", "a.b+c@mail.example.co.uk", "jürgen@müller.de"],
    "domain": ["example.org", "mail.example.co.uk", "evil[.]example[dot]com", "müller.de", "x--1.xyz", "www.onet.pl"],
    "cas": ["7732-18-5", "64-17-5", "9003-05-8"],
    "ssn": ["123-45-6789", "001 01 0001"],
    "url": [
        "https://example.org/a?b=c#d",
        "hxxps://evil[.]example/x",
        "www.example.com",
        "http://127.0.0.1:8080/x",
        "ftp://ftp.example.org",
    ],
    "iban": ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "fr14 2004 1010 0505 0001 3m02 606"],
    "card": ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009", "6011000000000004"],
    "isbn": ["978-3-16-148410-0", "0-306-40615-2", "080442957X", "ISBN-13: 978-0-306-40615-7"],
    "doi": ["10.1000/182", "doi:10.1016/S0140-6736(05)67889-6", "https://doi.org/10.1038/nphys1170"],
    "ip": ["10.0.0.1", "::1", "2001:db8::ff00:42:8329"],
    "ipv4": ["255.255.255.255", "10[.]0[.]0[.]1"],
    "ipv6": ["fe80::1"],
    "date": [
        "2024-02-29",
        "31/12/1999",
        "12/31/1999",
        "1.2.2003",
        "29 February 2024",
        "the 3rd of May 2021",
        "Feb. 29, 2024",
        "Sept 5 , 1996",
        "Monday, March 12, 2024",
    ],
    "time": ["23:59", "7:05:10", "8 p.m.", "11:45am"],
    "money": [
        "$5",
        "US$ 3.2 million",
        "€1,000.50",
        "40 euros",
        "CHF 1'200",
        "2 billion US dollars",
        "£5bn",
        "5\u00a0€",
    ],
    "percentage": ["5%", "3.5 per cent", "-0.2 percent", "1,000 %"],
    "quantity": ["5 km", "3.2kg", "40 square miles", "21 °C", "1,200 tonnes", "2 million barrels", "6-foot"],
    "phone": ["+44 20 7946 0958", "(555) 123-4567", "555-123-4567 ext. 12"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000"],
    "orcid": ["0000-0002-1825-0097", "https://orcid.org/0000-0002-1694-233X"],
}
INVALID = {
    "email": [
        "ada@",
        "@example.org",
        "a..b@example.org",
        ".a@example.org",
        "ada@localhost",
        "a b@example.org",
        "a@b.1",
    ],
    "domain": ["example", "notes.txt", "setup.py", "README.md", "1.2.3.4", "e..org", "http://example.org"],
    "cas": ["7732-18-4", "7732-185", "1-18-5"],
    "ssn": ["000-12-3456", "666-12-3456", "923-45-6789", "123-00-6789", "123-45-0000", "123-45 6789"],
    "url": [
        "example.org",
        "mailto:a@b.org",
        "http://",
        "http://a b.org",
        "http://[::1",
        "http://x.org:99999/",
        "www.",
    ],
    "iban": ["DE89 3704 0044 0532 0130 01", "DE89 3704 0044 0532 0130", "XX89370400440532013000", "DE"],
    "card": ["4111 1111 1111 1112", "0000 0000 0000 0000", "9111111111111111", "4111", "٤١١١١١١١١١١١١١١١"],
    "isbn": ["978-3-16-148410-1", "0-306-40615-3", "9771234567898", "X804429570"],
    "doi": ["10.1/x", "10.1000/", "11.1000/182"],
    "ip": ["10.0.0", "1.2.3.256", "::g", ""],
    "ipv4": ["::1", "01.2.3.4"],
    "ipv6": ["10.0.0.1", "1:2:3"],
    "date": [
        "2023-02-29",
        "31/11/2020",
        "13/13/2000",
        "29 February 2023",
        "Foo 3, 2020",
        "2024-1/2",
        "May 2024",
        "0000-01-01",
    ],
    "time": ["24:00", "7:60", "13 pm", "7"],
    "money": ["5", "five dollars", "$", "5 dollar signs", "5 kg"],
    "percentage": ["5", "%", "5 percentile"],
    "quantity": ["5", "km", "5 apples", "5 in"],
    "phone": ["1234", "0000000000", "2024-01-02", "(555 123-4567", "1234567890123456"],
    "uuid": ["123e4567-e89b-12d3-a456-42661417400", "123e4567e89b12d3a456426614174000"],
    "orcid": ["0000-0002-1825-0098", "0000-0002-1825"],
}


def cases(table):
    return [(name, mention) for name, mentions in table.items() for mention in mentions]


@pytest.mark.parametrize(("name", "mention"), cases(VALID))
def test_when_a_mention_follows_its_format_then_it_is_valid(name, mention):
    assert VALIDATORS[name](mention) is True


@pytest.mark.parametrize(("name", "mention"), cases(INVALID))
def test_when_a_mention_breaks_its_format_then_it_is_not_valid(name, mention):
    assert VALIDATORS[name](mention) is False


def test_every_validator_has_valid_and_invalid_examples():
    assert set(VALIDATORS) == set(VALID) == set(INVALID)


@settings(max_examples=100, deadline=None)
@given(mention=st.text(max_size=40) | st.text("0123456789٣²-+.,/: $€%XABmk@()", max_size=30))
def test_whatever_the_mention_then_validators_answer_true_or_false(mention):
    for validator in VALIDATORS.values():
        assert validator(mention) in (True, False)


@settings(max_examples=50)
@given(
    number=st.integers(400000000000000, 499999999999999), place=st.integers(0, 15), shift=st.integers(1, 9)
)
def test_when_one_digit_of_a_valid_card_number_changes_then_it_is_no_longer_valid(number, place, shift):
    valid = next(f"{number}{check}" for check in range(10) if VALIDATORS["card"](f"{number}{check}"))
    wrong = valid[:place] + str((int(valid[place]) + shift) % 10) + valid[place + 1 :]
    assert not VALIDATORS["card"](wrong)
