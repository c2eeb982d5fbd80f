"""From a head tracker's datagram to the sound at the output: the whole window, the real engine, a real device.

OSC messages turn the head by 180 degrees at random times, so that a source at the left is at the right and back. The
monitor of the output is recorded, and the middle of each change of the level between the ears is found in it.

A sample's time is its place in the recording after the earliest block that arrived: what the recorder's own delay adds
is counted, its jitter is not. Noise in place of the model keeps the machine free.

Use, with a PulseAudio server whose sink is SINK: `python -m tests.benchmarks.bench_head_tracking [--sink foa]
[--latency-ms 20] [--steps 60]`. Prints; asserts nothing about time.
"""

import argparse
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEventLoop, QTimer

from app.bootstrap import App, AppOptions, build, make_application
from app.files.resources import demo_film
from app.files.settings import AppSettings
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.engine_choice import EngineChoice
from tests.app.fake_patch_sources import FakeCheckpoint

FRAME = 48
"""1 ms: the grid on which the level between the ears is looked at, smoothed over SMOOTH of them."""
SMOOTH = 5
REST_S = (0.35, 0.6)
SOONEST_S, LATEST_S = -0.02, 0.3
GOAL_MS = 45.0


class Recorder:
    """Reads what the sink plays in a thread, with the time at which each block arrived."""

    def __init__(self, sink: str) -> None:
        command = ["parec", "--raw", "--format=float32le", "--channels=2", f"--rate={SAMPLE_RATE_HZ}"]
        command += ["--latency-msec=2", "-d", f"{sink}.monitor"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self._blocks: list[bytes] = []
        self._ends: list[tuple[float, int]] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        pipe, total = self._process.stdout, 0
        assert pipe is not None
        while block := os.read(pipe.fileno(), 65_536):
            arrived_s = time.monotonic()
            self._blocks.append(block)
            total += len(block)
            self._ends.append((arrived_s, total // 8))

    def stop(self) -> tuple[NDArray[np.float32], float]:
        """Return the sound (2, N) and the time of its first sample."""
        self._process.terminate()
        self._process.wait()
        self._thread.join()
        data = b"".join(self._blocks)
        sound = np.frombuffer(data[: len(data) // 8 * 8], np.float32).reshape(-1, 2).T
        return sound, min(arrived_s - end / SAMPLE_RATE_HZ for arrived_s, end in self._ends)


def yaw_message(degrees: float) -> bytes:
    """Return `/yaw` with one number."""
    return b"/yaw\0\0\0\0,f\0\0" + struct.pack(">f", degrees)


def turn_the_head(port: int, steps: int, done: threading.Event, sent_at_s: list[float]) -> None:
    """Send the steps from a thread, at random times."""
    chance = random.Random(0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tracker:
        for step in range(steps):
            time.sleep(chance.uniform(*REST_S))
            sent_at_s.append(time.monotonic())
            tracker.sendto(yaw_message(180.0 if step % 2 == 0 else 0.0), ("127.0.0.1", port))
        time.sleep(LATEST_S + 0.2)
    done.set()


def between_ears_db(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the level of left over right (frames,) in dB, on a grid of 1 ms."""
    frames = sound.shape[1] // FRAME
    power = np.square(sound[:, : frames * FRAME].astype(float)).reshape(2, frames, FRAME).mean(axis=2)
    smooth = np.stack([np.convolve(ear, np.ones(SMOOTH) / SMOOTH, "same") for ear in power])
    return np.asarray(10.0 * np.log10((smooth[0] + 1e-12) / (smooth[1] + 1e-12)))


def delays_ms(sound: NDArray[np.float32], begin_s: float, sent_at_s: list[float]) -> list[float]:
    """Return the delay of each step that is found: where the level is half-way from before to after."""
    levels, found = between_ears_db(sound), []
    for at_s in sent_at_s:
        at = round((at_s - begin_s) * SAMPLE_RATE_HZ / FRAME)
        before, after = levels[at - 150 : at - 10], levels[at + 200 : at + 340]
        if at < 150 or len(after) < 140 or abs(np.median(after) - np.median(before)) < 6.0:
            continue
        first = at + round(1000 * SOONEST_S)
        part = levels[first : at + round(1000 * LATEST_S)]
        middle = 0.5 * (np.median(before) + np.median(after))
        crossed = np.flatnonzero((part > middle) == (np.median(after) > middle))
        steady = [k for k in crossed if np.all((part[k : k + 20] > middle) == (np.median(after) > middle))]
        if steady:
            found.append(float((begin_s + (first + steady[0]) * FRAME / SAMPLE_RATE_HZ - at_s) * 1000.0))
    return found


def run_until(done: threading.Event) -> None:
    """Let the window live until the last step was heard."""
    loop = QEventLoop()
    timer = QTimer()
    timer.timeout.connect(lambda: loop.quit() if done.is_set() else None)
    timer.start(50)
    loop.exec()


def measure(app: App, film: Path, sink: str, steps: int) -> tuple[list[float], int]:
    """Play the film, turn the head, and return the delays in ms and the steps sent."""
    app.window.show()
    app.bridge.start()
    app.window.direction.set_direction(90.0, 0.0)
    app.bridge.set_loop(True)
    app.bridge.open_film(film)
    app.bridge.play()
    app.wiring.head.listener.start(0)
    port = app.wiring.head.listener.port
    assert port is not None
    playing = threading.Event()
    app.bridge.position.connect(lambda position_s: playing.set() if position_s > 1.5 else None)
    run_until(playing)
    recorder, done, sent_at_s = Recorder(sink), threading.Event(), list[float]()
    tracker = threading.Thread(target=turn_the_head, args=(port, steps, done, sent_at_s))
    tracker.start()
    run_until(done)
    tracker.join()
    return delays_ms(*recorder.stop(), sent_at_s), len(sent_at_s)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sink", default="foa")
    parser.add_argument("--latency-ms", type=int, default=EngineChoice().latency_ms)
    parser.add_argument("--steps", type=int, default=60)
    arguments = parser.parse_args()
    film = demo_film()
    assert film is not None
    make_application()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        settings = AppSettings(place / "settings.ini")
        settings.keep_engine_choice(EngineChoice(latency_ms=arguments.latency_ms))
        settings.save()
        app = build(
            AppOptions(
                FakeCheckpoint(0.0),
                "device",
                place / "settings.ini",
                takes_dir=place / "takes",
                recovery_dir=place / "recovery",
            )
        )
        try:
            delays, sent = measure(app, film, arguments.sink, arguments.steps)
        finally:
            app.destroy()
    p50, p95 = np.percentile(delays, [50, 95]) if delays else (np.nan, np.nan)
    print(
        f"device latency {arguments.latency_ms} ms: {len(delays)} of {sent} steps found; "
        f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, greatest {max(delays, default=np.nan):.1f} ms (goal: p95 <= {GOAL_MS:g})"
    )


if __name__ == "__main__":
    main()
