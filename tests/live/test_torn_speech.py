"""Speech of which a part never came, over real audio and the real pipeline."""

from __future__ import annotations

import pytest
from scripted_bedside import SPEECH, Bedside, silence

from assistant.attention import Attention
from assistant.live import Conversation, events
from assistant.messages import NothingHeardReason, Transcript


@pytest.mark.parametrize("held", [False, True])
def test_an_utterance_with_a_hole_is_to_be_said_again(bedside: Bedside, held: bool) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        b.words.next = Transcript("помощь")
        if held:
            conversation.hold()
        conversation.push(SPEECH)
        conversation.push(silence(0.3))
        await b.until(events.Partial)
        b.events.clear()
        conversation.missed()
        conversation.push(SPEECH)
        conversation.push(silence(1.5))
        if held:
            conversation.release()
        await b.until(events.NothingSaid)
        # the hole may hold the beginning as well
        conversation.missed()
        conversation.push(silence(0.5))
        conversation.push(SPEECH)
        conversation.push(silence(1.5))
        await b.until(events.NothingSaid, 2)
        assert b.of(events.NothingSaid) == [events.NothingSaid(NothingHeardReason.TORN)] * 2
        assert not b.of(events.Partial)
        assert not b.of(events.Answered)
        conversation.missed()
        conversation.push(silence(1.5))
        await b.hears(conversation, "помощь")

    bedside.run(scene)


def test_a_hole_in_talk_that_is_not_for_us_is_nobodys_business(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        for text, told in (
            ("запиши давление", events.Ignored),
            ("ассистент запиши", events.NothingSaid),
        ):
            b.words.next = Transcript(text)
            conversation.push(SPEECH)
            conversation.missed()
            conversation.push(SPEECH)
            conversation.push(silence(1.5))
            await b.until(told)
        assert len(b.of(events.NothingSaid)) == 1
        assert not b.of(events.Answered)

    bedside.run(scene, Attention())
