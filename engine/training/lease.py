"""All stages, one after the other, inside the minutes that a borrowed GPU is at hand.

Every call goes on where the last one stopped and ends in time; then `--out` holds the weights that can be shipped, each
file small enough to be carried back. Scenes are composed and encoded by as many processes as there are cores.
"""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from engine.contract.errors import EngineError, InvalidInputError
from engine.files.apart import keep_apart, weights_of

_LARGEST_FILE_MIB = 16.0
_SPEC = "XS"
_RESERVE_MINUTES = 0.7
_END_S = 5.0
"""Kept for writing the weights."""


@dataclass(frozen=True)
class Stage:
    """One command of `train`, and how many processes share it by `--part K/N`."""

    name: str
    arguments: tuple[str, ...]
    parts: int = 1


def main(argv: list[str]) -> None:
    """Run `train lease`."""
    parser = argparse.ArgumentParser(prog="train lease", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="data folder, for example one made by 'train pack'")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--out", type=Path, required=True, help="where the weights go")
    parser.add_argument("--minutes", type=float, default=9.0, help="what this call may take")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scenes", type=int, default=8000)
    parser.add_argument("--codec-steps", type=int, default=12000)
    parser.add_argument("--codec-batch", type=int, default=32)
    parser.add_argument("--generator-steps", type=int, default=20000)
    parser.add_argument("--generator-batch", type=int, default=64)
    parser.add_argument("--start", type=Path, help="checkpoint folder whose generator is gone on with")
    parser.add_argument("--keep-codec", type=Path, help="take this checkpoint's codec instead of fitting one")
    args = parser.parse_args(argv)
    read = {"file to start from": weights_of(args.start), "codec to keep": weights_of(args.keep_codec)}
    keep_apart([args.out / name for name in ("generator.safetensors", "codec.safetensors")], read)
    deadline = time.monotonic() + 60 * (args.minutes - _RESERVE_MINUTES)
    args.out.mkdir(parents=True, exist_ok=True)
    for stage in stages(args):
        left = (deadline - time.monotonic()) / 60
        if left <= 0 or not carried_out(stage, left, args.runs):
            print(f"Out of time in '{stage.name}': the same command goes on from here.", flush=True)
            break
    if (args.runs / f"generator-{_SPEC}" / "training.safetensors").is_file():
        run_stage(Stage("export", ("--runs", str(args.runs), "--out", str(args.out))), 60.0)
    for path in sorted(args.out.glob("*.safetensors")):
        size = path.stat().st_size / 2**20
        if size > _LARGEST_FILE_MIB:
            raise InvalidInputError(f"{path} is {size:.1f} MiB, more than the {_LARGEST_FILE_MIB:.0f} to be carried.")
        print(f"{path}: {size:.1f} MiB", flush=True)


def stages(args: argparse.Namespace) -> list[Stage]:
    """Return what has to be done, in order."""
    runs, data = ("--runs", str(args.runs)), ("--data", str(args.data))
    fit = ("--device", args.device, *runs)
    codec = args.keep_codec or args.out
    todo = [Stage("compose", (*data, *runs, "--scenes", str(args.scenes), "--workers", str(args.workers)))]
    if args.keep_codec is None:
        sizes = ("--total-steps", str(args.codec_steps), "--batch", str(args.codec_batch))
        todo += [Stage("codec", (*fit, *sizes)), Stage("codec-eval", (*runs, "--export", str(args.out)))]
    todo.append(Stage("features", (*data, *runs, "--codec", str(codec), "--turns", "3"), args.workers))
    sizes = ("--total-steps", str(args.generator_steps), "--batch", str(args.generator_batch))
    if args.start is not None:  # its weights have a film encoder already
        return [*todo, Stage("generator", (*fit, *sizes, "--start", str(args.start)))]
    todo.append(Stage("svac", (*fit, "--codec", str(codec), "--total-steps", "500")))
    seen = ("--svac", str(args.runs / "svac-full" / "svac.safetensors"))
    return [*todo, Stage("generator", (*fit, *sizes, *seen))]


def carried_out(stage: Stage, minutes: float, runs: Path) -> bool:
    """Run a stage within the minutes; returns whether it is finished. What is finished already is not done again."""
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
    """Run `train STAGE` in processes of its own; returns False where the minutes were over.

    Raises EngineError where the stage failed.
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
                child.terminate()  # it puts away what it has begun; only one that does not listen is killed
        for child in children:
            try:
                child.wait(timeout=_END_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
    return True
