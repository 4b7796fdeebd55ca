"""The served OpenAPI document against the served API, by schemathesis over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from ledger_samples import allow, fill
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from ledger.errors import ParameterInvalid
from ledger.operations import Query
from ledger.server import credential, running
from ledger.store import Store
from ledger.verify import verify
from ledger_client.signing import Credential, SignedRequests

pytestmark = pytest.mark.slow

ADMINISTRATION = ("/accounts", "/channels", "/erasures")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    home = tmp_path_factory.mktemp("openapi")
    with closing(Store(home)) as store:
        fill(store)
        allow(store)
    with running(home) as (url, token):
        yield home, url, token


def operations(url: str) -> list[Any]:
    found = schemathesis.openapi.from_url(url + "/openapi.json").get_all_operations()
    return [result.ok() for result in found]


def exercise(operation: Any, mode: GenerationMode, account: Credential) -> None:
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        header = case.meta.components.get(ParameterLocation.HEADER)
        # a spoilt signature is mended by the account that sends it
        assume(header is None or header.mode is GenerationMode.POSITIVE)
        # records obey more rules than a schema says: units of a code, order of dates
        case.call_and_validate(
            auth=SignedRequests(account), excluded_checks=[positive_data_acceptance]
        )

    ask()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_what_the_document_promises(
    service: tuple[Path, str, str], mode: GenerationMode
) -> None:
    home, url, token = service
    box, admin = Credential.parse(token), credential(home, "admin")
    called = set()
    for operation in operations(url):
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
            continue  # nothing about it can be wrong
        called.add(operation.label)
        exercise(operation, mode, admin if operation.path.startswith(ADMINISTRATION) else box)
    assert len(called) >= (20 if mode is GenerationMode.NEGATIVE else 35)


def test_the_ledger_is_intact_after_all_that(service: tuple[Path, str, str]) -> None:
    verdict = verify(service[0])
    assert verdict.intact, verdict.findings


def test_a_line_break_is_in_no_parameter_as_the_document_says() -> None:
    with pytest.raises(ParameterInvalid):
        Query("query", "a name").value("\nИванов")
