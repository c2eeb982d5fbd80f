"""All stages, one after the other, within the minutes of a borrowed GPU.

Every call continues where the last one stopped and ends in time. Then `--out` holds the weights to ship, each
file small enough to be copied back. Scenes are composed and encoded by as many processes as there are cores.
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from engine.contract.errors import EngineError, InvalidInputError
from engine.files.apart import keep_apart, weights_of
from engine.training.loop.checkpointing import STATE_FILE
from engine.training.loop.options import read_options, require_at_least, stage_parser

_LARGEST_FILE_MIB = 16.0
_SPEC = "XS"
_RESERVE_MINUTES = 0.7
_END_S = 5.0
"""Reserved for writing the weights."""


@dataclass(frozen=True)
class Stage:
    """One command of `train`, and how many processes share it by `--part K/N`."""

    name: str
    arguments: tuple[str, ...]
    parts: int = 1


@dataclass(frozen=True, kw_only=True)
class LeaseOptions:
    """Options of `train lease`; `minutes` bounds one call."""

    data: Path
    runs: Path = Path("runs")
    out: Path
    minutes: float = 9.0
    device: str = "cpu"
    workers: int = 2
    scenes: int = 8000
    codec_steps: int = 12000
    codec_batch: int = 32
    generator_steps: int = 20000
    generator_batch: int = 64
    start: Path | None = None
    keep_codec: Path | None = None

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no run can have."""
        require_at_least(self, 1, "workers", "scenes", "codec_batch", "generator_batch")
        require_at_least(self, 0, "codec_steps", "generator_steps")


def main(argv: list[str]) -> None:
    """Run `train lease`."""
    parser = stage_parser("lease", __doc__)
    parser.add_argument("--data", type=Path, required=True, help="data folder, for example one made by 'train pack'")
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--minutes", type=float, help="what this call may take")
    parser.add_argument("--device")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--scenes", type=int)
    parser.add_argument("--codec-steps", type=int)
    parser.add_argument("--codec-batch", type=int)
    parser.add_argument("--generator-steps", type=int)
    parser.add_argument("--generator-batch", type=int)
    parser.add_argument("--start", type=Path, help="checkpoint folder whose generator is trained further")
    parser.add_argument("--keep-codec", type=Path, help="take this checkpoint's codec instead of fitting one")
    options = read_options(parser, argv, LeaseOptions)
    read = {"file to start from": weights_of(options.start), "codec to keep": weights_of(options.keep_codec)}
    keep_apart([options.out / name for name in ("generator.safetensors", "codec.safetensors")], read)
    deadline = time.monotonic() + 60 * (options.minutes - _RESERVE_MINUTES)
    options.out.mkdir(parents=True, exist_ok=True)
    for stage in stages(options):
        left = (deadline - time.monotonic()) / 60
        if left <= 0 or not carried_out(stage, left, options.runs):
            print(f"Out of time in '{stage.name}': the same command continues from here.", flush=True)
            break
    if (options.runs / f"generator-{_SPEC}" / STATE_FILE).is_file():
        run_stage(Stage("export", ("--runs", str(options.runs), "--out", str(options.out))), 60.0)
    for path in sorted(options.out.glob("*.safetensors")):
        size = path.stat().st_size / 2**20
        if size > _LARGEST_FILE_MIB:
            raise InvalidInputError(f"{path} is {size:.1f} MiB, more than the {_LARGEST_FILE_MIB:.0f} to be carried.")
        print(f"{path}: {size:.1f} MiB", flush=True)


def stages(options: LeaseOptions) -> list[Stage]:
    """Return the stages in order."""
    runs, data = ("--runs", str(options.runs)), ("--data", str(options.data))
    fit = ("--device", options.device, *runs)
    codec = options.keep_codec or options.out
    todo = [Stage("compose", (*data, *runs, "--scenes", str(options.scenes), "--workers", str(options.workers)))]
    if options.keep_codec is None:
        sizes = ("--total-steps", str(options.codec_steps), "--batch", str(options.codec_batch))
        todo += [Stage("codec", (*fit, *sizes)), Stage("codec-eval", (*runs, "--export", str(options.out)))]
    todo.append(Stage("features", (*data, *runs, "--codec", str(codec), "--turns", "3"), options.workers))
    sizes = ("--total-steps", str(options.generator_steps), "--batch", str(options.generator_batch))
    if options.start is not None:  # its weights have a film encoder already
        return [*todo, Stage("generator", (*fit, *sizes, "--start", str(options.start)))]
    todo.append(Stage("svac", (*fit, "--codec", str(codec), "--total-steps", "500")))
    seen = ("--svac", str(options.runs / "svac-full" / "svac.safetensors"))
    return [*todo, Stage("generator", (*fit, *sizes, *seen))]


def carried_out(stage: Stage, minutes: float, runs: Path) -> bool:
    """Run a stage within the minutes; returns whether it is finished. Finished parts are not repeated."""
    mark = runs / f"done-{stage.name}"
    if mark.is_file():
        return True
    bounded = stage.name in {"codec", "svac", "generator"}
    extra = ("--minutes", f"{minutes:.2f}") if bounded else ()
    began = time.monotonic()
    finished = run_stage(Stage(stage.name, (*stage.arguments, *extra), stage.parts), minutes + (0.5 if bounded else 0))
    if finished and bounded:
        finished = time.monotonic() - began < 60 * (minutes - 0.05)
    if finished:
        mark.touch()
    return finished


def run_stage(stage: Stage, minutes: float) -> bool:
    """Run `train STAGE` in child processes; returns False if the time was up.

    Raises EngineError if the stage failed.
    """
    split = [("--part", f"{k}/{stage.parts}") if stage.parts > 1 else () for k in range(stage.parts)]
    command = [sys.executable, "-m", "engine.training.cli", stage.name, *stage.arguments]
    children = [subprocess.Popen([*command, *part]) for part in split]
    end = time.monotonic() + 60 * minutes
    try:
        for child in children:
            if child.wait(timeout=max(end - time.monotonic(), 0.1)):
                raise EngineError(f"The stage '{stage.name}' failed with code {child.returncode}: see its lines above.")
    except subprocess.TimeoutExpired:
        return False
    finally:
        for child in children:
            if child.poll() is None:
                child.terminate()  # it removes what it has begun; only one that does not react is killed
        for child in children:
            try:
                child.wait(timeout=_END_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
    return True
