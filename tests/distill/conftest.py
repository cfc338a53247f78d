"""What the tests of distillation share."""

from __future__ import annotations

import pytest

from tests.distill import made
from tests.distill.server import TeacherServer

for package in ("datasketch", "py3langid", "httpx", "tenacity"):
    pytest.importorskip(package)


@pytest.fixture(scope="session")
def texts(tmp_path_factory):
    """A folder of raw texts; no test writes to it."""
    return made.write_texts(tmp_path_factory.mktemp("raw") / "texts")


@pytest.fixture
def server():
    """A teacher that answers at once and always well."""
    with TeacherServer() as running:
        yield running
