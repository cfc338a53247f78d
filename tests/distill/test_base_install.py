"""The base install can import every module of distillation and says which extra a step needs."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys

class NoExtras:
    names = "torch transformers spacy onnx datasketch py3langid pyarrow datasets httpx tenacity matplotlib".split()
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ImportError(f"{name} is not part of the base install", name=name)

sys.meta_path.insert(0, NoExtras())
import importlib, pkgutil
import hybrid_ner.distill
for module in pkgutil.walk_packages(hybrid_ner.distill.__path__, "hybrid_ner.distill."):
    importlib.import_module(module.name)
from hybrid_ner.cli import main
main()
"""


def test_when_no_extra_is_installed_then_modules_are_imported_and_a_step_names_its_extra(tmp_path):
    (tmp_path / "a.txt").write_text("Ada Brown moved to Oslo because the rain was over.")
    arguments = ["distill", "corpus", str(tmp_path / "a.txt"), "--output", str(tmp_path / "out")]
    command = [sys.executable, "-c", _PROGRAM, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "pip install 'hybrid-ner[distill]'" in done.stderr
