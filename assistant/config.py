"""Where things lie: one home folder for a box, set by ``ASSISTANT_HOME``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

_APP = "clinician-voice-assistant"


@dataclass(frozen=True, slots=True)
class Paths:
    """Folders and files of one box."""

    home: Path
    models: Path

    @classmethod
    def from_environment(cls) -> Paths:
        """``ASSISTANT_HOME`` and ``ASSISTANT_MODELS``, else the platform's usual places."""
        home = os.environ.get("ASSISTANT_HOME")
        models = os.environ.get("ASSISTANT_MODELS")
        return cls(
            home=Path(home) if home else user_data_path(_APP),
            models=Path(models) if models else user_cache_path(_APP) / "models",
        )

    @property
    def site_key(self) -> Path:
        """The key that seals everything else on this box."""
        return self.home / "keys" / "site.key"

    @property
    def speakers(self) -> Path:
        """Sealed voiceprints and consents."""
        return self.home / "speakers"

    @property
    def staff(self) -> Path:
        """Roles and patients of those who may ask."""
        return self.home / "staff.toml"

    @property
    def sessions(self) -> Path:
        """Sealed dialogue state between turns."""
        return self.home / "sessions"

    @property
    def audit(self) -> Path:
        """The hash-chained audit log."""
        return self.home / "audit.jsonl"

    @property
    def ledger(self) -> Path:
        """The embedded ledger's database and keys."""
        return self.home / "ledger"

    @property
    def ledger_cache(self) -> Path:
        """Sealed answers of the ledger, for when it can't be reached."""
        return self.home / "ledger-cache"

    @property
    def ledger_checkpoints(self) -> Path:
        """The newest state of the ledger that this box has verified."""
        return self.home / "ledger-checkpoints.json"
