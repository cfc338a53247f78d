"""What the tests of distillation share."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.distill import made
from tests.distill.server import TeacherServer

# Without the packages of the extras there is nothing to test here.
_NEEDED = ("datasketch", "py3langid", "httpx", "tenacity")
collect_ignore_glob = [] if all(map(find_spec, _NEEDED)) else ["*"]


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
