"""What a session plays: a film with its live stream, or a scene. Belongs to the session's thread."""

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.scene.scene import Scene
from engine.contract.video import VideoInfo
from engine.runtime.film.video_loop import VideoLoop
from engine.runtime.processes.messages import Rest, TakeRequest, TakeToGoOn
from engine.runtime.session.wanted_take import WantedTake
from engine.runtime.shared.laps import LoopRange, is_made_for, range_of
from engine.runtime.shared.state import SharedState


class Program:
    """The open film and the scene; each may be missing."""

    def __init__(self) -> None:
        self.film: VideoInfo | None = None
        self.scene: Scene | None = None
        self._film_number = 0
        self._goes_on: TakeToGoOn | None = None

    def open(self, film: VideoInfo, goes_on: TakeToGoOn | None) -> int:
        """Play another film; returns its number, which grows with every film."""
        self.film, self._goes_on = film, goes_on
        self._film_number += 1
        return self._film_number

    def go_on(self, take: TakeToGoOn) -> None:
        """Continue a take from the next request on: another process makes the live stream."""
        self._goes_on = take

    @property
    def is_scene(self) -> bool:
        """Whether a scene plays: one without a block is the live stream."""
        return self.scene is not None and any(lane.blocks for lane in self.scene.lanes)

    @property
    def is_live(self) -> bool:
        """Whether a camera plays."""
        return self.film is not None and self.film.is_live and not self.is_scene

    @property
    def end(self) -> int:
        """The length of what is played in samples, 0 if there is nothing."""
        if self.scene is not None and self.is_scene:
            return self.scene.length_samples
        return 0 if self.film is None else max(1, round(self.film.duration_s * SAMPLE_RATE_HZ))

    def seen_s(self, sample: int) -> float:
        """Return the time of the film that is seen while a sample is heard: a scene's sound may be delayed."""
        return max(0, sample + self.av_offset_samples) / SAMPLE_RATE_HZ

    @property
    def av_offset_samples(self) -> int:
        """How much later the sound is than the picture; the live stream is not shifted."""
        return self.scene.av_offset_samples if self.scene is not None and self.is_scene else 0

    def video_loop(self, sample: int, film_loops: bool) -> VideoLoop:
        """Return how the picture repeats for a playhead: behind the end of a loop, it continues to the film's end."""
        loop = None if self.scene is None else range_of(self.scene, self.end)
        if loop is None or sample >= loop[1]:
            return VideoLoop(film_loops)
        return VideoLoop(True, self.seen_s(loop[0]), self.seen_s(loop[1]))

    @property
    def live_range(self) -> LoopRange | None:
        """The range that the live stream repeats; None if there is none, with a camera, or if the scene is mixed."""
        return None if self.scene is None or self.is_scene or self.is_live else range_of(self.scene, self.end)

    def goes_on_in_loop(self, take: WantedTake, state: SharedState) -> bool:
        """Return whether what the live stream has ready can be heard with the range that is to repeat now."""
        now, before = self.live_range, state.loop_range
        return self.is_scene or is_made_for(now, before, take.follow(state), state.reached, self.end, PATCH_SAMPLES)

    def request(self, take: WantedTake, heard_before: tuple[int, int]) -> TakeRequest | Rest:
        """Return what the generation process has to do for a take."""
        if self.is_scene or self.film is None:
            return Rest(take.epoch, heard_before)
        return TakeRequest(
            take.epoch, take.start_sample, self.film, self.end, self._film_number, heard_before, self._goes_on
        )
