"""Feeds damaged files to every parser: `python tests/fuzz/fuzz.py [--mutants 500] [--only NAME] [--keep DIR]`.

Each parser works in a process of its own with a limit on memory. What may come of a mutant: it is read, or refused with
an EngineError. A traceback, a hang, a blow-up of memory or a crash is a fault; `--keep` collects the files that did it.
"""

import argparse
import json
import os
import random
import resource
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FAULTS = ("traceback", "hang", "blow-up", "crash")
_HANG_S = 15.0
_START_S = 120.0
_MORE_BYTES = 1 << 30
"""What a mutant may take in address space, beyond what the parser has when it has read the whole files."""
_LARGEST_GROWTH_KIB = 512 << 10


def main(argv: list[str]) -> int:
    """Run and print a line of JSON for every parser; returns 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=500)
    parser.add_argument("--only", help="the name of one parser")
    parser.add_argument("--keep", type=Path, help="folder for files that caused a fault")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--begin", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    sys.path.insert(0, str(ROOT))
    from tests.fuzz.targets import TARGETS

    if args.child is not None:
        _feed(next(target for target in TARGETS if target.name == args.child), args)
        return 0
    bad = False
    for target in TARGETS:
        if args.only in (None, target.name):
            line = _driven(target.name, args.mutants, args.keep)
            bad = bad or any(line[fault] for fault in FAULTS)
            print(json.dumps(line), flush=True)
    return int(bad)


def _driven(name: str, mutants: int, keep: Path | None) -> dict[str, object]:
    """Have a child go through the mutants; one that hangs or dies is ended, and another goes on behind it."""
    counts: Counter[str] = Counter()
    details: dict[str, int] = {}
    began, at = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as work:
        while at < mutants:
            command = [sys.executable, __file__, "--child", name, "--begin", str(at), "--work", work]
            environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}
            command += ["--mutants", str(mutants), *(("--keep", str(keep)) if keep is not None else ())]
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
            assert child.stdout is not None
            with child, selectors.DefaultSelector() as ready:
                ready.register(child.stdout, selectors.EVENT_READ)
                outcome, patience_s, now = "crash", _START_S, at
                while True:
                    if not ready.select(patience_s):
                        outcome = "hang"
                        break
                    line = child.stdout.readline()
                    if not line:
                        break
                    number, outcome_of, detail = json.loads(line)
                    now, patience_s = number + 1, _HANG_S
                    counts[outcome_of] += 1
                    if outcome_of in FAULTS:
                        details[detail] = details.get(detail, 0) + 1
                child.kill()
            at = now
            if at < mutants:
                counts[outcome] += 1
                details[f"{outcome} of mutant {at}"] = 1
                _kept(Path(work), name, at, keep)
                at += 1
    faults = {fault: counts[fault] for fault in FAULTS}
    took = round(time.monotonic() - began, 1)
    return {"parser": name, "mutants": mutants, "read": counts["read"], "refused": counts["refused"], **faults} | {
        "s": took,
        "details": details,
    }


def _kept(work: Path, name: str, number: int, keep: Path | None) -> None:
    if keep is not None and (work / "current").exists():
        file = Path((work / "current").read_text())
        if file.exists():
            keep.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, keep / f"{name.replace(' ', '-')}-{number}-{file.name}")


def _feed(target, args: argparse.Namespace) -> None:  # type: ignore[no-untyped-def]
    from engine.contract.errors import EngineError

    warnings.simplefilter("ignore")
    seeds_folder = args.work / f"seeds-{args.begin}"
    seeds = target.seeds(seeds_folder)
    for seed in seeds:
        target.parse(seed)  # whole files are read; with them everything is imported
    mine = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mine + _MORE_BYTES, resource.RLIM_INFINITY))
    for number in range(args.begin, args.mutants):
        rng = random.Random(f"{target.name} {number}")
        seed = seeds[number % len(seeds)]
        whole = seed.read_bytes()
        mutant = target.mutate(whole, rng)
        place = args.work / "mutant"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(seed.parent, place)
        (place / seed.name).write_bytes(mutant)
        (args.work / "current").write_text(str(place / seed.name))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        outcome, detail = "read", ""
        try:
            target.parse(place / seed.name)
        except EngineError as error:
            outcome = "refused"
            if "\n" in str(error) or not str(error).strip():
                outcome, detail = "traceback", f"not one line: {error!r}"
        except MemoryError:
            outcome, detail = "blow-up", _where()
        except Exception:
            outcome, detail = "traceback", _where()
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before > _LARGEST_GROWTH_KIB:
            outcome, detail = "blow-up", "resident memory grew"
        if outcome in FAULTS:
            _kept(args.work, target.name, number, args.keep)
        print(json.dumps([number, outcome, detail]), flush=True)


def _where() -> str:
    """Return the last line of the error and where in the project it came from."""
    kind, error, trace = sys.exc_info()
    ours = (str(ROOT / "engine"), str(ROOT / "app"))
    own = [frame for frame in traceback.extract_tb(trace) if frame.filename.startswith(ours)]
    place = f"{Path(own[-1].filename).relative_to(ROOT)}:{own[-1].lineno}" if own else "?"
    return f"{kind.__name__ if kind else ''}: {str(error)[:100]} at {place}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
