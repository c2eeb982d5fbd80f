"""What the engine reports while it runs."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import AcnChannel


class EngineState(Enum):
    """The state of the session."""

    IDLE = "idle"
    LOADING = "loading"
    PRIMING = "priming"
    PLAYING = "playing"
    PAUSED = "paused"
    REBUFFERING = "rebuffering"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, eq=False)
class FoaLevels:
    """The field of a short stretch of sound, for meters, the scrolling plot and the marker over the film.

    `rms` is (4,) float in ACN order, linear. `direction` is the unit vector (3,) x, y, z of the active intensity,
    or zero in silence; `diffuseness` is 0 (one plane wave) to 1. `covariance` is (4, 4) in ACN order: the mean product
    of each two channels in the band of the direction, in units of mean square.
    """

    epoch: int
    start_s: float
    duration_s: float
    rms: NDArray[np.float64]
    direction: NDArray[np.float64]
    diffuseness: float
    covariance: NDArray[np.float64]

    @property
    def intensity(self) -> NDArray[np.float64]:
        """The active intensity (3,) x, y, z, signed, in units of mean square; it points towards the source."""
        return self.covariance[AcnChannel.W, [AcnChannel.X, AcnChannel.Y, AcnChannel.Z]]

    @property
    def energy(self) -> float:
        """The energy density in the band, in units of mean square: that of W for a plane wave."""
        return 0.5 * float(np.trace(self.covariance))


@dataclass(frozen=True)
class LoudnessValues:
    """Loudness and peaks of one sound, as in ITU-R BS.1770-4. None is silence, or too little sound to say.

    Momentary loudness is that of the last 0.4 s, short that of 3 s; integrated loudness and the highest peaks are
    those since the reset.
    """

    momentary_lufs: float | None = None
    short_lufs: float | None = None
    integrated_lufs: float | None = None
    peak_db: float | None = None
    true_peak_db: float | None = None


@dataclass(frozen=True)
class HeardLoudness:
    """The loudness of what is heard before the volume: at the ears (left and right), and of W."""

    ears: LoudnessValues
    w: LoudnessValues


@dataclass(frozen=True)
class EngineMetrics:
    """The health of the engine, a few times per second.

    `underruns` (the model was too slow) and `device_gaps` (sound was ready, but the device had nothing to play) are
    counted since the film was opened or last played. `late_pictures` counts the patches of this film that used an
    older picture than the one on display. `buffer_goal_s` is how much sound the engine keeps ready; a patch more may be
    in the buffer. `is_reduced`: the live stream takes fewer flow steps than usual because the machine is busy.
    """

    state: EngineState
    position_s: float = 0.0
    generated_until_s: float = 0.0
    buffered_s: float = 0.0
    buffer_goal_s: float = 0.0
    patch_ms: float = 0.0
    realtime_factor: float = 0.0
    flow_steps: int = 0
    is_reduced: bool = False
    underruns: int = 0
    underrun_s: float = 0.0
    device_gaps: int = 0
    late_pictures: int = 0
    device_name: str = ""
    device_rate_hz: int = 0
    checkpoint: str = ""


@dataclass(frozen=True)
class PromptHeard:
    """A change of settings was applied and will be heard at this time of the film.

    `read_as` is a sentence on where the prompt places its sources, or "" if it places none.
    """

    version: int
    patch_index: int
    heard_at_s: float
    read_as: str = ""


@dataclass(frozen=True)
class TakeSummary:
    """How much of a film was heard and recorded: up to `length_s`; `missing` is a sentence on the gaps, or ""."""

    length_s: float
    missing: str = ""


@dataclass(frozen=True)
class OutputDevice:
    """The device that plays from now on: `chosen` is the name to get it, None for the system's default or silence.

    It answers every choice, even if that device could not be opened and the previous one continues.
    """

    chosen: str | None
    name: str
    rate_hz: int


@dataclass(frozen=True)
class EngineNotice:
    """A notice for the user while the film plays on.

    `message` says what happened and what was done about it; `detail` is for the log. A notice replaces the previous
    one with the same `topic`; without a message it only removes it. One that `lasts` stays until then;
    any other disappears once it has been read.
    """

    message: str
    detail: str = ""
    topic: str = ""
    lasts: bool = False


@dataclass(frozen=True)
class EngineFailure:
    """An error that pauses the film, because it cannot continue.

    `message` is a sentence for the user, `detail` a traceback for the log.
    """

    message: str
    detail: str = ""
