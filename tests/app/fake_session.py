"""A session without an engine: what was asked of it is recorded, what it tells is put in by the test."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.ambisonics.encoding import encode_point
from engine.contract.camera import LIVE_S, NO_SEEK, camera_as_chosen, camera_source, film_name
from engine.contract.control import GenerationSettings, SettingsChange
from engine.contract.directions import Direction
from engine.contract.errors import CancelledError, MediaError
from engine.contract.heard_channels import HeardChannels
from engine.contract.telemetry import FoaLevels, HeardLoudness, LoudnessValues, TakeSummary
from engine.contract.video import NO_CHOICE, FilmChoice, Projection, ScreenFrame, StereoLayout, VideoInfo
from engine.contract.view import ViewOrientation
from engine.export.ambix_wav import AmbixWriter
from engine.runtime.processes.messages import TakeToGoOn
from engine.runtime.takes.export import ExportedTake
from tests.fakes import field_levels

FILM = Path("/films/beach.mp4")


def levels_at(start_s: float, rms=(0.1, 0.05, 0.02, 0.08), epoch: int = 0) -> FoaLevels:
    return field_levels(start_s, (0.8, 0.6, 0.0), 0.01, 0.3, rms=rms, epoch=epoch, duration_s=0.033)


def fake_look(path: Path, choice: FilmChoice, _cancelled: Callable[[], bool] = lambda: False) -> VideoInfo:
    """Understand any film at once, unless it is bad."""
    if "bad" in path.name:
        raise MediaError(f"{path} is not a film: choose another file.")
    if camera_source(path) is not None:
        return camera_as_chosen(VideoInfo(film_name(path), 1920, 960, 30.0, LIVE_S, times="live"), choice)
    is_still = path.suffix == ".png"
    return VideoInfo(
        str(path),
        3840,
        1920,
        1.0 if is_still else 29.97,
        (choice.still_s or 60.0) if is_still else 40.0,
        times="still" if is_still else "stored",
        layout=choice.layout or StereoLayout.MONO,
        layout_source="user" if choice.layout else "guess",
        projection=choice.projection or Projection.EQUIRECTANGULAR,
        projection_source="user" if choice.projection else "guess",
        fov_deg=choice.fov_deg,
        notices=("It does not look like a 360-degree film.",) if "flat" in path.name else (),
    )


class FakeSession:
    """The Session of engine.runtime as far as the app uses it."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []
        self.queue: list[object] = []
        self.frames: list[ScreenFrame] = []
        self.position_s = 0.0
        self.duration_s = 0.0
        self.settings = GenerationSettings()
        self.version = 0
        self.closed = False
        self.is_live = False
        self.take_steps = 20
        self.summary = TakeSummary(0.0)
        self.take_to_go_on: TakeToGoOn | None = None
        self.went_on: TakeToGoOn | None = None

    def names(self) -> list[str]:
        return [call[0] for call in self.calls]

    def start(self) -> None:
        self.calls.append(("start",))

    def close(self) -> None:
        self.closed = True
        self.calls.append(("close",))

    def open_video(self, path: Path, choice: FilmChoice = NO_CHOICE, goes_on: TakeToGoOn | None = None) -> VideoInfo:
        self.went_on = goes_on
        film = fake_look(path, choice)
        self.calls.append(("open_video", path, choice))
        self.duration_s = film.duration_s
        return film

    def open_film(self, film: VideoInfo, goes_on: TakeToGoOn | None = None) -> None:
        self.went_on = goes_on
        self.is_live = film.is_live
        self.calls.append(("open_film", Path(film.path), film.choice))
        self.duration_s = film.duration_s

    def close_film(self) -> None:
        self.duration_s = 0.0
        self.calls.append(("close_film",))

    @property
    def can_play(self) -> bool:
        return self.duration_s > 0.0

    def play_scene(self, scene, folder) -> None:
        self.calls.append(("play_scene", scene, folder))

    def note_under_way(self, take_ids) -> None:
        self.calls.append(("note_under_way", dict(take_ids)))

    def play(self) -> None:
        self.calls.append(("play",))

    def pause(self) -> None:
        self.calls.append(("pause",))

    def go_on_at(self, t_s: float) -> None:
        self.position_s = t_s
        self.calls.append(("seek", t_s))

    def seek(self, t_s: float) -> None:
        if self.is_live:
            raise MediaError(NO_SEEK)
        self.position_s = t_s
        self.calls.append(("seek", t_s))

    def set_loop(self, on: bool) -> None:
        self.calls.append(("set_loop", on))

    def set_settings(self, settings: GenerationSettings) -> int:
        self.settings = settings
        self.version += 1
        self.calls.append(("set_settings", settings))
        return self.version

    def set_view(self, view: ViewOrientation) -> None:
        self.calls.append(("set_view", view))

    def set_volume(self, linear: float) -> None:
        self.calls.append(("set_volume", linear))

    def set_channels(self, channels: HeardChannels) -> None:
        self.calls.append(("set_channels", channels))

    def set_head(self, filters) -> None:
        self.calls.append(("set_head", filters))

    def set_output_device(self, name: str | None) -> None:
        self.calls.append(("set_output_device", name))

    def reset_loudness(self) -> HeardLoudness:
        self.calls.append(("reset_loudness",))
        return HeardLoudness(LoudnessValues(), LoudnessValues())

    def output_devices(self) -> list[str]:
        return ["Headphones", "Speakers"]

    def poll(self) -> list[object]:
        items, self.queue = self.queue, []
        return items

    def latest_frame(self) -> ScreenFrame | None:
        return self.frames.pop(0) if self.frames else None

    def take_log(self) -> tuple[SettingsChange, ...]:
        return ()

    def take_summary(self) -> TakeSummary:
        return self.summary

    def save_take(self, out, *, progress, cancelled) -> ExportedTake:
        import time

        for step in range(self.take_steps):
            if cancelled():
                raise CancelledError("cancelled")
            progress(step / self.take_steps)
            time.sleep(0.02)
        with AmbixWriter(out) as writer:
            writer.write(encode_point(0.1 * np.random.default_rng(0).standard_normal(24_000), Direction(90.0)))
        return ExportedTake(self.summary.length_s, self.summary.missing)
