"""What can go wrong while tuning; nothing here is ever said to a doctor."""

from __future__ import annotations

from typing import ClassVar

from assistant.errors import AssistantError


class TuningError(AssistantError):
    """Base of the errors of ``assistant nlu``."""

    code: ClassVar[str] = "nlu"
    spoken: ClassVar[str] = "Настройка понимания не изменена."
    exit_code: ClassVar[int] = 9


class ExampleError(TuningError):
    """An example can't be added to the site's own."""

    code = "nlu.example"


class VersionError(TuningError):
    """There is no such version."""

    code = "nlu.version"


class CorruptVersionError(TuningError):
    """A version's files are not those that were trained."""

    code = "nlu.corrupt"


class WorseModelError(TuningError):
    """A version does worse on the golden set than the one in use."""

    code = "nlu.worse"


class ReviewError(TuningError):
    """There is no such utterance in the review queue."""

    code = "nlu.review"
