"""Messages between the session and its two children. Frozen values that pickle."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.ambisonics.binaural import BinauralFilters
from engine.ambisonics.loudness_pieces import PieceLevels
from engine.contract.control import GenerationSettings, SettingsChange
from engine.contract.telemetry import FoaLevels
from engine.contract.video import VideoInfo

GO_ON: Final = "The recorded sound is kept: restart the engine to continue."
"""The end of every message about a failure that ended a child."""

# From the session to the generation child.


@dataclass(frozen=True)
class TakeToGoOn:
    """A take of an earlier session, and the epoch and film sample that the listener had reached in it."""

    folder: Path
    heard: tuple[int, int]


@dataclass(frozen=True)
class TakeRequest:
    """Generate for this film, from a film sample on.

    `film_number` grows with every opened film: each has its own take, and a seek continues it.
    `heard_before` is the epoch and film sample that the listener had reached at this request. After a restart
    the film `goes_on` with its previous take.
    """

    epoch: int
    start_sample: int
    film: VideoInfo
    film_end: int
    film_number: int
    heard_before: tuple[int, int]
    goes_on: TakeToGoOn | None = None


@dataclass(frozen=True)
class Rest:
    """Generate nothing until the next request: a scene plays, in the take `epoch`. See TakeRequest."""

    epoch: int
    heard_before: tuple[int, int]


@dataclass(frozen=True)
class NewSettings:
    """These settings hold from the next patch on."""

    version: int
    settings: GenerationSettings


# From the session to the audio child.


@dataclass(frozen=True)
class ChooseDevice:
    """Play on this device; None is the system's default."""

    name: str | None


@dataclass(frozen=True)
class ChooseHead:
    """Listen with these filters; None is the shipped head."""

    filters: BinauralFilters | None


# From the session to both.


@dataclass(frozen=True)
class Quit:
    """End now."""


# From the children to the session.


@dataclass(frozen=True)
class SourceReady:
    """The model is loaded."""

    checkpoint_sha256: str
    load_s: float


@dataclass(frozen=True, eq=False)
class PatchMade:
    """A patch is in the ring, and is recorded: film samples `start_sample` to `start_sample + samples`.

    `patch_ms` is the model's time. `is_picture_late` means that it used an older frame, or none.
    """

    epoch: int
    start_sample: int
    samples: int
    patch_ms: float
    flow_steps: int
    levels: tuple[FoaLevels, ...]
    is_picture_late: bool = False


@dataclass(frozen=True)
class TakeKept:
    """The part of a film of `film_end` samples that is on disk and was heard: `stretches`; the take is in `folder`.

    `sitting` is the number of this engine among those that worked on the take.
    """

    film_number: int
    folder: Path
    sitting: int
    stretches: tuple[tuple[int, int], ...]
    film_end: int


@dataclass(frozen=True)
class SettingsTaken:
    """Settings were applied with a patch. `is_news` tells whether the user still waits for this version.

    `read_as` says where the sources of the prompt were placed.
    """

    version: int
    change: SettingsChange
    heard_at_s: float
    is_news: bool
    read_as: str = ""


@dataclass(frozen=True)
class PieceHeard:
    """100 ms were heard: the levels of left, right and W before the volume."""

    levels: PieceLevels


@dataclass(frozen=True)
class Failure:
    """The film cannot continue; `fatal` if the sending child has ended. Harmless events are an EngineNotice."""

    message: str
    detail: str = ""
    fatal: bool = False


@dataclass(frozen=True)
class RingAddress:
    """The names of the shared memory: the ring, the shared numbers, the board of frames for the model."""

    ring: str
    slots: int
    state: str
    board: str
