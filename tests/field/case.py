"""What a case of the field is, and the bench on which it is tried."""

import contextlib
import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import soundfile

from tests.field.judge import apart_deg, sound_direction


class Wrong(Exception):
    """What was seen is not what is right; the text says what was seen."""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    said: str

    @property
    def one_line(self) -> str:
        return " / ".join(line.strip() for line in self.said.splitlines() if line.strip())[:300]


@dataclass(frozen=True)
class Bench:
    """Inputs, a folder for what is written, and ways to run the program and look at what it did."""

    films: Path
    sounds: Path
    work: Path

    def main(self, *arguments: object) -> Ran:
        """Run a command of the program in this process."""
        from app.cli import main

        out, said = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
            status = main([str(argument) for argument in arguments])
        return Ran(status, out.getvalue(), said.getvalue())

    def done(self, *arguments: object) -> Ran:
        """Run a command that has to succeed."""
        ran = self.main(*arguments)
        if ran.status != 0:
            raise Wrong(f"exit {ran.status}: {ran.one_line}")
        return ran

    def refused(self, *arguments: object) -> str:
        """Run a command that has to be refused in one sentence and exit status 2; returns the sentence."""
        ran = self.main(*arguments)
        lines = [line for line in ran.said.splitlines() if line.strip()]
        if ran.status != 2 or len(lines) != 1 or "Traceback" in ran.said:
            raise Wrong(f"exit {ran.status}: {ran.one_line}")
        return "exit 2: " + lines[0]

    def generated(self, name: str, *arguments: object) -> tuple[Path, Ran]:
        """Generate into a WAV of that name."""
        out = self.work / f"{name}.wav"
        return out, self.done("generate", *arguments, "--out", out)

    def inspected(self, file: Path, *options: str) -> dict[str, Any]:
        """Return what `inspect --json` says of a file."""
        told: dict[str, Any] = json.loads(self.done("inspect", file, "--json", *options).out)
        return told

    def annotated(self, file: Path, *options: str) -> tuple[tuple[float, float], dict[str, Any], Ran]:
        """Return the direction of the loudest second of a recording, the whole annotation, and how it ran."""
        out = Path(tempfile.mkdtemp(dir=self.work))
        ran = self.done("annotate", file, "--out", out, *options)
        annotation = json.loads(next(out.glob("*.json")).read_text("utf-8"))
        loudest = max(annotation["segments"], key=lambda segment: segment["energy"])
        if loudest["azimuth_deg"] is None:
            return (0.0, 0.0), annotation, ran
        return (loudest["azimuth_deg"], loudest["elevation_deg"]), annotation, ran


Look: TypeAlias = Callable[[Bench], str]
"""Returns what was seen, or raises Wrong."""


@dataclass(frozen=True)
class Case:
    """A row: `right` in words, `look` returns what was seen or raises Wrong. `keeps` marks what was right before."""

    name: str
    right: str
    look: Look
    keeps: bool = False


def near(seen: tuple[float, float], right: tuple[float, float], within_deg: float) -> str:
    """Return the direction in words; raises Wrong if it is further away than that."""
    text = f"({seen[0]:.1f}, {seen[1]:.1f})"
    if apart_deg(seen, right) > within_deg:
        raise Wrong(text)
    return text


def sounds_from(
    file: Path, right: tuple[float, float], within_deg: float, start_s: float = 0.0, end_s: float | None = None
) -> str:
    """Return the direction of a sound file in words; raises Wrong if it is further away than that."""
    azimuth, elevation, _ = sound_direction(file, start_s, end_s)
    return near((azimuth, elevation), right, within_deg)


def is_long(file: Path, samples: int) -> str:
    """Return the length of a file in words; raises Wrong if it is another."""
    frames = soundfile.info(file).frames
    if frames != samples:
        raise Wrong(f"{frames} samples")
    return f"{frames} samples"


def says(text: str, *words: str) -> str:
    """Return a text that has to hold one of the words; raises Wrong if it does not."""
    if not any(word.lower() in text.lower() for word in words):
        raise Wrong(f"said: {text!r}")
    return text[:200]
