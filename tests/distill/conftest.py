"""What the tests of distillation share."""

from __future__ import annotations

import pytest

from tests.distill import made
from tests.distill.server import TeacherServer

for package in ("datasketch", "py3langid", "httpx", "tenacity"):
    pytest.importorskip(package)


@pytest.fixture(autouse=True, scope="session")
def _no_fsync():
    """A test that dies takes no machine with it: what is written need not reach the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session")
def texts(tmp_path_factory):
    """A folder of raw texts; no test writes to it."""
    return made.write_texts(tmp_path_factory.mktemp("raw") / "texts")


@pytest.fixture
def server():
    """A teacher that answers at once and always well."""
    with TeacherServer() as running:
        yield running
