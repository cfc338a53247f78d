"""The base install: no network, no torch, transformers or spaCy, and an import that costs nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

# What a process runs first: sockets cannot be made, and the packages of the extras cannot be imported.
BARE = """
import json, socket, sys

class NoExtras:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "spacy", "onnx"):
            raise ImportError(f"{name} is not part of the base install")

class NoNetwork(socket.socket):
    def __new__(cls, *arguments, **options):
        raise OSError("there is no network")

def refuse(*arguments, **options):
    raise OSError("there is no network")

sys.meta_path.insert(0, NoExtras())
socket.socket = socket.SocketType = NoNetwork
socket.create_connection = socket.getaddrinfo = refuse
"""
TEXT = "Marie Curie was born in Warsaw."


def run(code, *arguments, tmp_path):
    """Standard output of Python code in a process of its own, with an empty cache of type vectors."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = {**os.environ, "HYBRID_NER_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", ["torch", "transformers", "spacy"])
def test_the_bare_process_has_no_extras_and_no_network(tmp_path, module):
    check = f"""
try:
    import {module}
except ImportError as error:
    print(error)
try:
    socket.socket()
except OSError as error:
    print(error)
"""
    assert run(BARE + check, tmp_path=tmp_path).splitlines() == [
        f"{module} is not part of the base install",
        "there is no network",
    ]


def test_when_there_is_no_network_and_no_extra_then_entities_are_found_all_the_same(tmp_path):
    check = """
from hybrid_ner import HybridNER
document = HybridNER.load().extract(sys.argv[1], {"person": "a human being, by name", "location": None}, explain=True)
print(json.dumps([[e.text, e.type] for e in document.entities]))
"""
    assert ["Marie Curie", "person"] in json.loads(run(BARE + check, TEXT, tmp_path=tmp_path))


def test_when_there_is_no_network_and_no_extra_then_the_command_line_works_all_the_same(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    check = """
from hybrid_ner.cli import main
sys.argv[0] = "hybrid-ner"
main()
"""
    record = json.loads(run(BARE + check, "extract", "a.txt", "--types", "person,location", tmp_path=tmp_path))
    assert "Marie Curie" in [entity["text"] for entity in record["entities"]]


def test_when_the_package_is_imported_then_nothing_heavy_is(tmp_path):
    check = """
import sys
import hybrid_ner
heavy = {"numpy", "onnxruntime", "tokenizers", "faiss", "rapidfuzz", "torch", "transformers", "spacy"}
print(sorted(heavy & set(sys.modules)), hybrid_ner.__version__)
"""
    assert run(check, tmp_path=tmp_path).startswith("[] 0.")


def test_when_the_extractor_is_used_then_neither_torch_nor_spacy_is_imported(tmp_path):
    check = """
import sys
from hybrid_ner import HybridNER
HybridNER.load().extract(sys.argv[1], ["person"])
print(sorted({"torch", "transformers", "spacy"} & set(sys.modules)))
"""
    assert run(check, TEXT, tmp_path=tmp_path) == "[]\n"


def test_what_the_package_offers_is_there_and_nothing_else_is():
    import hybrid_ner

    for name in hybrid_ner.__all__:
        assert getattr(hybrid_ner, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'HybridNERD'"):
        hybrid_ner.HybridNERD  # noqa: B018
