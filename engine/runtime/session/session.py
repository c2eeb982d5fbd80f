"""The facade for live playback: everything that a window or a command needs.

Threads: one thread owns a `Session` and calls everything here, and no call waits for the model or the device. Only
`save_take` and `output_devices` may be called from other threads. Behind it run
  - the generation child: main thread = the one inference thread, a listener, and a reader of the film if needed;
  - the audio child: the device's callback renders, and a main thread checks the device;
  - the feeder child, after the first scene: its main thread reads sounds for the audio child;
  - here: a listener that collects the messages of the children, and a decoder for the display and, if its frames fit
    into memory, for the model.
The count of played samples is the master clock. Blocks go from child to child through shared memory; this process
touches no sound. An epoch grows with every seek and iteration, and consumers discard blocks from earlier epochs.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from engine.ambisonics.binaural import BinauralFilters
from engine.contract.camera import NO_LOOP, NO_SEEK
from engine.contract.control import GenerationSettings
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import MediaError, WorkerError, reason_of
from engine.contract.heard_channels import HeardChannels
from engine.contract.scene.scene import Scene
from engine.contract.telemetry import EngineFailure, EngineMetrics, EngineState, FoaLevels, HeardLoudness
from engine.contract.video import NO_CHOICE, UPRIGHT, FilmChoice, ScreenFrame, VideoInfo, upright_view
from engine.contract.view import ViewOrientation
from engine.runtime.ear.device_list import list_output_devices
from engine.runtime.processes.mailbox import Mailbox
from engine.runtime.processes.messages import ChooseDevice, ChooseHead, NewSettings, TakeToGoOn
from engine.runtime.session.config import SessionConfig as SessionConfig
from engine.runtime.session.parts import SessionParts
from engine.runtime.session.program import Program
from engine.runtime.session.reports import engine_metrics, engine_state
from engine.runtime.session.session_takes import SessionTakes
from engine.runtime.session.telemetry_collector import News
from engine.runtime.session.wanted_take import WantedTake
from engine.runtime.shared.played import Dropouts
from engine.runtime.takes.hold import TakeHold

Told = FoaLevels | EngineMetrics | News

_METRICS_S: Final = 0.2
_LOUDEST: Final = 4.0


class Session(SessionTakes):
    """Plays one film at a time with generated sound. `start` first, `close` last."""

    def __init__(self, config: SessionConfig) -> None:
        super().__init__()
        self._config = config
        self._settings = Mailbox(GenerationSettings())
        self._program = Program()
        self._take = WantedTake()
        self._hold = TakeHold()
        self._counted_from = Dropouts(0, 0, 0)
        self._metrics_due_s = 0.0
        self._told_state: EngineState | None = None
        self._lap_followed = self._take.epoch

    # Life.

    def start(self) -> None:
        """Start the children; the model loads in the background. Raises WorkerError if that is impossible."""
        if self._parts is not None:
            raise WorkerError("The engine is running already.")
        self._parts = SessionParts(self._config)
        version, settings = self._settings.latest()
        if version > 0:
            self._parts.generation.send(NewSettings(version, settings))

    def close(self) -> None:
        """End every process and thread and free the memory, within 2 s in any state. May be called twice."""
        parts, self._parts = self._parts, None
        if parts is not None:
            parts.state.play = False
            parts.close()
        self._hold.let_go()

    # The film.

    def open_video(self, path: Path, choice: FilmChoice = NO_CHOICE, goes_on: TakeToGoOn | None = None) -> VideoInfo:
        """Open a film or a camera and fill the buffer; does not play. Raises MediaError; then the old film stays.

        The film gets its own take, or continues the one that another session gave as `take_to_go_on`.
        """
        from engine.video.camera import source_as_chosen

        self._running()
        film = source_as_chosen(path, choice)
        self.open_film(film, goes_on)
        return film

    def open_film(self, film: VideoInfo, goes_on: TakeToGoOn | None = None) -> None:
        """Open a film that was already probed, as `open_video` does."""
        parts = self._running()
        parts.state.play = False
        self._counted_from = parts.state.dropouts
        heard_before = self._take.follow(parts.state)
        number = self._program.open(film, goes_on)
        self._take.begin(parts.state, 0, of_scene=self._program.is_scene)
        self._telemetry.begin_film(self._take.epoch, number)
        parts.video.open(film, self._take.epoch, number)
        self._follow_loop(parts)
        parts.generation.send(self._program.request(self._take, heard_before))

    def close_film(self) -> None:
        """Play no film any more; its take is kept, and a scene plays on without a picture."""
        self._program.film = None
        parts = self._parts
        if parts is not None:
            parts.video.leave()
        if parts is not None and not self._program.is_scene:
            parts.state.play = False
            parts.generation.send(self._program.request(self._take, self._take.follow(parts.state)))

    def play(self) -> None:
        """Play on; from the start if the film had ended."""
        parts = self._parts
        if parts is None or self._program.end == 0 or self._telemetry.has_failed:
            return
        if parts.state.ended:
            self.go_on_at(0.0)
        if not parts.state.play:
            self._counted_from = parts.state.dropouts
        parts.state.play = True

    def pause(self) -> None:
        """Fade to silence and stay at the position."""
        if self._parts is not None:
            self._parts.state.play = False

    def seek(self, t_s: float) -> None:
        """Continue at another time of the film (clamped to its length); plays on if it played.

        Raises MediaError for a live camera; then nothing changes.
        """
        if self._program.is_live:
            raise MediaError(NO_SEEK)
        self.go_on_at(t_s)

    def go_on_at(self, t_s: float) -> None:
        """Seek, also with a camera: after a restart, its take continues behind what was heard."""
        parts = self._parts
        if parts is None or self._program.end == 0:
            return
        if parts.state.ended:
            parts.state.play = False
        heard_before = self._take.follow(parts.state)
        start = min(max(0, round(t_s * SAMPLE_RATE_HZ)), self._program.end - 1)
        self._take.begin(parts.state, start, of_scene=self._program.is_scene)
        self._telemetry.begin_take()
        self._follow_loop(parts)
        parts.video.seek(self._take.epoch, self._program.seen_s(start))
        parts.generation.send(self._program.request(self._take, heard_before))

    def set_loop(self, on: bool) -> None:
        """Restart at the film's end, or stop there. Raises MediaError for a live camera."""
        if on and self._program.is_live:
            raise MediaError(NO_LOOP)
        if self._parts is not None:
            self._parts.state.loop = on
            self._follow_loop(self._parts)

    def play_scene(self, scene: Scene | None, folder: Path) -> None:
        """Play a scene, whose takes are in a folder, instead of the live stream; None or no block: the live stream.

        Either repeats the scene's range and has its horizon. If the live stream has more ready than fits a new range,
        it is made again. Call it after every edit: that is heard within a block of the device. Raises WorkerError if
        the scene's sounds cannot be read because a process does not start; then the live stream plays.
        """
        played_before, offset_before = self._program.is_scene, self._program.av_offset_samples
        self._program.scene = scene
        parts = self._parts
        if parts is None:
            return
        parts.state.upright = upright_view(UPRIGHT if scene is None else scene.horizon)
        if self._program.is_scene and scene is not None:
            try:
                parts.scene.play(scene, folder, parts.audio)
            except OSError as error:
                self._program.scene = None
                raise WorkerError(f"The scene cannot be played: {reason_of(error)}. Restart the engine.") from error
        if self._program.is_scene != played_before or not self._program.goes_on_in_loop(self._take, parts.state):
            position_s = self.position_s
            if self._program.end == 0:
                parts.state.play = False
            self.go_on_at(position_s)
        elif self._program.av_offset_samples != offset_before:  # also what is paused shows it
            epoch, sample = self._take.follow(parts.state)
            parts.video.seek(epoch, self._program.seen_s(sample))
        self._follow_loop(parts)

    def note_under_way(self, take_ids: Mapping[int, str]) -> None:
        """Note which takes hold most of the sound of blocks of the scene while it is made, by block; "" for none."""
        if self._parts is not None:
            self._parts.scene.note_under_way(take_ids)

    @property
    def can_play(self) -> bool:
        """Whether a film is open, or a scene with a block."""
        return self._program.end > 0

    @property
    def position_s(self) -> float:
        """The film time that leaves the device now, from the count of played samples."""
        return self._take.follow(self._parts.state)[1] / SAMPLE_RATE_HZ if self._parts is not None else 0.0

    @property
    def duration_s(self) -> float:
        """The length of the open film in seconds; 0 if there is none."""
        return self._program.film.duration_s if self._program.film is not None else 0.0

    # Steering.

    @property
    def settings(self) -> GenerationSettings:
        """The settings that were applied last."""
        return self._settings.latest()[1]

    def set_settings(self, settings: GenerationSettings) -> int:
        """Apply settings from the next patch on; returns the version that a `PromptHeard` will name.

        If the film is paused and nothing of this take was heard yet, its start is generated again with them.
        """
        version, parts = self._settings.put(settings), self._parts
        if parts is not None:
            parts.generation.send(NewSettings(version, settings))
            is_live = self._program.film is not None and not self._program.is_scene
            if is_live and not parts.state.play and not parts.state.audible:
                self.go_on_at(self._take.start_sample / SAMPLE_RATE_HZ)
        return version

    def set_view(self, view: ViewOrientation) -> None:
        """Turn the head; heard with the next block of the device."""
        if self._parts is not None:
            self._parts.state.view = view

    def set_volume(self, linear: float) -> None:
        """Set the gain of the output, 0 to 4 (1 is unchanged); the take on disk is not affected."""
        if self._parts is not None:
            self._parts.state.volume = min(max(0.0, linear), _LOUDEST)

    def set_channels(self, channels: HeardChannels) -> None:
        """Hear only some channels of the field; the take and its files keep all of them."""
        if self._parts is not None:
            self._parts.state.channel_gains[:] = channels.gains

    def set_output_device(self, name: str | None) -> None:
        """Play on another device, None for the system's default; if that fails, `poll` reports it."""
        if self._parts is not None:
            self._parts.audio.send(ChooseDevice(name))

    def set_head(self, filters: BinauralFilters | None) -> None:
        """Listen with another head, None for the shipped one; heard within 0.1 s, without a click."""
        if self._parts is not None:
            self._parts.audio.send(ChooseHead(filters))

    def reset_loudness(self) -> HeardLoudness:
        """Restart integrated loudness and the highest peaks; returns what the meters show."""
        self._telemetry.meter.reset()
        return self._telemetry.meter.values()

    def output_devices(self) -> list[str]:
        """Return the current names of the devices; takes up to seconds. May be called from any thread."""
        return list_output_devices() if self._config.output == "device" else []

    # Reports.

    def poll(self) -> list[Told]:
        """Return what happened since the last call, without waiting. Only a failure has paused the film."""
        parts = self._parts
        if parts is None:
            return []
        said = [*self._generation_says(parts), *parts.scene.read(parts.children.drain())]
        told: list[Told] = [*self._telemetry.read(said)]
        if self._telemetry.kept is not None:
            self._hold.follow(self._telemetry.kept.folder)
        if parts.state.ended or any(isinstance(item, EngineFailure) for item in told):
            parts.state.play = False
        heard = self._take.follow(parts.state)
        if heard[0] != self._lap_followed:  # the film began again, perhaps before a range that repeats
            self._follow_loop(parts)
        told.extend(self._telemetry.take_due_levels(*heard))
        state = engine_state(parts.state, self._telemetry, self._take, self._program.end or None)
        now_s = time.monotonic()
        if state is not self._told_state or now_s >= self._metrics_due_s:
            self._told_state, self._metrics_due_s = state, now_s + _METRICS_S
            counted_from, steps = self._counted_from, self.settings.steps
            told.append(
                engine_metrics(state, self.position_s, self._config, parts, self._telemetry, counted_from, steps)
            )
        return told

    def latest_frame(self) -> ScreenFrame | None:
        """Return the frame due at the sound's clock, or None if it is the one returned before."""
        if self._parts is None or self._program.film is None:
            return None
        epoch, sample = self._take.follow(self._parts.state)
        return self._parts.video.take_due(epoch, self._program.seen_s(sample))

    # Inside.

    def _follow_loop(self, parts: SessionParts) -> None:
        """Repeat what is to be repeated; call it after another take is wanted, and before it is requested."""
        epoch, sample = self._take.follow(parts.state)
        self._lap_followed = epoch
        parts.state.loop_range = self._program.live_range
        loop = self._program.video_loop(sample, parts.state.loop)
        parts.video.set_loop(loop, (epoch, self._program.seen_s(sample)))

    def _generation_says(self, parts: SessionParts) -> list[object]:
        """Return the messages of the generation process, and one if the audio process hangs."""
        telemetry, generation = self._telemetry, parts.generation
        is_watched = telemetry.is_ready and not telemetry.has_failed
        said = generation.read(rests=self._program.is_scene, patch_ms=telemetry.patch_ms if is_watched else None)
        if generation.is_down:
            telemetry.is_ready = False
            if telemetry.kept is not None:  # the next process continues the take
                self._program.go_on(TakeToGoOn(telemetry.kept.folder, generation.heard_before))
        hung = None if telemetry.has_failed else parts.hung_audio()
        return said if hung is None else [*said, hung]
