"""A box with an enrolled doctor and the demo clinic, loaded once, behind the real web server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant import cli
from assistant.box import Box, opened
from assistant.config import Paths
from assistant.demo import ledger_service
from assistant.server.devices import Devices
from assistant.server.serving import running

DEMO = Path(__file__).parents[1] / "fixtures" / "speech" / "demo"
DOCTOR = "doctor-aleksandr"


@pytest.fixture(scope="package")
def bedside_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paths]:
    """The data of the box; its ledger runs."""
    weights = Paths.from_environment().models / "whisper-base" / "model.bin"
    if not weights.is_file():
        pytest.skip("the recognition model is missing: assistant models fetch")
    takes = [str(DEMO / f"enrol{number}_aleksandr.flac") for number in range(1, 9)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSISTANT_HOME", str(tmp_path_factory.mktemp("bedside")))
        paths = Paths.from_environment()
        with ledger_service(paths.ledger) as url:
            patch.setenv("ASSISTANT_LEDGER_URL", url)
            for command in (
                ["demo-clinic"],
                ["staff", "add", DOCTOR, "--role", "doctor"],
                ["enroll", DOCTOR, *takes, "--consent-by", DOCTOR],
            ):
                assert cli.main(command) == 0
            yield paths


@pytest.fixture(scope="package")
def bedside_box(bedside_home: Paths) -> Iterator[Box]:
    """The models, loaded."""
    with opened(bedside_home) as box:
        yield box


@pytest.fixture(scope="package")
def page_url(bedside_home: Paths, bedside_box: Box) -> Iterator[str]:
    """Where the page is served."""
    with running(bedside_box, bedside_home) as url:
        yield url


@pytest.fixture
def token(bedside_home: Paths) -> str:
    """Of a tablet that was just paired."""
    return Devices(bedside_home.devices).pair(DOCTOR, datetime.now(UTC))[1]
