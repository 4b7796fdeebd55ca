"""Endpoints of accounts, channels and erasures."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger.endpoints.shared import Endpoints, authored, own_key, page_of_all
from ledger.erasure import forget
from ledger.errors import AccountUnknown, BodyInvalid
from ledger.operations import Call, Endpoint, Query
from ledger.store import Draft
from ledger.writing import REGISTRY
from ledger_client import appends as new
from ledger_client.algorithms import PublicKey
from ledger_client.messages import Account, Channel, HistoryEntry, Page, Receipt
from ledger_client.wire import to_wire

_ACCOUNT: Final = Query("accountId", "Id of an account.", "[A-Za-z0-9_.-]{1,64}", required=True)


def endpoints(api: Administration) -> tuple[Endpoint, ...]:
    """The operations, as they are served and described."""
    admin = ("admin",)
    return (
        Endpoint(
            "GET", "/accounts", "All accounts.", api.accounts_page, Page[Account], roles=admin
        ),
        Endpoint(
            "GET",
            "/accounts/{accountId}",
            "One account.",
            api.account,
            Account,
            (_ACCOUNT,),
            roles=admin,
        ),
        Endpoint(
            "GET",
            "/accounts/{accountId}/history",
            "The records that an account made, without content.",
            api.history,
            Page[HistoryEntry],
            (_ACCOUNT,),
            roles=admin,
        ),
        Endpoint(
            "POST",
            "/accounts",
            "Create an account, or give it another role or key.",
            api.create_account,
            Receipt,
            body=new.NewAccount,
            roles=admin,
        ),
        Endpoint(
            "POST",
            "/accounts/{accountId}/status",
            "Suspend, close or reactivate an account.",
            api.set_status,
            Receipt,
            (_ACCOUNT,),
            body=new.NewStatus,
            roles=admin,
        ),
        Endpoint("GET", "/channels", "All channels.", api.channels, Page[Channel]),
        Endpoint(
            "POST",
            "/channels",
            "Make a channel, or change its organisations.",
            api.create_channel,
            Receipt,
            body=new.NewChannel,
            roles=admin,
        ),
        Endpoint(
            "POST",
            "/erasures",
            "Destroy a patient's key and ciphertexts for ever.",
            lambda c: forget(api.store, c.body.card, c.caller.account.id, c.body.reason),
            Receipt,
            body=new.NewErasure,
            roles=admin,
        ),
    )


class Administration(Endpoints):
    """What administrators do."""

    def accounts_page(self, _: Call) -> Page[Account]:
        return page_of_all(tuple(self._accounts.all().values()))

    def account(self, call: Call) -> Account:
        try:
            return self._accounts.all()[call.values["accountId"]]
        except KeyError:
            raise AccountUnknown("No account has this id.") from None

    def history(self, call: Call) -> Page[HistoryEntry]:
        account = self.account(call)
        return page_of_all(self.proofs.history(self.store.author(account.id)))

    def create_account(self, call: Call) -> Receipt:
        asked: new.NewAccount = call.body
        try:
            PublicKey.parse(asked.key)
        except ValueError:
            raise BodyInvalid("No such algorithm.", "key") from None
        account = Account(asked.id, asked.name, asked.role, asked.organisation, asked.key)
        return self._store_account(call, account)

    def set_status(self, call: Call) -> Receipt:
        return self._store_account(call, replace(self.account(call), status=call.body.status))

    def channels(self, _: Call) -> Page[Channel]:
        return page_of_all(tuple(self._charts.registry("channel", Channel).values()))

    def create_channel(self, call: Call) -> Receipt:
        asked: new.NewChannel = call.body
        try:
            for member in asked.members:
                PublicKey.parse(member.key)
        except ValueError:
            raise BodyInvalid("No such algorithm.", "members.key") from None
        channel = Channel(asked.id, asked.name, asked.members)
        draft = Draft(
            self.store.registry_chain("channels"),
            "channel",
            self.store.record_id(own_key(call)),
            call.caller.account.id,
            to_wire(channel),
            REGISTRY,
        )
        return self.store.append([authored(call, draft, call.given[0])])[0]

    def _store_account(self, call: Call, account: Account) -> Receipt:
        evidence = call.caller.evidence(call.given[0])
        draft = self._accounts.draft(account, call.caller.account.id, evidence)
        return self.store.append([draft])[0]
