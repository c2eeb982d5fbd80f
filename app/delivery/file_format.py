"""In which form files are written: a kind with its options, chosen one by one or by a preset."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypedDict, Unpack

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.contract.video import Pose
from engine.export.credentials.claim import Signing
from engine.export.delivery.order import Kind, Order
from engine.export.delivery.presets import PRESETS
from engine.export.film.film_writer import Coding, FilmPart
from engine.export.reading.source import Convention

USUAL_SUFFIX: Final[dict[Kind, str]] = {
    "wav": ".wav",
    "adm": ".wav",
    "flac": ".flac",
    "amb": ".amb",
    "caf": ".caf",
    "mov": ".mov",
    "mp4": ".mp4",
    "binaural": ".wav",
}
_BY_SUFFIX: Final[dict[str, Kind]] = {
    ".wav": "wav",
    ".bwf": "wav",
    ".flac": "flac",
    ".amb": "amb",
    ".caf": "caf",
    ".mov": "mov",
    ".mp4": "mp4",
}
FILM_SUFFIXES: Final = (".mov", ".mp4")


@dataclass(frozen=True)
class FileFormat:
    """The kind of files, their suffix, and everything about them that does not depend on what they hold.

    `coding` None is the usual one of the kind. The other values are as in `Order`.
    """

    kind: Kind = "wav"
    suffix: str = ".wav"
    coding: Coding | None = None
    rate_hz: int = SAMPLE_RATE_HZ
    normalise_lufs: float | None = None
    ceiling_dbtp: float | None = None
    watermark: bool = True
    signing: Signing | None = None

    @property
    def has_pictures(self) -> bool:
        """Whether its files are films."""
        return self.suffix in FILM_SUFFIXES

    @property
    def of_parts(self) -> "FileFormat":
        """The form of the parts of a mix: without pictures, and at the level that the mix has."""
        plain = replace(self, normalise_lufs=None, ceiling_dbtp=None)
        if not self.has_pictures:
            return plain
        kind: Kind = "binaural" if self.kind == "binaural" else "wav"
        return replace(plain, kind=kind, suffix=".wav", coding=None if self.coding == "aac" else self.coding)

    @property
    def of_stereo(self) -> "FileFormat":
        """The form of stereo files beside it: what can hold two channels that are no field."""
        plain = self.of_parts
        if plain.kind in ("adm", "amb"):
            return replace(plain, kind="wav", suffix=".wav")
        return plain

    def order(self, take: Path, out: Path, **more: Unpack["OrderFacts"]) -> Order:
        """Return the order of one file. Raises ExportError or InvalidInputError for what does not go together."""
        return Order(
            take=take,
            out=out,
            kind=self.kind,
            coding=self.coding,
            rate_hz=self.rate_hz,
            normalise_lufs=self.normalise_lufs,
            ceiling_dbtp=self.ceiling_dbtp,
            watermark=self.watermark,
            signing=self.signing,
            **more,
        )


class OrderFacts(TypedDict, total=False):
    """What an order has besides its form; the values are as in `Order`."""

    convention: Convention | None
    range_s: tuple[float, float] | None
    start_s: float
    time_of_day_s: float
    film: FilmPart | None
    film_s: float
    head_locked: Path | None
    gain_db: float
    turned: Pose


def chosen_format(
    out: Path,
    *,
    kind: Kind | None = None,
    preset: str | None = None,
    coding: Coding | None = None,
    rate_hz: int | None = None,
    normalise_lufs: float | None = None,
    ceiling_dbtp: float | None = None,
    watermark: bool = True,
    signing: Signing | None = None,
) -> FileFormat:
    """Return the form of a file: what was asked for, the rest as its preset or its suffix says.

    Raises InvalidInputError if nothing says which kind it is.
    """
    chosen = PRESETS[preset] if preset else None
    suffix = out.suffix.lower()
    found = kind or (chosen.kind if chosen else _BY_SUFFIX.get(suffix))
    if found is None:
        raise InvalidInputError(f"The suffix of {out.name} does not stand for a format: specify --format or --preset.")
    if coding is None and chosen is not None and suffix != ".mp4":  # a suffix that allows one coding takes precedence
        coding = chosen.coding
    if chosen is not None:
        rate_hz = rate_hz or chosen.rate_hz
        normalise_lufs = chosen.normalise_lufs if normalise_lufs is None else normalise_lufs
        ceiling_dbtp = chosen.ceiling_dbtp if ceiling_dbtp is None else ceiling_dbtp
    return FileFormat(
        found, suffix, coding, rate_hz or SAMPLE_RATE_HZ, normalise_lufs, ceiling_dbtp, watermark, signing
    )
