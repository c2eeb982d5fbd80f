"""What the pictures of a film cost with one decoder for eye and model and with two: CPU time and memory.

A session plays the film with a quick tone in place of the model and looks at each picture as the window does, but
paints nothing. The baseline is the CPU time that decoding alone takes, every picture once and none made, in the same
run: compare ratios between machines.

Use: `python -m tests.benchmarks.bench_decoding [FILM ...] [--seconds 10]` on Linux. Prints; asserts nothing about time.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.contract.telemetry import EngineMetrics, EngineState
from engine.contract.video import VideoInfo
from engine.runtime.film.for_model import MOST_BYTES
from engine.runtime.session.session import Session, SessionConfig
from engine.video.decoder import VideoDecoder
from engine.video.probe import probe
from tests.fakes import FakeSource

DEMO = Path(__file__).resolve().parents[2] / "resources" / "demo" / "demo.mp4"
SETTLE_S = 2.0
LOOK_S = 1.0 / 60.0


@dataclass(frozen=True)
class Cost:
    """CPU seconds per second of the film in the window's process and the generation child, and their memory in MB."""

    window: float
    child: float
    window_mb: float
    child_mb: float
    pictures_per_s: float
    late: int
    underruns: int


def cpu_s(pid: int) -> float:
    """Return the CPU time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Return what a process holds in memory of its own."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def play(path: Path, seconds: float, most_bytes: int) -> Cost:
    """Play a film and return what its pictures cost; `most_bytes` 0 gives eye and model a decoder each."""
    with tempfile.TemporaryDirectory() as folder:
        session = Session(
            SessionConfig(
                FakeSource(), output="null", capture_dir=Path(folder), takes_dir=Path(folder) / "takes",
                most_picture_bytes=most_bytes,
            )
        )  # fmt: skip
        session.start()
        metrics: list[EngineMetrics] = []
        pictures = 0

        def live(condition: Callable[[], bool]) -> None:
            nonlocal pictures
            while not condition():
                metrics.extend(item for item in session.poll() if isinstance(item, EngineMetrics))
                pictures += session.latest_frame() is not None
                time.sleep(LOOK_S)

        try:
            session.open_video(path)
            session.set_loop(True)
            live(lambda: bool(metrics) and metrics[-1].state is EngineState.PAUSED)
            session.play()
            begin_s = time.monotonic()
            live(lambda: time.monotonic() - begin_s > SETTLE_S)
            assert session._parts is not None
            generation = session._parts.generation.process
            assert generation is not None
            own, child = os.getpid(), generation.pid
            assert child is not None
            pictures, before, begin_s = 0, (cpu_s(own), cpu_s(child)), time.monotonic()
            live(lambda: time.monotonic() - begin_s > seconds)
            took_s = time.monotonic() - begin_s
            last = metrics[-1]
            return Cost(
                window=(cpu_s(own) - before[0]) / took_s,
                child=(cpu_s(child) - before[1]) / took_s,
                window_mb=memory_mb(own),
                child_mb=memory_mb(child),
                pictures_per_s=pictures / took_s,
                late=last.late_pictures,
                underruns=last.underruns,
            )
        finally:
            session.close()


def baseline(film: VideoInfo, seconds: float) -> float:
    """Return the CPU seconds per second of the film that decoding takes, and nothing else."""
    begin_s, until_s = time.process_time(), 0.0
    with VideoDecoder(film) as decoder:
        for picture in decoder.pictures():
            until_s = picture.from_s
            if until_s >= seconds:
                break
    return (time.process_time() - begin_s) / max(until_s, 1.0 / film.fps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("films", type=Path, nargs="*", default=[DEMO])
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    for path in arguments.films:
        film = probe(path)
        alone = baseline(film, arguments.seconds)
        print(f"{path.name}: {film.width} x {film.height}, {film.fps:.2f} fps")
        print(f"  baseline: decoding alone takes {100 * alone:.1f} % of a core")
        for name, most_bytes in (("two decoders", 0), ("one decoder", MOST_BYTES)):
            cost = play(path, arguments.seconds, most_bytes)
            both = cost.window + cost.child
            print(
                f"  {name:<13} window {100 * cost.window:5.1f} %, child {100 * cost.child:5.1f} %, "
                f"together {both / alone:5.2f} of decoding alone; {cost.window_mb:4.0f} + {cost.child_mb:.0f} MB; "
                f"{cost.pictures_per_s:.1f} pictures/s, late for the model {cost.late}, dropouts {cost.underruns}",
                flush=True,
            )


if __name__ == "__main__":
    main()
