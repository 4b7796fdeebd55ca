"""What tests of several packages share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from ledger import demo
from ledger.server import running
from ledger.store import Store


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """URL and token of a ledger service with the demo clinic."""
    home = tmp_path_factory.mktemp("clinic")
    with closing(Store(home)) as store:
        demo.load(store)
    with running(home) as (url, token):
        yield url, token
