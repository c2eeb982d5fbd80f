"""`python -m engine.evaluation.probes.compare --before DIR --after DIR`: what did a training change, take by take?

Both checkpoints make the same takes: same words, directions and seeds, so the same noise. Measured are the direction
error as the model itself places the sound (direction.py) and, given a tagger, the top-5 agreement of the thirty text
prompts (text.py). The lift is the mean over pairs of takes, positive for the better, with a 95 % bootstrap
interval over pairs; one whose interval holds 0 shows nothing.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.contract.conventions import DEFAULT_FLOW_STEPS
from engine.contract.errors import EngineError, InvalidInputError
from engine.contract.generation import PatchSource
from engine.evaluation.measures.intervals import Estimate, mean_estimate
from engine.evaluation.probes.direction import ROUND, cases_for, evaluate_directions
from engine.evaluation.probes.text import evaluate_text
from engine.evaluation.taggers.yamnet import Yamnet
from engine.files.staging import write_texts

_SEED: Final = 5_000


@dataclass(frozen=True)
class Lift:
    """One figure of paired takes: means before and after, and the improvement."""

    before: float
    after: float
    lift: Estimate

    def format(self, name: str) -> str:
        """Return a line for a log."""
        there = self.lift.low is not None and self.lift.high is not None
        interval = f" (95 % interval {self.lift.low:+.3f} to {self.lift.high:+.3f})" if there else ""
        return f"{name}: {self.before:.3f} before, {self.after:.3f} after; better by {self.lift.value:+.3f}{interval}"


def lift_of(before: Sequence[float], after: Sequence[float], *, lower_is_better: bool = False) -> Lift:
    """Return the lift of figures of the same takes, in the same order.

    Raises InvalidInputError if they are not pairs.
    """
    if len(before) != len(after) or not before:
        raise InvalidInputError("Takes can only be compared in pairs: as many after as before, and at least one.")
    sign = -1.0 if lower_is_better else 1.0
    differences = [sign * (b - a) for a, b in zip(before, after, strict=True)]
    return Lift(float(np.mean(before)), float(np.mean(after)), mean_estimate(differences, seed=0))


def compare(
    before: PatchSource,
    after: PatchSource,
    tagger: Yamnet | None = None,
    *,
    takes: int = 20,
    text_takes: int = 1,
    seconds: float = 4.0,
    steps: int = DEFAULT_FLOW_STEPS,
) -> dict[str, Lift]:
    """Return the lift of every figure; those of the tagger only if there is one."""
    cases = cases_for(ROUND, count=takes, first_seed=_SEED)
    errors = [
        evaluate_directions(source, cases, seconds=seconds, steps=steps).errors_deg.tolist()
        for source in (before, after)
    ]
    lifts = {"direction error, degrees": lift_of(errors[0], errors[1], lower_is_better=True)}
    if tagger is not None:
        hits = []
        for source in (before, after):
            report = evaluate_text(source, tagger, takes=text_takes, seconds=seconds, steps=steps)
            hits.append([float(take.agrees(take.sound)) for take in report.takes])
        lifts["tagger's top-5 agreement"] = lift_of(hits[0], hits[1])
    return lifts


def main(argv: list[str]) -> int:
    """Measure and print; returns 2 for an error that the user can fix."""
    parser = argparse.ArgumentParser(prog="python -m engine.evaluation.probes.compare", description=__doc__)
    parser.add_argument("--before", type=Path, required=True, help="checkpoint folder")
    parser.add_argument("--after", type=Path, required=True, help="checkpoint folder")
    parser.add_argument("--yamnet", type=Path, help="yamnet.safetensors with yamnet_class_map.csv beside it")
    parser.add_argument("--takes", type=int, default=20, help="takes for the direction")
    parser.add_argument("--text-takes", type=int, default=1, help="takes per text prompt")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--steps", type=int, default=DEFAULT_FLOW_STEPS, help="flow steps per patch")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args(argv)
    try:
        from engine.model.streaming.streamer import load_patch_source

        tagger = None if arguments.yamnet is None else Yamnet(arguments.yamnet)
        before = load_patch_source(arguments.before, arguments.device)
        after = load_patch_source(arguments.after, arguments.device)
        lifts = compare(
            before,
            after,
            tagger,
            takes=arguments.takes,
            text_takes=arguments.text_takes,
            seconds=arguments.seconds,
            steps=arguments.steps,
        )
        for name, lift in lifts.items():
            print(lift.format(name))
        if arguments.json is not None:
            hashes = {"before": before.checkpoint_sha256, "after": after.checkpoint_sha256}
            figures = {name: asdict(lift) for name, lift in lifts.items()}
            write_texts({arguments.json: json.dumps({**hashes, "figures": figures}, indent=1)})
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
