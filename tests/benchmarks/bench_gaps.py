"""Plays a film in the window on a sound device, records what the device plays, and counts the gaps. Run it by hand:

    python -m tests.benchmarks.bench_gaps FILM --seconds 600 --record "parec --raw --format=float32le --channels=2"

`--record` is any command that writes what the device plays to its standard output: stereo, 32-bit float, at `--rate`.
The sound is a 1 kHz tone, so that any lost sample shows; with `--model` it is the shipped model's, and only silence
does.

`--read-delay S` makes each packet of the film take so long to read, `--only-rate HZ` makes every device refuse all
other rates, and `--hang generation` or `--hang audio` stops a child in the middle and restarts the engine once that is
told.
"""

import argparse
import os
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from app.bridge.patch_source import CheckpointSource
from engine.contract.telemetry import EngineFailure
from tests.fakes import FakeSource

if TYPE_CHECKING:
    from app.bootstrap import App
    from engine.media.container import Stream

_TONE_HZ = 1000.0
_SILENT = 1e-4
_GAP_S = 0.003
_CLICK = 0.02
_DELAY, _RATE = "BENCH_READ_DELAY_S", "BENCH_ONLY_RATE_HZ"


def slow_reading(delay_s: float) -> None:
    """Make each packet take longer, in this process."""
    from engine.media.container import MediaFile

    packets = MediaFile.packets

    def slow(self: MediaFile, *streams: "Stream") -> Iterator[object]:
        for packet in packets(self, *streams):
            time.sleep(delay_s)
            yield packet

    patch.object(MediaFile, "packets", slow).start()


def refuse_rates_but(rate_hz: int) -> None:
    """Make every device take one rate alone, in this process."""
    import sounddevice

    opened = sounddevice.OutputStream

    def strict(**options: object) -> object:
        if options["samplerate"] != rate_hz:
            raise sounddevice.PortAudioError("Error opening OutputStream: Invalid sample rate", -9997)
        return opened(**options)

    patch.object(sounddevice, "OutputStream", strict).start()


# Child processes import this file again: they too read slowly and refuse rates.
if os.environ.get(_DELAY):
    slow_reading(float(os.environ[_DELAY]))
if os.environ.get(_RATE):
    refuse_rates_but(int(os.environ[_RATE]))


@dataclass(frozen=True)
class ToneSource(FakeSource):
    """A tone of 1 kHz in place of the model, that takes as long for a patch as a model on a small machine."""

    patch_s: float = 0.08
    label: str = "tone"


@dataclass(frozen=True)
class Heard:
    """What was found in a recording from its first to its last sound."""

    seconds: float
    gaps: list[tuple[float, float]]
    clicks: list[float]
    tone_hz: float
    level_dbfs: float


def listen(sound: NDArray[np.float32], rate_hz: int, is_tone: bool) -> Heard:
    """Find the gaps (start, length in seconds) and, in a tone, the places where it breaks."""
    sounding = np.flatnonzero(np.abs(sound) > _SILENT)
    if sounding.size == 0:
        return Heard(0.0, [], [], 0.0, -np.inf)
    sound = sound[sounding[0] : sounding[-1] + 1].astype(np.float64)
    steps = np.diff(np.flatnonzero(np.abs(sound) > _SILENT))
    starts = np.flatnonzero(np.abs(sound) > _SILENT)[:-1]
    gaps = [(starts[k] / rate_hz, steps[k] / rate_hz) for k in np.flatnonzero(steps > _GAP_S * rate_hz)]
    clicks: list[float] = []
    tone_hz = 0.0
    if is_tone:
        turn = 2.0 * np.cos(2.0 * np.pi * _TONE_HZ / rate_hz)
        rest = np.abs(sound[2:] - turn * sound[1:-1] + sound[:-2]) / np.max(np.abs(sound))
        for place in np.flatnonzero(rest > _CLICK) / rate_hz:
            if not clicks or place - clicks[-1] > 0.02:
                clicks.append(float(place))
        middle = sound[sound.size // 3 :][: 4 * rate_hz]
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size), 8 * middle.size))
        tone_hz = float(np.argmax(spectrum)) * rate_hz / (8 * middle.size)
    middle = sound[sound.size // 4 : 3 * sound.size // 4]
    level = 20.0 * np.log10(np.sqrt(np.mean(middle**2)) + 1e-12)
    return Heard(sound.size / rate_hz, gaps, clicks, tone_hz, float(level))


def main() -> None:
    """Play, record, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--record", required=True)
    parser.add_argument("--rate", type=int, default=48_000)
    parser.add_argument("--device")
    parser.add_argument("--model", action="store_true")
    parser.add_argument("--prompt", default="rain")
    parser.add_argument("--read-delay", type=float)
    parser.add_argument("--only-rate", type=int)
    parser.add_argument("--hang", choices=["generation", "audio"])
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if args.read_delay:
        os.environ[_DELAY] = str(args.read_delay)
        slow_reading(args.read_delay)
    if args.only_rate:
        os.environ[_RATE] = str(args.only_rate)
    with tempfile.TemporaryDirectory() as scratch:
        recording = Path(scratch) / "heard.f32"
        with recording.open("wb") as out:
            recorder = subprocess.Popen(shlex.split(args.record), stdout=out)
            try:
                play(args, Path(scratch))
            finally:
                recorder.terminate()
                recorder.wait()
        sound = np.fromfile(recording, np.float32)[: recording.stat().st_size // 8 * 2].reshape(-1, 2)[:, 0]
    heard = listen(sound, args.rate, not args.model)
    print(f"recorded {heard.seconds:.1f} s of sound, {heard.tone_hz:.2f} Hz, {heard.level_dbfs:.2f} dBFS (left ear)")
    print(f"gaps of 3 ms or more: {len(heard.gaps)} {[(round(a, 2), round(b, 3)) for a, b in heard.gaps[:20]]}")
    if not args.model:
        print(f"places where the tone breaks: {len(heard.clicks)} {[round(t, 2) for t in heard.clicks[:20]]}")


def play(args: argparse.Namespace, scratch: Path) -> None:
    """Play in the real window, drawn offscreen, and print what it told."""
    from PySide6.QtCore import QEventLoop, QTimer

    from app.bootstrap import AppOptions, build, make_application
    from engine.contract.telemetry import EngineMetrics, EngineState

    _application = make_application()
    source = CheckpointSource() if args.model else ToneSource()
    app = build(
        AppOptions(
            source=source,
            settings_file=scratch / "settings.ini",
            takes_dir=scratch / "takes",
            recovery_dir=scratch / "recovery",
        )
    )
    app.settings.device_name = args.device
    told: list[str] = []
    began = time.monotonic()
    app.bridge.noticed.connect(lambda notice: told.append(f"{time.monotonic() - began:.1f} s: {notice.message}"))
    metrics: list[EngineMetrics] = []
    app.bridge.metrics.connect(metrics.append)
    pictures: list[float] = []
    app.bridge.frame.connect(lambda _frame: pictures.append(time.monotonic()))
    stalls = Stalls()
    loop = QEventLoop()
    try:
        app.window.resize(1280, 800)
        app.window.show()
        app.bridge.start()
        app.window.prompt.set_text(args.prompt if args.model else f"{_TONE_HZ:.0f}")
        wait_until(lambda: bool(metrics) and metrics[-1].state is not EngineState.LOADING, 180.0)
        app.wiring.opening.open(args.film)
        wait_until(lambda: app.bridge.film is not None, 60.0)
        app.window.transport.set_loop(True)
        stalls.start()
        app.bridge.play()
        if args.hang:
            hang(app, args.hang, args.seconds / 2.0, stalls)
        QTimer.singleShot(round(1000 * (args.seconds / 2.0 if args.hang else args.seconds)), loop.quit)
        loop.exec()
        last = metrics[-1]
        print(f"device: {last.device_name} at {last.device_rate_hz} Hz; real-time factor {last.realtime_factor:.2f}")
        print(f"dropouts {last.underruns} ({last.underrun_s:.2f} s), device gaps {last.device_gaps}, "
              f"late pictures for the model {last.late_pictures}")  # fmt: skip
        print(f"pictures shown {len(pictures)}; longest the window was held up: {1000 * stalls.longest_s:.0f} ms")
        for line in told:
            print("  told after", line)
        app.bridge.pause()
    finally:
        app.destroy()


def hang(app: "App", which: str, after_s: float, stalls: "Stalls") -> None:
    """Stop a child, steer meanwhile, and restart the engine once the hang is told."""
    from PySide6.QtCore import QEventLoop, QTimer

    pause = QEventLoop()
    QTimer.singleShot(round(1000 * after_s), pause.quit)
    pause.exec()
    failures: list[EngineFailure] = []
    app.bridge.failed.connect(failures.append)
    session = app.bridge.session
    assert session is not None
    position_s = session.position_s
    os.kill(getattr(session._parts, which).process.pid, signal.SIGSTOP)
    began = time.monotonic()
    stalls.longest_s = 0.0
    k = 0

    def steer() -> bool:
        nonlocal k
        k += 1
        app.window.prompt.set_text(f"{_TONE_HZ:.0f} {k}")
        app.window.panorama.recentre()
        return bool(failures)

    wait_until(steer, 20.0)
    print(f"{which} stopped at {position_s:.2f} s of the film: told after {time.monotonic() - began:.2f} s, the window "
          f"was held up for {1000 * stalls.longest_s:.0f} ms at most: {failures[0].message}")  # fmt: skip
    app.errors.close_all()
    began = time.monotonic()
    app.wiring.restart_engine()
    print(f"restart took {time.monotonic() - began:.2f} s; goes on at {position_s_of(app):.2f} s")
    wait_until(lambda: app.bridge.film is not None and position_s_of(app) > 0.0, 60.0)
    app.bridge.play()


def position_s_of(app: "App") -> float:
    """Return the time in the film; 0 while there is no engine."""
    session = app.bridge.session
    return 0.0 if session is None else session.position_s


class Stalls:
    """The longest time for which the window's event loop did nothing else."""

    def __init__(self) -> None:
        from PySide6.QtCore import QTimer

        self.longest_s = 0.0
        self._last = time.monotonic()
        self._timer = QTimer()
        self._timer.setInterval(2)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._last = time.monotonic()
        self._timer.start()

    def _tick(self) -> None:
        now = time.monotonic()
        self.longest_s, self._last = max(self.longest_s, now - self._last), now


def wait_until(condition: Callable[[], bool], patience_s: float) -> None:
    """Let the window live until something holds."""
    from PySide6.QtWidgets import QApplication

    until = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > until:
            raise SystemExit("it did not happen in time")
        QApplication.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    main()
