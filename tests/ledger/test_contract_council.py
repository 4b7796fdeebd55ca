"""The council against a model of it in Python, and the rules one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from contract_samples import ORGANISATIONS, Deployed, deploy
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger.contracts.artifacts import artifact
from ledger.contracts.embedded import EmbeddedEngine

NOW = 1_800_000_000
LIFETIME = 30 * 24 * 3600
PEOPLE = st.integers(0, len(ORGANISATIONS) - 1)


class Refused(Exception):
    """The model says no; the text is the contract's error."""


class ModelCouncil:
    """What the contract should do, written without looking at how it does it."""

    def __init__(self, founders: list[int], threshold: int) -> None:
        self.members = list(founders)
        self.threshold = threshold
        self.terms = dict.fromkeys(founders, 1)
        self.proposals: list[tuple[str, int, float]] = []
        self.votes: list[set[tuple[int, int]]] = []
        self.executed: set[int] = set()

    def propose(self, who: int, action: str, value: int, now: float) -> None:
        self.check_member(who)
        if action == "admit" and value in self.members:
            raise Refused("AlreadyMember")
        if action == "expel":
            self.check_member(value)
            if len(self.members) == 1:
                raise Refused("LastMember")
        if action == "threshold":
            self.check_threshold(value)
        self.proposals.append((action, value, now + LIFETIME))
        self.votes.append(set())
        try:
            self.cast(who, len(self.proposals) - 1)
        except Refused:
            del self.proposals[-1], self.votes[-1]
            raise

    def vote(self, who: int, proposal: int, now: float) -> None:
        self.check_member(who)
        self.check_open(proposal, now)
        if (who, self.terms[who]) in self.votes[proposal]:
            raise Refused("AlreadyVoted")
        self.cast(who, proposal)

    def execute(self, who: int, proposal: int, now: float) -> None:
        self.check_member(who)
        self.check_open(proposal, now)
        if self.counted(proposal) < self.threshold:
            raise Refused("NotCarried")
        self.carry(proposal)

    def cast(self, who: int, proposal: int) -> None:
        self.votes[proposal].add((who, self.terms[who]))
        try:
            if self.counted(proposal) >= self.threshold:
                self.carry(proposal)
        except Refused:
            self.votes[proposal].discard((who, self.terms[who]))
            raise

    def carry(self, proposal: int) -> None:
        action, value, _ = self.proposals[proposal]
        if action == "admit":
            if value in self.members:
                raise Refused("AlreadyMember")
            self.members.append(value)
            self.terms[value] = self.terms.get(value, 0) + 1
            self.threshold = max(self.threshold, len(self.members) // 2 + 1)
        elif action == "expel":
            self.check_member(value)
            if len(self.members) == 1:
                raise Refused("LastMember")
            self.members.remove(value)
            self.threshold = min(self.threshold, len(self.members))
        else:
            self.check_threshold(value)
            self.threshold = value
        self.executed.add(proposal)

    def counted(self, proposal: int) -> int:
        return sum((who, self.terms[who]) in self.votes[proposal] for who in self.members)

    def check_member(self, who: int) -> None:
        if who not in self.members:
            raise Refused("NotMember")

    def check_threshold(self, value: int) -> None:
        if not len(self.members) // 2 < value <= len(self.members):
            raise Refused("ThresholdOutOfBounds")

    def check_open(self, proposal: int, now: float) -> None:
        if (
            proposal >= len(self.proposals)
            or proposal in self.executed
            or now > self.proposals[proposal][2]
        ):
            raise Refused("ProposalNotOpen")


class CouncilMachine(RuleBasedStateMachine):
    """Any order of proposals, votes and waits: contract and model agree after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.folder = TemporaryDirectory()
        self.engine = EmbeddedEngine(Path(self.folder.name), clock=lambda: self.now)

    def teardown(self) -> None:
        self.engine.verify()
        self.engine.close()
        self.folder.cleanup()

    @initialize(size=st.integers(1, 5), surplus=st.integers(0, 2))
    def found(self, size: int, surplus: int) -> None:
        founders = list(range(size))
        threshold = min(size // 2 + 1 + surplus, size)
        self.model = ModelCouncil(founders, threshold)
        addresses = [ORGANISATIONS[who].address for who in founders]
        self.council = deploy(self.engine, "Council", addresses, threshold)

    @rule(who=PEOPLE, action=st.sampled_from(["admit", "expel"]), subject=PEOPLE)
    def propose(self, who: int, action: str, subject: int) -> None:
        function = {"admit": "proposeAdmission", "expel": "proposeExpulsion"}[action]
        self.same(
            who,
            lambda: self.model.propose(who, action, subject, self.now),
            function,
            ORGANISATIONS[subject].address,
        )

    @rule(who=PEOPLE, threshold=st.integers(0, 8))
    def propose_threshold(self, who: int, threshold: int) -> None:
        self.same(
            who,
            lambda: self.model.propose(who, "threshold", threshold, self.now),
            "proposeThreshold",
            threshold,
        )

    @rule(who=PEOPLE, proposal=st.integers(0, 12))
    def vote(self, who: int, proposal: int) -> None:
        self.same(who, lambda: self.model.vote(who, proposal, self.now), "vote", proposal + 1)

    @rule(proposal=st.integers(0, 12))
    def everyone_votes(self, proposal: int) -> None:
        for who in list(self.model.members):
            self.vote(who, proposal)

    @rule(who=PEOPLE, proposal=st.integers(0, 12))
    def execute(self, who: int, proposal: int) -> None:
        self.same(who, lambda: self.model.execute(who, proposal, self.now), "execute", proposal + 1)

    @rule(seconds=st.sampled_from([1, LIFETIME // 2, LIFETIME + 1]))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @invariant()
    def agree(self) -> None:
        anyone = ORGANISATIONS[6]
        members = self.council.ask(anyone, "members")
        expected = {ORGANISATIONS[who].address for who in self.model.members}
        assert isinstance(members, tuple)
        assert set(members) == expected and len(members) == len(expected)
        assert self.council.ask(anyone, "threshold") == self.model.threshold
        assert len(members) // 2 < self.model.threshold <= len(members)
        assert self.council.ask(anyone, "proposalCount") == len(self.model.proposals)
        for number in range(len(self.model.proposals)):
            assert self.council.ask(anyone, "votesFor", number + 1) == self.model.counted(number)

    def same(self, who: int, model: Callable[[], None], function: str, *given: object) -> None:
        """Do it on both; both do it, or both refuse for the same reason."""
        refusal = self.council.refusal(ORGANISATIONS[who], function, *given)
        try:
            model()
            expected = ""
        except Refused as reason:
            expected = str(reason)
        assert refusal == expected
        assert self.council.send(ORGANISATIONS[who], function, *given).succeeded == (not expected)


TestCouncil = CouncilMachine.TestCase
TestCouncil.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    with closing(EmbeddedEngine(tmp_path, clock=lambda: NOW)) as opened:
        yield opened


def council(engine: EmbeddedEngine, members: int, threshold: int) -> Deployed:
    founders = [organisation.address for organisation in ORGANISATIONS[:members]]
    return deploy(engine, "Council", founders, threshold)


def test_an_expelled_member_loses_its_rights_and_its_votes_at_once(engine: EmbeddedEngine) -> None:
    of_five = council(engine, 5, 3)
    rogue, first, second, third, fourth = ORGANISATIONS[:5]
    newcomer = ORGANISATIONS[5]
    of_five.send(rogue, "proposeAdmission", newcomer.address)
    of_five.send(first, "proposeExpulsion", rogue.address)
    of_five.send(second, "vote", 2)
    assert of_five.ask(first, "votesFor", 1) == 1
    of_five.send(third, "vote", 2)
    assert of_five.ask(first, "isMember", rogue.address) is False
    assert of_five.ask(first, "votesFor", 1) == 0
    assert of_five.refusal(rogue, "vote", 1) == "NotMember"
    of_five.send(first, "vote", 1)
    of_five.send(second, "vote", 1)
    assert of_five.ask(first, "isMember", newcomer.address) is False, "the rogue's vote counted"
    of_five.send(fourth, "vote", 1)
    assert of_five.ask(first, "isMember", newcomer.address) is True


def test_votes_of_an_earlier_membership_do_not_come_back(engine: EmbeddedEngine) -> None:
    of_three = council(engine, 3, 2)
    first, second, third = ORGANISATIONS[:3]
    of_three.send(third, "proposeAdmission", ORGANISATIONS[5].address)
    of_three.send(first, "proposeExpulsion", third.address)
    of_three.send(second, "vote", 2)
    of_three.send(first, "proposeAdmission", third.address)
    of_three.send(second, "vote", 3)
    assert of_three.ask(first, "isMember", third.address) is True
    assert of_three.ask(first, "votesFor", 1) == 0
    assert of_three.refusal(third, "vote", 1) == ""


def test_the_last_member_stays_and_can_admit(engine: EmbeddedEngine) -> None:
    of_two = council(engine, 2, 2)
    first, second = ORGANISATIONS[:2]
    of_two.send(first, "proposeExpulsion", second.address)
    of_two.send(second, "vote", 1)
    assert of_two.ask(first, "threshold") == 1
    assert of_two.refusal(first, "proposeExpulsion", first.address) == "LastMember"
    of_two.send(first, "proposeAdmission", second.address)
    assert of_two.ask(first, "isMember", second.address) is True
    assert of_two.ask(first, "threshold") == 2


def test_a_proposal_runs_out(tmp_path: Path) -> None:
    now = [NOW]
    with closing(EmbeddedEngine(tmp_path, clock=lambda: now[0])) as engine:
        of_three = council(engine, 3, 2)
        of_three.send(ORGANISATIONS[0], "proposeAdmission", ORGANISATIONS[5].address)
        now[0] += LIFETIME
        assert of_three.refusal(ORGANISATIONS[1], "vote", 1) == ""
        now[0] += 1
        assert of_three.refusal(ORGANISATIONS[1], "vote", 1) == "ProposalNotOpen"


@pytest.mark.parametrize(
    ("members", "threshold"), [([], 0), ([0], 0), ([0, 1], 1), ([0, 1], 3), ([0, 0], 2)]
)
def test_an_unsafe_council_is_not_founded(
    engine: EmbeddedEngine, members: list[int], threshold: int
) -> None:
    founders = [ORGANISATIONS[who].address for who in members]
    data = artifact("Council").deployment(founders, threshold)
    signer = ORGANISATIONS[0]
    receipt = engine.submit(signer.transaction(engine.chain_id, 0, None, data))
    assert not receipt.succeeded
    assert receipt.contract is None
