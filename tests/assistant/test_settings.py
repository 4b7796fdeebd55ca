"""settings.toml: defaults, and errors that name the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.settings import Settings, SettingsError, load
from assistant.speaker.session_voice import VoiceIdMode


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_without_a_file_voices_are_enrolled(file: Path) -> None:
    assert load(file) == Settings()
    assert load(file).voice.mode is VoiceIdMode.ENROLLED


@pytest.mark.parametrize("mode", list(VoiceIdMode))
def test_each_mode_is_read(file: Path, mode: VoiceIdMode) -> None:
    file.write_text(f'[voice]\nmode = "{mode}"\n')
    assert load(file).voice.mode is mode


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[voice]\nmode = "off"\n', "voice.mode"),
        ("[voice]\nmode = 1\n", "voice.mode"),
        ('[voice]\nmod = "none"\n', "voice.mod:"),
        ('[voices]\nmode = "none"\n', "voices:"),
        ('voice = "none"\n', "voice:"),
        ("[voice\n", "TOML"),
    ],
)
def test_what_means_nothing_is_named(file: Path, text: str, named: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as error:
        load(file)
    assert named in error.value.cause
    assert str(file) in error.value.fix
