"""What one conversation does beside its stream, and how it tells that something of it failed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from assistant.errors import AssistantError
from assistant.live import events

_LOG: Final = logging.getLogger(__name__)


class Beside:
    """The tasks of one conversation; on the event loop's thread."""

    def __init__(self, emit: Callable[[events.Event], None]) -> None:
        self._emit = emit
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether anything that was begun is not done yet."""
        return bool(self._tasks)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work``; its failure is told in one Russian sentence."""
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """Nobody needs any of it any more."""
        for task in self._tasks:
            task.cancel()

    def tell_fault(self, error: BaseException | None) -> None:
        """Tell the screen what failed, if anything did."""
        if isinstance(error, AssistantError):
            self._emit(events.Failed(error.code, error.spoken))
        elif error is not None:
            # the message may quote what was said: only the kind is logged
            _LOG.error("a turn failed: %s", type(error).__name__)
            self._emit(events.Failed(AssistantError.code, AssistantError.spoken))

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            pass  # a pass that nobody needs any more
        except Exception as error:
            self.tell_fault(error)
