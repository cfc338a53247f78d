"""Validators of amounts: money, percentages, quantities with a unit of measurement."""

from __future__ import annotations

import re

_NUMBER = r"\d{1,3}(?:[, ']\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?"
_MAGNITUDE = r"(?:\s?(?:hundred|thousand|million|billion|trillion|mn|bn|tn|[kKmM]))?"
_SYMBOL = r"(?:US|CA|A|AU|C|HK|NZ|S)?\$|[€£¥₹₽₩₺₪₫₴₦฿]"
_CODE = (
    "USD|EUR|GBP|JPY|CNY|RMB|CHF|AUD|CAD|NZD|HKD|SGD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|RUB|UAH|TRY|INR|PKR|BRL|MXN|"
    "ARS|CLP|COP|ZAR|EGP|NGN|KES|ILS|AED|SAR|QAR|KRW|TWD|THB|IDR|MYR|PHP|VND|BTC|ETH"
)
_NAME = (
    r"(?:(?:US|U\.S\.|Australian|Canadian|Hong\sKong|New\sZealand|Singapore)\s)?dollars?|euros?|pounds?(?:\ssterling)?|"
    r"yen|yuan|renminbi|(?:Indian\s)?rupees?|(?:Swiss\s)?francs?|roubles?|rubles?|pesos?|kron(?:or|er|a)|cents?|pence|"
    r"shillings?|rand|won|baht|dirhams?|riyals?|shekels?|zlot(?:y|ys)"
)
_MONEY = re.compile(
    rf"[-+]?(?:(?:{_SYMBOL})\s?(?:{_NUMBER}){_MAGNITUDE}"
    rf"|(?:{_CODE})\s?(?:{_NUMBER}){_MAGNITUDE}"
    rf"|(?:{_NUMBER}){_MAGNITUDE}\s?(?:{_SYMBOL}|(?:{_CODE})|(?i:{_NAME})))",
    re.ASCII,
)
_PERCENTAGE = re.compile(
    rf"[-+±]?(?:{_NUMBER})\s?(?:%|‰|(?i:per\s?cent|percent|percentage\spoints?))", re.ASCII
)

_SHORT_UNITS = (
    "[kcmµμn]?m[²³23]?|[kMmµμn]?g|[kMGT]?Hz|[kMG]?W|[kMG]?Wh|[kMG]?J|[kM]?Pa|[kmM]?V|[mµ]A|[kMGT]i?B|"
    "[kMG]bps|"
    "[cdmµμ]?[lL]|°\\s?[CFK]|km/h|mph|m/s|lbs?|oz|ft|yd|mi|ha|kcal|cal|mol|mmol|dB|rpm|psi|ms|ns|hp|sq\\.?\\s?(?:ft|km|mi|m)"
)
_LONG_UNITS = (
    r"(?:kilo|centi|milli|micro|nano)?(?:met(?:er|re)s?|grams?|watts?|volts?|joules?|lit(?:er|re)s?|hertz|bytes?)|"
    "(?:mega|giga|tera)(?:bytes?|watts?|hertz|tons?)|miles?|inch(?:es)?|foot|feet|yards?|acres?|hectares?|tonnes?|tons?|"
    "ounces?|pounds?|gallons?|barrels?|calories|degrees\\s(?:celsius|fahrenheit)|knots?|light[-\\s]years?|"
    "(?:square|cubic)\\s(?:kilo|centi|milli)?(?:met(?:er|re)s?|miles?|feet|foot|inch(?:es)?|yards?)"
)
_QUANTITY = re.compile(
    rf"[-+±~]?(?:{_NUMBER})(?:\s(?:thousand|million|billion))?[\s-]?(?:{_SHORT_UNITS}|(?i:{_LONG_UNITS}))",
    re.ASCII,
)
# Longer strings are no amount; the bound keeps a match from growing with its input.
_LONGEST = 80


def _is(pattern: re.Pattern, mention: str) -> bool:
    return len(mention) <= _LONGEST and pattern.fullmatch(" ".join(mention.split())) is not None


def is_money(mention: str) -> bool:
    """A number with a currency sign, code or name: $5, US$ 3.2 million, 40 euros, CHF 1'200."""
    return _is(_MONEY, mention)


def is_percentage(mention: str) -> bool:
    return _is(_PERCENTAGE, mention)


def is_quantity(mention: str) -> bool:
    """A number with a unit of measurement: 5 km, 3.2 kg, 40 square miles, 21 °C."""
    return _is(_QUANTITY, mention)
