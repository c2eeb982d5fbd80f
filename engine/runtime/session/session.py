"""The facade for live playback: everything that a window or a command needs.

Threads: one thread owns a `Session` and calls everything here, and no call waits for the model or the device. Only
`save_take` and `output_devices` may be called from other threads. Behind it run
  - the generation child: main thread = the one inference thread, a listener, and a reader of the film if needed;
  - the audio child: the device's callback renders, and a main thread checks the device;
  - here: a listener that collects the messages of the children, and a decoder for the display and, if its frames fit
    into memory, for the model.
The count of played samples is the master clock. Blocks go from child to child through shared memory; this process
touches no sound. An epoch grows with every seek and iteration, and consumers discard blocks from earlier epochs.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.contract.control import GenerationSettings, SettingsChange
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import EngineError, ExportError, WorkerError
from engine.contract.heard_channels import HeardChannels
from engine.contract.telemetry import EngineFailure, EngineMetrics, EngineState, FoaLevels, HeardLoudness, TakeSummary
from engine.contract.video import NO_CHOICE, FilmChoice, ScreenFrame, VideoInfo
from engine.contract.view import ViewOrientation
from engine.export.formats import Subtype
from engine.export.levels import Gain
from engine.runtime.ear.device_list import list_output_devices
from engine.runtime.processes.mailbox import Mailbox
from engine.runtime.processes.messages import ChooseDevice, NewSettings, TakeRequest, TakeToGoOn
from engine.runtime.session.config import SessionConfig as SessionConfig
from engine.runtime.session.parts import SessionParts
from engine.runtime.session.reports import engine_metrics, engine_state, heard_until
from engine.runtime.session.telemetry_collector import News, TelemetryCollector
from engine.runtime.session.wanted_take import WantedTake
from engine.runtime.shared.played import Dropouts
from engine.runtime.takes.coverage import holes_of
from engine.runtime.takes.current import version_now
from engine.runtime.takes.export import NOTHING_HEARD, ExportedTake, export_take
from engine.runtime.takes.folder import TakeFolder
from engine.runtime.takes.hold import TakeHold
from engine.runtime.takes.store import note_seen
from engine.runtime.takes.wording import missing_text

Told = FoaLevels | EngineMetrics | News

_METRICS_S: Final = 0.2
_LOUDEST: Final = 4.0


class Session:
    """Plays one film at a time with generated sound. `start` first, `close` last."""

    def __init__(self, config: SessionConfig) -> None:
        self._config = config
        self._parts: SessionParts | None = None
        self._telemetry = TelemetryCollector()
        self._settings = Mailbox(GenerationSettings())
        self._film: VideoInfo | None = None
        self._film_number = 0
        self._film_end = 0
        self._take = WantedTake()
        self._goes_on: TakeToGoOn | None = None
        self._hold = TakeHold()
        self._counted_from = Dropouts(0, 0, 0)
        self._metrics_due_s = 0.0
        self._told_state: EngineState | None = None

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
        """Open a film and fill the buffer for its start; does not play. Raises MediaError; then the old film stays.

        The film gets its own take, or continues the one that another session gave as `take_to_go_on`.
        """
        from engine.video.chosen import film_as_chosen

        self._running()
        film = film_as_chosen(path, choice)
        self.open_film(film, goes_on)
        return film

    def open_film(self, film: VideoInfo, goes_on: TakeToGoOn | None = None) -> None:
        """Open a film that was already probed, as `open_video` does."""
        parts = self._running()
        parts.state.play = False
        self._counted_from = parts.state.dropouts
        heard_before = self._take.follow(parts.state)
        self._film = film
        self._film_number += 1
        self._goes_on = goes_on
        self._film_end = max(1, round(film.duration_s * SAMPLE_RATE_HZ))
        self._take.begin(parts.state, 0)
        self._telemetry.begin_film(self._take.epoch, self._film_number)
        parts.video.open(film, self._take.epoch, self._film_number)
        self._ask_for_take(parts, film, heard_before)

    def play(self) -> None:
        """Play on; from the start if the film had ended."""
        parts = self._parts
        if parts is None or self._film is None or self._telemetry.has_failed:
            return
        if parts.state.ended:
            self.seek(0.0)
        if not parts.state.play:
            self._counted_from = parts.state.dropouts
        parts.state.play = True

    def pause(self) -> None:
        """Fade to silence and stay at the position."""
        if self._parts is not None:
            self._parts.state.play = False

    def seek(self, t_s: float) -> None:
        """Continue at another time of the film (clamped to its length); plays on if it played."""
        parts, film = self._parts, self._film
        if parts is None or film is None:
            return
        if parts.state.ended:
            parts.state.play = False
        heard_before = self._take.follow(parts.state)
        self._take.begin(parts.state, min(max(0, round(t_s * SAMPLE_RATE_HZ)), self._film_end - 1))
        self._telemetry.begin_take()
        parts.video.seek(self._take.epoch, self._take.start_sample / SAMPLE_RATE_HZ)
        self._ask_for_take(parts, film, heard_before)

    def set_loop(self, on: bool) -> None:
        """Restart at the film's end, or stop there."""
        if self._parts is not None:
            self._parts.state.loop = on
            self._parts.video.set_loop(on)

    @property
    def position_s(self) -> float:
        """The film time that leaves the device now, from the count of played samples."""
        return self._take.follow(self._parts.state)[1] / SAMPLE_RATE_HZ if self._parts is not None else 0.0

    @property
    def duration_s(self) -> float:
        """The length of the open film in seconds; 0 if there is none."""
        return self._film.duration_s if self._film is not None else 0.0

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
            if self._film is not None and not parts.state.play and not parts.state.audible:
                self.seek(self._take.start_sample / SAMPLE_RATE_HZ)
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
        told: list[Told] = []
        told.extend(self._telemetry.read(parts.children.drain() + self._hung(parts)))
        if self._telemetry.kept is not None:
            self._hold.follow(self._telemetry.kept.folder)
        if parts.state.ended or any(isinstance(item, EngineFailure) for item in told):
            parts.state.play = False
        told.extend(self._telemetry.take_due_levels(*self._take.follow(parts.state)))
        film_end = None if self._film is None else self._film_end
        state, now_s = engine_state(parts.state, self._telemetry, self._take, film_end), time.monotonic()
        if state is not self._told_state or now_s >= self._metrics_due_s:
            self._told_state, self._metrics_due_s = state, now_s + _METRICS_S
            told.append(
                engine_metrics(state, self.position_s, self._config, parts, self._telemetry, self._counted_from)
            )
        return told

    def latest_frame(self) -> ScreenFrame | None:
        """Return the frame due at the sound's clock, or None if it is the one returned before."""
        if self._parts is None or self._film is None:
            return None
        epoch, sample = self._take.follow(self._parts.state)
        return self._parts.video.take_due(epoch, sample / SAMPLE_RATE_HZ)

    def take_log(self) -> tuple[SettingsChange, ...]:
        """Return which settings held from which patch on, for this film."""
        return self._telemetry.log

    def take_summary(self) -> TakeSummary:
        """Return how much of the film can be exported, by the recorder's last report."""
        kept = self._telemetry.kept
        stretches = kept.stretches if kept is not None else ()
        return TakeSummary(stretches[-1][1] / SAMPLE_RATE_HZ if stretches else 0.0, missing_text(holes_of(stretches)))

    @property
    def take_to_go_on(self) -> TakeToGoOn | None:
        """The take of this film, for a session that follows this one; None if nothing was recorded."""
        kept, parts = self._telemetry.kept, self._parts
        return TakeToGoOn(kept.folder, heard_until(parts.state)) if kept is not None and parts is not None else None

    def save_take(
        self,
        out: Path,
        *,
        subtype: Subtype | None = None,
        gain: Gain = 0.0,
        binaural_out: Path | None = None,
        start_s: float = 0.0,
        progress: Callable[[float], None] = lambda fraction: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> ExportedTake:
        """Write what was heard from `start_s` of the film on, as it is now. May be called from any thread.

        Playback continues; meanwhile another film may be opened, or the loop may wrap. Returns its length and
        what is missing in it. Raises ExportError, or CancelledError; then no file is left.
        """
        parts, kept = self._running(), self._telemetry.kept
        if kept is None:
            raise ExportError(NOTHING_HEARD)
        version = version_now(kept, heard_until(parts.state))
        exported = export_take(
            TakeFolder(kept.folder),
            version,
            out,
            subtype=subtype,
            gain=gain,
            binaural_out=binaural_out,
            start_sample=round(start_s * SAMPLE_RATE_HZ),
            progress=progress,
            cancelled=cancelled,
        )
        note_seen(kept.folder, version.heard_samples)
        return exported

    # Inside.

    def _running(self) -> SessionParts:
        if self._parts is None:
            raise EngineError("The sound engine is not running: choose Playback, Restart the Engine, then try again.")
        return self._parts

    def _ask_for_take(self, parts: SessionParts, film: VideoInfo, heard_before: tuple[int, int]) -> None:
        take, end, number = self._take, self._film_end, self._film_number
        request = TakeRequest(take.epoch, take.start_sample, film, end, number, heard_before, self._goes_on)
        parts.generation.send(request)

    def _hung(self, parts: SessionParts) -> list[object]:
        telemetry = self._telemetry
        failure = None if telemetry.has_failed else parts.hung_child(telemetry.patch_ms if telemetry.is_ready else None)
        return [] if failure is None else [failure]
