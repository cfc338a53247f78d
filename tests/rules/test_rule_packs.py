"""Loading packs: what is wrong with one is said with file, line and rule."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybrid_ner.errors import RulePackError
from hybrid_ner.rules import load_pack, load_packs
from hybrid_ner.rules.kinds import KINDS
from hybrid_ner.rules.source import compose

HEAD = "rules:\n  - id: first\n    kind: trim\n    quotes: true\n  - id: second\n"


@pytest.mark.parametrize(
    ("rule", "line", "parts"),
    [
        ("    kind: trimm\n", 6, ["unknown kind 'trimm'", "did you mean 'trim'"]),
        ("    kind: trim\n    quotess: true\n", 7, ["unknown field 'quotess'", "did you mean 'quotes'"]),
        ("    kind: trim\n    quotes: 3\n", 7, ["quotes must be true or false", "'3' (int)"]),
        ("    kind: reject\n    regex: '(a'\n", 7, ["regex is not a valid regular expression"]),
        ("    kind: reject\n    regex: [a]\n", 7, ["regex must be a non-empty string", "a list"]),
        ("    kind: reject\n    min_chars: 2.5\n", 7, ["min_chars must be a whole number"]),
        (
            "    kind: reject\n    min_chars: 5\n    max_chars: 2\n",
            7,
            ["min_chars (5) is above max_chars (2)"],
        ),
        ("    kind: reject\n", 5, ["reject needs at least one of", "regex"]),
        ("    kind: reject\n    words: [a, [b]]\n", 7, ["words must be a word or a list of words"]),
        ("    kind: reject\n    words: []\n", 7, ["words must be"]),
        ("    kind: require\n    near: [two words]\n", 7, ["near lists single words", "'two words'"]),
        ("    kind: require\n    regex: a\n    within: 3\n", 8, ["within needs"]),
        ("    kind: require\n    regex: a\n    case_sensitive: true\n", 8, ["case_sensitive belongs to"]),
        ("    kind: pattern\n    regex: a\n", 5, ["pattern needs `types`"]),
        (
            "    kind: pattern\n    types: [a]\n    regex: a\n    validator: emial\n",
            9,
            ["did you mean 'email'"],
        ),
        (
            "    kind: pattern\n    types: [a]\n    regex: a\n    score: 1.5\n",
            9,
            ["score must be a number from 0 to 1"],
        ),
        ("    kind: pattern\n    types: [a]\n    regex: a\n    score: .inf\n", 9, ["score must be a number"]),
        ("    kind: pattern\n    types: [a]\n", 5, ["field 'regex' is missing"]),
        ("    kind: gazetteer\n    types: [a]\n", 5, ["either `entries` or `file`"]),
        ("    kind: gazetteer\n    types: [a]\n    file: none.txt\n", 8, ["'none.txt' cannot be read"]),
        ("    kind: gazetteer\n    types: [a]\n    file: ../x.txt\n", 8, ["outside the pack's folder"]),
        ("    kind: gazetteer\n    types: [a]\n    file: /etc/hostname\n", 8, ["outside the pack's folder"]),
        ('    kind: gazetteer\n    types: [a]\n    file: "a\\0b"\n', 8, ["cannot be read"]),
        ("    kind: relabel\n    to: a\n    regex: a\n", 5, ["relabel needs `from`"]),
        (
            "    kind: relabel\n    from: a\n    to: b\n    types: [a]\n    regex: a\n",
            9,
            ["unknown field 'types'"],
        ),
        ("    kind: rescore\n    near: [a]\n", 5, ["needs `add` or `multiply`"]),
        ("    kind: trim\n    whitespace: false\n", 5, ["nothing to cut"]),
    ],
)
def test_when_a_rule_is_wrong_then_the_error_names_file_line_and_rule(write_pack, rule, line, parts):
    path = write_pack(HEAD + rule)
    with pytest.raises(RulePackError) as caught:
        load_pack(path)
    message = str(caught.value)
    assert message.startswith(f"{path}, line {line}, rule 'second': ")
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("", 1, "empty"),
        ("- a\n", 1, "must be a mapping"),
        ("name: x\n", 1, "field 'rules' is missing"),
        ("name: x\nrules: 3\n", 2, "rules must be a list"),
        ("rules: []\nrule: []\n", 2, "unknown field 'rule'"),
        ("rules: []\nrules: []\n", 2, "given twice"),
        ("name: 'a/b'\nrules: []\n", 1, "a pack's name is"),
        ("rules:\n  - kind: trim\n", 2, "field 'id' is missing"),
        ("rules:\n  - x\n", 2, "a rule must be a mapping"),
        ("rules:\n  - {id: a, kind: trim, ? [b] : c}\n", 2, "field's name must be a word"),
        ("rules:\n  - id: [\n", 3, "not valid YAML"),
        ("rules: []\n---\nrules: []\n", 2, "not valid YAML"),
        ("rules: " + "[" * 20, 1, "nested more than"),
        ("rules: " + "[" * 5000, 1, "nest"),  # PyYAML from 6.0.4 refuses this by itself, in other words
        ("rules: []\nname: !!python/object/apply:os.system ['true']\n", 2, "name must be a non-empty string"),
    ],
)
def test_when_the_file_is_no_pack_then_the_error_names_the_line(write_pack, text, line, part):
    path = write_pack(text)
    with pytest.raises(RulePackError, match=rf"^{re.escape(str(path))}, line {line}: .*{re.escape(part)}"):
        load_pack(path)


def test_when_an_id_is_used_twice_then_both_lines_are_named(write_pack):
    path = write_pack("rules:\n  - {id: a, kind: trim}\n  - {id: b, kind: trim}\n  - {id: a, kind: trim}\n")
    with pytest.raises(RulePackError, match="line 4, rule 'a': this id is already used on line 2"):
        load_pack(path)


def test_when_a_file_is_not_utf8_then_the_error_says_so(tmp_path):
    pack, names = tmp_path / "pack.yaml", tmp_path / "names.txt"
    pack.write_bytes(b"name: \xff\n")
    with pytest.raises(RulePackError, match="not UTF-8"):
        load_pack(pack)
    pack.write_text("rules:\n  - {id: a, kind: gazetteer, types: x, file: names.txt}\n")
    names.write_bytes(b"caf\xe9\n")
    with pytest.raises(RulePackError, match=r"line 2, rule 'a': file 'names.txt' is not UTF-8"):
        load_pack(pack)


def test_when_a_gazetteer_file_is_a_link_out_of_the_folder_then_it_is_refused(tmp_path):
    outside, inside = tmp_path / "secret.txt", tmp_path / "packs"
    outside.write_text("Paris\n")
    inside.mkdir()
    (inside / "names.txt").symlink_to(outside)
    (inside / "pack.yaml").write_text("rules:\n  - {id: a, kind: gazetteer, types: x, file: names.txt}\n")
    with pytest.raises(RulePackError, match="outside the pack's folder"):
        load_pack(inside / "pack.yaml")


def test_when_no_such_pack_then_the_shipped_ones_are_named():
    with pytest.raises(RulePackError, match=r"no rule pack 'defualt'.*default"):
        load_pack("defualt")


def test_when_a_pack_is_loaded_twice_then_an_error_says_so():
    with pytest.raises(RulePackError, match="'default' is already loaded"):
        load_packs(["default", "default"])


def test_when_a_word_list_holds_yaml_booleans_and_numbers_then_they_are_words(engine_of, run):
    engine = engine_of("- {id: a, kind: reject, words: [no, 1984, null-word]}")
    decisions = run(engine, "no 1984 yes", ["no", "1984", "yes"])
    assert [d.kept for d in decisions] == [False, False, True]


def test_when_the_default_pack_is_loaded_then_every_rule_has_its_own_label():
    pack = load_pack("default")
    assert pack.name == "default"
    assert len({rule.label for rule in pack.rules}) == len(pack.rules) > 20


def test_when_the_rules_are_imported_then_nothing_heavy_is():
    heavy = {"faiss", "numpy", "onnxruntime", "rapidfuzz", "tokenizers", "torch"}
    code = (
        "import sys, hybrid_ner.rules; hybrid_ner.rules.load_packs(['default']);"
        f"print(sorted(sys.modules.keys() & {heavy}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


SCALARS = st.one_of(
    st.sampled_from(
        ["a", "3", "0.5", "true", "null", "'('", "'[a-z]+'", "email", "~", "''", "&x a", "*x", "!!float x"]
    ),
    st.text(max_size=8).map(lambda text: "'" + text.replace("'", "''") + "'"),
)
VALUES = (
    SCALARS
    | st.lists(SCALARS, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
    | st.just("{a: b}")
)
NAMES = sorted(
    {"id", "types", "except", "unknown", *(name for kind in KINDS.values() for name in kind.fields)}
)


@st.composite
def pack_like_yaml(draw):
    lines = ["rules:"]
    for number in range(draw(st.integers(1, 3))):
        lines.append(f"  - id: r{number}")
        lines.append(f"    kind: {draw(st.sampled_from([*KINDS, 'other']))}")
        for name in draw(st.lists(st.sampled_from(NAMES), max_size=5, unique=True)):
            lines.append(f"    {name}: {draw(VALUES)}")
    return "\n".join(lines)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(max_size=60), pack_like_yaml(), st.binary(max_size=40)))
def test_whatever_the_file_holds_then_a_pack_or_a_rule_pack_error_comes_of_it(tmp_path, text):
    path = tmp_path / "fuzzed.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    try:
        pack = load_pack(path)
    except RulePackError as error:
        assert str(path) in str(error)
    else:
        assert all(rule.kind in KINDS for rule in pack.rules)


def test_when_yaml_aliases_itself_then_it_is_read_without_end_only_once(write_pack):
    path = write_pack("rules: &a [*a]\n")
    assert compose(path) is not None
    with pytest.raises(RulePackError, match="a rule must be a mapping"):
        load_pack(path)
