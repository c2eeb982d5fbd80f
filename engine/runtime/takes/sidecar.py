"""The description of a take, as JSON beside its sound: for the offer at the next start, and for inspection."""

import dataclasses
import json
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from engine.contract.camera import shown_name
from engine.contract.control import GenerationSettings, SettingsChange
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.video import VideoInfo
from engine.files.staging import write_texts
from engine.runtime.takes.coverage import NO_STRETCHES, Stretch

FORMAT: Final = "swansphere-take"
VERSION: Final = 1
_MOST_BYTES: Final = 64 * 2**20
_GUIDANCE: Final = {"without_history": "guidance_afresh"}
"""The key of a guidance weight, if it is not `guidance_` and the weight's name."""


@dataclass(frozen=True)
class TakeFilm:
    """The film of a take; `samples` is its length in samples, `content` its hash ("" if not known yet)."""

    path: str = ""
    content: str = ""
    samples: int = 0
    layout: str = ""
    projection: str = ""
    time_reference_samples: int = 0

    @classmethod
    def of(cls, film: VideoInfo, samples: int, content: str) -> "TakeFilm":
        """Return the description of a film that a take stores."""
        return cls(film.path, content, samples, film.layout.value, film.projection.value, film.time_reference_samples)

    def goes_with(self, other: "TakeFilm") -> bool:
        """Return whether a take of one can continue with the other: same place, length and interpretation."""
        mine, theirs = ((film.path, film.samples, film.layout, film.projection) for film in (self, other))
        return mine == theirs

    @property
    def name(self) -> str:
        """The name of the film or camera, or a placeholder for takes without a film."""
        return shown_name(self.path) if self.path else "a film"


class SettingsLog:
    """Which settings held from which patch on; equal settings are kept once."""

    def __init__(self) -> None:
        self._settings: list[dict[str, Any]] = []
        self._changes: list[list[int]] = []

    def add(self, sitting: int, change: SettingsChange) -> None:
        """Add a line."""
        settings = _values(change.settings)
        if settings not in self._settings:
            self._settings.append(settings)
        self._changes.append([sitting, change.epoch, change.patch_index, self._settings.index(settings)])

    def take_up(self, values: object) -> None:
        """Continue the log of an earlier sitting unchanged."""
        if isinstance(values, dict) and isinstance(values.get("settings"), list):
            self._settings = list(values["settings"])
            self._changes = list(values.get("changes", []))

    def values(self) -> dict[str, Any]:
        """Return the log for JSON: `changes` are rows of sitting, epoch, patch and place in `settings`."""
        return {"settings": list(self._settings), "changes": list(self._changes)}


def _values(settings: GenerationSettings) -> dict[str, Any]:
    """Return settings for JSON. Each weight of guidance has its own key, as in takes of earlier versions."""
    values: dict[str, Any] = {}
    for name, value in dataclasses.asdict(settings).items():
        if name == "guidance":
            values |= {_GUIDANCE.get(weight, f"guidance_{weight}"): number for weight, number in value.items()}
        else:
            values[name] = value
    return values


@dataclass(frozen=True)
class Sidecar:
    """The state that is written at least once per second during recording.

    `stretches` are the film samples that were heard and that the disk has confirmed. The first `frames` frames of the
    sound and the first `records` records of the journal are safe even from a power failure. Times are seconds since
    1970.
    """

    film: TakeFilm
    began_s: float
    changed_s: float
    checkpoint_sha256: str = ""
    stretches: tuple[Stretch, ...] = NO_STRETCHES
    frames: int = 0
    records: int = 0
    log: dict[str, Any] = dataclasses.field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write it, whole or not at all. Raises ExportError."""
        values = {
            "format": FORMAT,
            "version": VERSION,
            "sample_rate_hz": SAMPLE_RATE_HZ,
            "channels": "AmbiX: ACN W Y Z X, SN3D, float32 little-endian",
            **dataclasses.asdict(self),
        }
        write_texts({path: json.dumps(values, default=_plain) + "\n"})


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else str(value)


def read_sidecar(path: Path) -> Sidecar | None:
    """Return a sidecar, or None if there is none or it has another version."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != FORMAT or values["version"] != VERSION:
            return None
        film = {field.name: field.type(values["film"][field.name]) for field in dataclasses.fields(TakeFilm)}  # type: ignore[operator]
        return Sidecar(
            film=TakeFilm(**film),
            began_s=float(values["began_s"]),
            changed_s=float(values["changed_s"]),
            checkpoint_sha256=str(values["checkpoint_sha256"]),
            stretches=tuple((int(begin), int(end)) for begin, end in values["stretches"]),
            frames=int(values["frames"]),
            records=int(values["records"]),
            log=dict(values["log"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None
