"""One utterance of a recogniser that streams, recognised while it is spoken."""

from __future__ import annotations

from collections.abc import Callable

from assistant.messages import NothingHeard, RecognizerStream, Transcript, Utterance


class Spoken:
    """Gives a stream each sample once; for the hearing thread.

    Each time it is given the utterance whole, as it stands. Recognisers hear the last half second
    only when they are told that it is the end. So a pause is taken for the end, and where speech
    goes on after it, it is heard from its beginning again, while the speaker goes on.
    """

    def __init__(self, begin: Callable[[], RecognizerStream]) -> None:
        self._begin = begin
        self._stream: RecognizerStream | None = None
        self._taken = 0

    def take(self, utterance: Utterance) -> RecognizerStream:
        """Hear what was added to the utterance."""
        if self._stream is None:
            self._stream, self._taken = self._begin(), 0
        self._stream.accept(utterance.samples[self._taken :])
        self._taken = len(utterance.samples)
        return self._stream

    def so_far(self, utterance: Utterance) -> Transcript | NothingHeard:
        """Its words in the middle of speech."""
        return self.take(utterance).so_far()

    def finish(self, utterance: Utterance) -> Transcript | NothingHeard:
        """Its words at a pause, or at its end."""
        words = self.take(utterance).finish()
        self.close()
        return words

    def close(self) -> None:
        """It is over, or forgotten."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
