"""The ledger's REST API."""

from __future__ import annotations

from starlette.types import ASGIApp

from ledger import openapi
from ledger.accounts import Accounts
from ledger.charts import Charts
from ledger.contracts.endpoints import endpoints as contract_endpoints
from ledger.contracts.service import Contracts
from ledger.endpoints import administration, appending, chains, reading
from ledger.http import application, reply
from ledger.reads import ReadJournal
from ledger.store import Store
from ledger_client.messages import Health
from ledger_client.wire import API_VERSION


class _Api(reading.Reading, chains.Chains, appending.Appending, administration.Administration):
    """All endpoints, over one ledger."""


def create_app(store: Store, journal: ReadJournal, contracts: Contracts) -> ASGIApp:
    """The ASGI application over ``store``; reads are recorded in ``journal``."""
    store.objects.clean()
    charts = Charts(store)
    accounts = Accounts(store, charts)
    api = _Api(store, charts, accounts, journal)
    endpoints = (
        *reading.endpoints(api),
        *chains.endpoints(api),
        *appending.endpoints(api),
        *administration.endpoints(api),
        *contract_endpoints(contracts, journal, charts),
    )
    opened = {
        "/health": reply(Health("ok", API_VERSION)),
        "/openapi.json": openapi.document(endpoints),
    }
    return application(endpoints, opened, accounts, store.objects.folder)
