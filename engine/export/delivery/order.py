"""What is to be delivered: a take, the kind of file, and everything that was asked of it; checked before any work."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from engine.contract.conventions import FOA_CHANNELS, SAMPLE_RATE_HZ
from engine.contract.errors import ExportError, InvalidInputError
from engine.contract.video import UPRIGHT, Pose
from engine.export.credentials.claim import Signing
from engine.export.film.film_writer import Coding, FilmPart
from engine.export.formats import Subtype
from engine.export.reading.source import Convention
from engine.export.time_reference import about_early_start, time_reference

Kind = Literal["wav", "adm", "flac", "amb", "caf", "mov", "mp4", "binaural"]
"""The kinds of files: sound fields, films with a sound field, and binaural sound, whose suffix says in which file.

adm is a WAV with the notes of the Audio Definition Model.
"""

RATES_HZ: Final = (44_100, 48_000, 96_000)
DEFAULT_CEILING_DBTP: Final = -1.0
LOUDEST_LUFS: Final = 0.0
QUIETEST_LUFS: Final = -70.0
_SUFFIXES: Final[dict[Kind, tuple[str, ...]]] = {
    "wav": (".wav", ".bwf"),
    "adm": (".wav",),
    "flac": (".flac",),
    "amb": (".amb",),
    "caf": (".caf",),
    "mov": (".mov",),
    "mp4": (".mp4",),
    "binaural": (".wav", ".flac", ".caf", ".mov", ".mp4"),
}
_FILMS: Final = (".mov", ".mp4")
_CODINGS: Final[dict[str, tuple[Coding, ...]]] = {
    ".mp4": ("aac",),
    ".flac": ("pcm24", "pcm16"),
}
_ALL_PCM: Final[tuple[Coding, ...]] = ("pcm24", "pcm16", "float")

NOT_HEAD_LOCKED: Final[tuple[Kind, ...]] = ("adm", "amb")
"""The kinds that have no room for head-locked sound. In binaural sound it is a part of what is heard."""
EVERY_FORMAT: Final[tuple[tuple[Kind, str, Coding], ...]] = (
    *(("wav", ".wav", coding) for coding in _ALL_PCM),
    ("adm", ".wav", "pcm24"),
    ("flac", ".flac", "pcm24"),
    ("flac", ".flac", "pcm16"),
    *(("amb", ".amb", coding) for coding in _ALL_PCM),
    *(("caf", ".caf", coding) for coding in _ALL_PCM),
    *(("mov", ".mov", coding) for coding in _ALL_PCM),
    ("mp4", ".mp4", "aac"),
    ("binaural", ".wav", "pcm24"),
    ("binaural", ".flac", "pcm24"),
    ("binaural", ".caf", "pcm24"),
    ("binaural", ".mov", "pcm24"),
    ("binaural", ".mp4", "aac"),
)
"""Kind, suffix and coding of every format."""
REJECTED: Final = ".rejected"
"""The ending behind the name of a file that did not pass its checks."""
LONGEST_NAME_BYTES: Final = 255


def codings_of(kind: Kind, suffix: str) -> tuple[Coding, ...]:
    """Return the codings that a kind of file can have, the usual one of the suffix first except for .amb."""
    return ("pcm24", "pcm16") if kind == "adm" else _CODINGS.get(suffix, _ALL_PCM)


@dataclass(frozen=True)
class Order:
    """One delivery.

    The take begins `start_s` seconds after time 0 of the film, whose time of day is `time_of_day_s`. `range_s` is a
    part of the take, in seconds of the take. Files of whole numbers have dither. `normalise_lufs` is the loudness of
    the binaural sum, `ceiling_dbtp` the highest true peak of the channels of the file. `gain_db` is a gain that counts
    unless a loudness is asked for: a part of a mix has that of the mix. `head_locked` is a stereo file that begins with
    the take. `turned` is the corrected horizon by which the sound is turned. `watermark` marks generated sound, never a
    recording. `signing` adds a signed claim (C2PA). Raises InvalidInputError or ExportError for what does not go
    together.
    """

    take: Path
    out: Path
    kind: Kind
    coding: Coding | None = None
    rate_hz: int = SAMPLE_RATE_HZ
    convention: Convention | None = None
    range_s: tuple[float, float] | None = None
    start_s: float = 0.0
    time_of_day_s: float = 0.0
    film: FilmPart | None = None
    film_s: float = 0.0
    head_locked: Path | None = None
    normalise_lufs: float | None = None
    ceiling_dbtp: float | None = None
    gain_db: float = 0.0
    turned: Pose = UPRIGHT
    watermark: bool = True
    signing: Signing | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without opening a file."""
        suffixes = _SUFFIXES[self.kind]
        if self.suffix not in suffixes:
            raise ExportError(
                f"{self.out.name} does not have the suffix of its format: {self.kind} is written as "
                f"{' or '.join(suffixes)}."
            )
        if self.is_film and self.film is None:
            raise ExportError(f"{self.out.name} needs pictures: specify the film.")
        codings = codings_of(self.kind, self.suffix)
        if self.coding is not None and self.coding not in codings:
            raise ExportError(f"{self.out.name} cannot hold {self.coding}: choose {' or '.join(codings)}.")
        if self.rate_hz not in RATES_HZ:
            raise InvalidInputError(f"{self.rate_hz} Hz cannot be written: choose 44100, 48000 or 96000.")
        if self.head_locked is not None and self.kind in NOT_HEAD_LOCKED:
            raise ExportError(
                f"{self.out.name} has no room for head-locked sound: choose wav, flac, caf, mov, mp4 or binaural."
            )
        if self.range_s is not None and not 0.0 <= self.range_s[0] < self.range_s[1]:
            raise InvalidInputError("The range ends before it begins: specify it as from-to, in seconds of the take.")
        if self.normalise_lufs is not None and not QUIETEST_LUFS <= self.normalise_lufs <= LOUDEST_LUFS:
            raise InvalidInputError(f"{self.normalise_lufs:g} LUFS is not a usable loudness: choose -70 to 0.")
        if self.ceiling_dbtp is not None and not -40.0 <= self.ceiling_dbtp <= 0.0:
            raise InvalidInputError(f"{self.ceiling_dbtp:g} dBTP is not a usable ceiling: choose -40 to 0.")

    @property
    def suffix(self) -> str:
        """The suffix of the file, in lower case."""
        return self.out.suffix.lower()

    @property
    def is_film(self) -> bool:
        """Whether the file has pictures."""
        return self.suffix in _FILMS

    @property
    def is_binaural(self) -> bool:
        """Whether the file holds two ears instead of a field."""
        return self.kind == "binaural"

    @property
    def is_fuma(self) -> bool:
        """Whether the field is written as FuMa."""
        return self.kind == "amb"

    @property
    def channels(self) -> int:
        """The number of channels of the file."""
        return 2 if self.is_binaural else FOA_CHANNELS + (2 if self.head_locked is not None else 0)

    @property
    def written_as(self) -> Coding:
        """The coding that was asked for, or the usual one of this kind of file."""
        return self.coding or ("float" if self.suffix in (".amb",) else _CODINGS.get(self.suffix, _ALL_PCM)[0])

    @property
    def subtype(self) -> Subtype:
        """The sample format of a file that is not AAC."""
        coding = self.written_as
        return "pcm24" if coding == "aac" else coding

    @property
    def window_s(self) -> tuple[float, float | None]:
        """What is exported, in seconds of the take; before 0 there is silence, and None is the end of the take.

        With pictures it is their time: the range, or the whole film.
        """
        if self.film is not None and self.is_film:
            to_s = self.film_s if self.film.to_s is None else self.film.to_s
            return self.film.from_s - self.start_s, to_s - self.start_s
        return self.range_s or (0.0, None)

    @property
    def time_reference_samples(self) -> int:
        """The time of day of the first sample, in samples of the file; 0 if it lies before time 0."""
        return time_reference(self._begins_samples)

    @property
    def about_early_start(self) -> str:
        """A sentence if the sound begins before time 0, which the file cannot say; else ""."""
        return about_early_start(self._begins_samples, self.rate_hz)

    @property
    def _begins_samples(self) -> int:
        return round((self.time_of_day_s + self.start_s + self.window_s[0]) * self.rate_hz)
