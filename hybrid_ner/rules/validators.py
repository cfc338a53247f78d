"""What a pattern found, checked by the format's own rules: pure functions from a mention to true or false."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from hybrid_ner.rules.dates import is_date, is_time
from hybrid_ner.rules.numbers import is_money, is_percentage, is_quantity

_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")
_LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_DOI = re.compile(
    r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?10\.\d{4,9}(?:\.\d+)*/\S{1,200}", re.IGNORECASE | re.ASCII
)
_ORCID = re.compile(r"(?:https?://orcid\.org/)?((?:\d{4}-){3}\d{3}[\dX])", re.ASCII)
_CAS = re.compile(r"(\d{2,7})-(\d\d)-(\d)", re.ASCII)
_SSN = re.compile(r"(?!000|666|9)\d{3}([- ])(?!00)\d\d\1(?!0000)\d{4}", re.ASCII)
_DOT = re.compile(r"\[(?:\.|dot)\]|\(dot\)", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+|00)?[\d\s().\-/]+(?:\s?(?:ext\.?|x)\s?\d{1,6})?", re.ASCII)

# Country and the length of its IBANs (ISO 13616 registry).
_IBANS = """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20
    EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30
    KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23
    PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26
    UA29 VA22 VG24 XK20 YE30
"""
_IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBANS.split()}

# First and last prefix, and the lengths, of the card schemes' numbers.
_CARDS = (
    ("4", "4", (13, 16, 19)),  # Visa
    ("51", "55", (16,)),  # Mastercard
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),  # American Express
    ("37", "37", (15,)),
    ("6011", "6011", (16, 19)),  # Discover
    ("644", "649", (16, 19)),
    ("65", "65", (16, 19)),
    ("300", "305", (14,)),  # Diners Club
    ("36", "36", (14,)),
    ("38", "39", (14,)),
    ("3528", "3589", (16, 19)),  # JCB
    ("62", "62", (16, 17, 18, 19)),  # UnionPay
    ("50", "50", tuple(range(12, 20))),  # Maestro
    ("56", "58", tuple(range(12, 20))),
)


# Ends of host names that are no country's: what else has two letters is taken for a country, but for these, which end
# the names of files far oftener.
_COMMON = """
    com net org edu gov mil int info biz name pro aero asia cat coop jobs mobi museum post tel travel app art
    bank bar bid bit blog build cafe cash casa center chat church city cloud club codes company computer cool
    date design dev digital directory domains download eco email energy events exchange expert faith farm
    fashion finance fit fund fun fyi gallery games global group guide guru health help homes host hosting house
    icu inc ink institute kim life link live loan lol ltd management market marketing media menu money monster
    network news ngo ninja one online onion page partners party photo photos pics place plus press properties
    pub quest racing red rent report review reviews rocks run sale school science security services shop show
    site social software solutions space store stream studio support systems team tech technology tips today
    tokyo tools top town trade training tube university uno vip watch web webcam website wiki win work works
    world wtf xin xyz yoga zone
"""
_ENDINGS = frozenset(_COMMON.split())
_FILE_ENDINGS = {"cc", "md", "pl", "ps", "py", "rs", "sh", "so"}


def _refanged(address: str) -> str:
    """An address as it was before it was made harmless to click on: "hxxp", "[.]", "(dot)"."""
    return re.sub("^hxxp", "http", _DOT.sub(".", address), flags=re.IGNORECASE)


def is_email(mention: str) -> bool:
    local, at, host = mention.rpartition("@")
    return bool(
        at
        and _LOCAL.fullmatch(local)
        and not (local.startswith(".") or local.endswith(".") or ".." in local)
        and _is_host(host)
    )


def is_url(mention: str) -> bool:
    """A web or ftp address, with its scheme or beginning with "www."."""
    if any(char.isspace() for char in mention):
        return False
    mention = _refanged(mention)
    try:
        parts = urlsplit(mention if "://" in mention else f"http://{mention}")
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if "://" not in mention and not mention.casefold().startswith("www."):
        return False
    return parts.scheme in ("http", "https", "ftp") and (
        _is_host(host) or host == "localhost" or is_ip(host)
    )


def _is_host(host: str) -> bool:
    labels = host.split(".")
    return (
        len(host) <= 253
        and len(labels) >= 2
        and all(_LABEL.fullmatch(label) for label in labels)
        and len(labels[-1]) >= 2
        and not labels[-1].isdigit()
    )


def is_domain(mention: str) -> bool:
    """A host name of two parts or more that ends in a country's letters or a common ending.

    Two parts that end as a file does are a file: "setup.py", but "www.example.py" is in Paraguay.
    """
    host = _refanged(mention)
    ending = host.rpartition(".")[2].casefold()
    file = ending in _FILE_ENDINGS and host.count(".") == 1
    country = len(ending) == 2 and ending.isalpha() and not file
    return _is_host(host) and (country or ending in _ENDINGS or ending.startswith("xn--"))


def is_iban(mention: str) -> bool:
    """Country, its length, and the remainder 1 modulo 97 (ISO 7064) of the rearranged number."""
    code = re.sub(r"[\s-]", "", mention).upper()
    if not (code.isascii() and code.isalnum()) or len(code) != _IBAN_LENGTHS.get(code[:2]):
        return False
    return int("".join(str(int(char, 36)) for char in code[4:] + code[:4])) % 97 == 1


def is_card(mention: str) -> bool:
    """A scheme's prefix and length, and the Luhn checksum."""
    number = re.sub(r"[ -]", "", mention)
    return (
        _is_digits(number)
        and len(set(number)) > 1
        and any(
            first <= number[: len(first)] <= last and len(number) in lengths
            for first, last, lengths in _CARDS
        )
        and _luhn(number) == 0
    )


def _luhn(number: str) -> int:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    return (sum(int(digit) for digit in number[-1::-2]) + sum(doubled)) % 10


def is_isbn(mention: str) -> bool:
    """ISBN-10 (weights 10 to 1, modulo 11) or ISBN-13 (weights 1 and 3, modulo 10)."""
    code = re.sub(r"^ISBN(?:-1[03])?:?\s*|[\s-]", "", mention, flags=re.IGNORECASE).upper()
    if len(code) == 10 and _is_digits(code[:9]) and (_is_digits(code[9]) or code[9] == "X"):
        values = [10 if char == "X" else int(char) for char in code]
        return sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11 == 0
    if len(code) == 13 and _is_digits(code) and code.startswith(("978", "979")):
        return sum(int(char) * (3 if place % 2 else 1) for place, char in enumerate(code)) % 10 == 0
    return False


def is_doi(mention: str) -> bool:
    return _DOI.fullmatch(mention) is not None


def is_ipv4(mention: str) -> bool:
    return _parses(ipaddress.IPv4Address, _refanged(mention))


def is_ipv6(mention: str) -> bool:
    return _parses(ipaddress.IPv6Address, mention)


def is_ip(mention: str) -> bool:
    return is_ipv4(mention) or is_ipv6(mention)


def _parses(parse: Callable[[str], object], mention: str) -> bool:
    try:
        parse(mention)
    except ValueError:
        return False
    return True


def is_uuid(mention: str) -> bool:
    return _UUID.fullmatch(mention) is not None


def is_orcid(mention: str) -> bool:
    """Sixteen digits, the last one a checksum (ISO 7064 mod 11-2)."""
    match = _ORCID.fullmatch(mention)
    if match is None:
        return False
    code, total = match[1].replace("-", ""), 0
    for digit in code[:-1]:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == code[-1]


def is_cas(mention: str) -> bool:
    """A Chemical Abstracts registry number, and no date of our time: its last digit is the others' weighted sum."""
    match = _CAS.fullmatch(mention)
    if match is None or (mention.startswith(("19", "20")) and is_date(mention)):
        return False
    return sum(place * int(digit) for place, digit in enumerate(reversed(match[1] + match[2]), 1)) % 10 == int(match[3])


def is_ssn(mention: str) -> bool:
    """A United States social security number: three groups, none of them one that is never given out."""
    return _SSN.fullmatch(mention) is not None


def is_phone(mention: str) -> bool:
    """Plausible, no more: 7 to 15 digits (E.164), not all alike, brackets paired, and not a date."""
    if _PHONE.fullmatch(mention) is None or mention.count("(") != mention.count(")"):
        return False
    digits = re.sub(r"\D", "", re.split(r"ext|x", mention)[0])
    return 7 <= len(digits) <= 15 and len(set(digits)) > 1 and not is_date(mention)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


VALIDATORS: dict[str, Callable[[str], bool]] = {
    "card": is_card,
    "cas": is_cas,
    "date": is_date,
    "doi": is_doi,
    "domain": is_domain,
    "email": is_email,
    "iban": is_iban,
    "ip": is_ip,
    "ipv4": is_ipv4,
    "ipv6": is_ipv6,
    "isbn": is_isbn,
    "money": is_money,
    "orcid": is_orcid,
    "percentage": is_percentage,
    "phone": is_phone,
    "quantity": is_quantity,
    "ssn": is_ssn,
    "time": is_time,
    "url": is_url,
    "uuid": is_uuid,
}
