"""What the session requests of its children, in shared numbers. Only the session writes here."""

from typing import Final

from engine.contract.view import ViewOrientation
from engine.runtime.shared.laps import LoopRange
from engine.runtime.shared.numbers import Real, SharedNumbers, Whole

_BEING_WRITTEN: Final = -1


class Requests(SharedNumbers):
    """The wanted take, play, loop, volume, view and horizon."""

    _last_range: LoopRange | None = None

    def want_take(self, epoch: int, start_sample: int, *, of_scene: bool = False) -> None:
        """Request a new take from a film sample on; everything older is dropped.

        It is `of_scene`, mixed in the audio process, or the live stream of the generation process.
        """
        self._ints[Whole.WANTED_START] = start_sample
        self._ints[Whole.WANTED_SCENE] = int(of_scene)
        self._fence.pass_through()
        self._ints[Whole.WANTED_EPOCH] = epoch

    @property
    def wanted_epoch(self) -> int:
        """The epoch of the take that is wanted."""
        return int(self._ints[Whole.WANTED_EPOCH])

    @property
    def wanted_start(self) -> int:
        """The film sample at which the wanted take starts."""
        return int(self._ints[Whole.WANTED_START])

    @property
    def wants_scene(self) -> bool:
        """Whether the wanted take is the scene's mix."""
        return bool(self._ints[Whole.WANTED_SCENE])

    @property
    def scene_version(self) -> int:
        """The number of the scene that was sent last."""
        return int(self._ints[Whole.SCENE_VERSION])

    @scene_version.setter
    def scene_version(self, version: int) -> None:
        self._ints[Whole.SCENE_VERSION] = version

    @property
    def play(self) -> bool:
        """Whether the film is to play."""
        return bool(self._ints[Whole.PLAY])

    @play.setter
    def play(self, on: bool) -> None:
        self._ints[Whole.PLAY] = int(on)

    @property
    def loop(self) -> bool:
        """Whether the film starts again at its end."""
        return bool(self._ints[Whole.LOOP])

    @loop.setter
    def loop(self, on: bool) -> None:
        self._ints[Whole.LOOP] = int(on)

    @property
    def loop_range(self) -> LoopRange | None:
        """The film samples `(start, end)` that the live stream repeats; None: it plays to the film's end."""
        ints = self._ints
        end = int(ints[Whole.LOOP_END])
        self._fence.pass_through()
        start = int(ints[Whole.LOOP_START])
        self._fence.pass_through()
        if end != _BEING_WRITTEN and end == int(ints[Whole.LOOP_END]):
            self._last_range = (start, end) if end else None
        return self._last_range

    @loop_range.setter
    def loop_range(self, loop: LoopRange | None) -> None:
        if loop == self.loop_range:
            return
        start, end = (0, 0) if loop is None else loop
        self._ints[Whole.LOOP_END] = _BEING_WRITTEN
        self._fence.pass_through()
        self._ints[Whole.LOOP_START] = start
        self._fence.pass_through()
        self._ints[Whole.LOOP_END] = end

    def goes_on_after(self, lap_end: int) -> bool:
        """Return whether the live stream turns back at the end of a lap."""
        loop = self.loop_range
        return self.loop or (loop is not None and loop[1] == lap_end)

    @property
    def volume(self) -> float:
        """The playback volume, linear."""
        return float(self._floats[Real.VOLUME])

    @volume.setter
    def volume(self, linear: float) -> None:
        self._floats[Real.VOLUME] = linear

    @property
    def view(self) -> ViewOrientation:
        """The listener's view; a view that is read while it is written mixes two neighbours of one drag."""
        floats = self._floats
        return ViewOrientation(float(floats[Real.YAW]), float(floats[Real.PITCH]), float(floats[Real.ROLL]))

    @view.setter
    def view(self, view: ViewOrientation) -> None:
        self._floats[Real.YAW] = view.yaw_rad
        self._floats[Real.PITCH] = view.pitch_rad
        self._floats[Real.ROLL] = view.roll_rad

    @property
    def upright(self) -> ViewOrientation:
        """The view of the film's own sphere that is upright: the corrected horizon, for the live stream."""
        floats = self._floats
        yaw, pitch, roll = (floats[angle] for angle in (Real.UPRIGHT_YAW, Real.UPRIGHT_PITCH, Real.UPRIGHT_ROLL))
        return ViewOrientation(float(yaw), float(pitch), float(roll))

    @upright.setter
    def upright(self, view: ViewOrientation) -> None:
        self._floats[Real.UPRIGHT_YAW] = view.yaw_rad
        self._floats[Real.UPRIGHT_PITCH] = view.pitch_rad
        self._floats[Real.UPRIGHT_ROLL] = view.roll_rad
