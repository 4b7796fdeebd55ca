"""A circuit breaker: a ledger that fails again and again is left alone for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FAILURES: Final = 3
"""Calls in a row (each with its retries) that open the circuit."""
COOL_DOWN_S: Final = 5.0


@dataclass(slots=True)
class Breaker:
    """Advanced by the time given to it, in seconds of a clock that never goes back."""

    failures: int = 0
    open_until: float = 0.0

    def allows(self, now: float) -> bool:
        """Whether a call may go out. After the cool-down one call probes, others wait on."""
        if self.failures < FAILURES:
            return True
        if now < self.open_until:
            return False
        self.open_until = now + COOL_DOWN_S
        return True

    def succeeded(self) -> None:
        """The ledger answered, whatever it said."""
        self.failures = 0

    def failed(self, now: float) -> None:
        """The ledger did not answer."""
        self.failures += 1
        self.open_until = now + COOL_DOWN_S
