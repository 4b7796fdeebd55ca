"""What can go wrong while tuning; nothing here is ever said to a doctor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from assistant.errors import AssistantError


class TuningError(AssistantError):
    """Base of the errors of ``assistant nlu``."""

    code: ClassVar[str] = "nlu"
    spoken: ClassVar[str] = "Настройка понимания не изменена."
    exit_code: ClassVar[int] = 9

    def __init__(self, cause: str, fix: str, about: Sequence[str] = ()) -> None:
        """``about``: the names in ``cause``, for a page that says it in its own words."""
        super().__init__(cause, fix)
        self.about = tuple(about)

    def to_json(self) -> dict[str, Any]:
        """``code`` and ``about``."""
        return {"error": self.code, "about": list(self.about)}


class ExampleError(TuningError):
    """An example can't be added to the site's own."""

    code = "nlu.example"


class SiteFileError(ExampleError):
    """The file of the site's own examples can't be read."""

    code = "nlu.example.file"


class UnknownIntentError(ExampleError):
    """No intent has this name."""

    code = "nlu.example.intent"


class TakenExampleError(ExampleError):
    """The utterance is an example of another intent, which is what it is ``about``."""

    code = "nlu.example.taken"


class ExaminedExampleError(ExampleError):
    """The utterance is in the test sets."""

    code = "nlu.example.examined"


class UnknownEntityError(ExampleError):
    """The marked entities that it is ``about`` don't exist."""

    code = "nlu.example.entity"


class StrayMarkError(ExampleError):
    """The text has a mark that is no part of a marked entity."""

    code = "nlu.example.mark"


class NotRussianError(ExampleError):
    """The text has no Russian word."""

    code = "nlu.example.language"


class VersionError(TuningError):
    """There is no such version."""

    code = "nlu.version"


class CorruptVersionError(TuningError):
    """A version's files are not those that were trained."""

    code = "nlu.corrupt"


class CorruptHistoryError(CorruptVersionError):
    """The history of promotions can't be read."""

    code = "nlu.history"


class WorseModelError(TuningError):
    """A version does worse than the one in use in the golden measures that it is ``about``."""

    code = "nlu.worse"


class ReviewError(TuningError):
    """There is no such utterance in the review queue."""

    code = "nlu.review"
