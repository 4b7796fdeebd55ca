"""The commands about the voice itself: a closed list, matched as a whole utterance.

They are no intents: «говори громче» asks nothing of a chart, and «давление громче» is none of
them.
"""

from __future__ import annotations

from itertools import product
from typing import Final

from assistant.speech.delivery import VoiceChange
from nlu.canon import fold, folded_words

_WORDS: Final = {
    VoiceChange.SLOWER: ("медленнее", "помедленнее", "медленней", "помедленней"),
    VoiceChange.FASTER: ("быстрее", "побыстрее", "быстрей", "побыстрей"),
    VoiceChange.LOUDER: ("громче", "погромче"),
    VoiceChange.QUIETER: ("тише", "потише"),
    VoiceChange.NORMAL: (
        *("обычная скорость", "нормальная скорость", "обычный голос", "обычная громкость"),
        *("нормальная громкость", "как обычно"),
    ),
}
_BEFORE: Final = ("", "говори", "говорите", "читай", "читайте", "сделай", "можно", "чуть", "ещё")
_AFTER: Final = ("", "пожалуйста")
_COMMANDS: Final = {
    fold(" ".join(part for part in (before, word, after) if part)): change
    for change, words in _WORDS.items()
    for before, word, after in product(_BEFORE, words, _AFTER)
}


def voice_change(text: str) -> VoiceChange | None:
    """What ``text`` wants of the voice; None when it is anything else."""
    return _COMMANDS.get(" ".join(folded_words(text)))
