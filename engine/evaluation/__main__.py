"""`python -m engine.evaluation`: direction, endurance and, given a tagger, sound class of a checkpoint's takes."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from engine.contract.conventions import DEFAULT_FLOW_STEPS
from engine.contract.errors import EngineError, InvalidInputError
from engine.evaluation.probes.direction import ROUND, cases_for, evaluate_directions
from engine.evaluation.probes.paths import evaluate_paths
from engine.evaluation.probes.prompts import evaluate_prompts
from engine.evaluation.probes.steadiness import evaluate_steadiness
from engine.evaluation.taggers.yamnet import Yamnet


@dataclass(frozen=True, kw_only=True)
class MeasureOptions:
    """What is measured: a checkpoint folder (None: the shipped one), and how many takes of how many seconds."""

    checkpoint: Path | None
    yamnet: Path | None
    device: str
    steps: int
    seconds: float
    takes: int
    takes_a_class: int

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no measurement can have."""
        if min(self.steps, self.takes, self.takes_a_class) < 1 or not self.seconds > 0:
            raise InvalidInputError(
                "Specify at least 1 for --steps, --takes and --takes-a-class, and more than 0 for --seconds."
            )


def main() -> int:
    """Measure and print; returns 2 for an error that the user can fix."""
    parser = argparse.ArgumentParser(prog="python -m engine.evaluation", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="folder with the weights (default: the shipped ones)")
    parser.add_argument("--yamnet", type=Path, help="yamnet.safetensors with yamnet_class_map.csv beside it")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=DEFAULT_FLOW_STEPS, help="flow steps per patch")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a take")
    parser.add_argument("--takes", type=int, default=20, help="takes for each measurement of direction")
    parser.add_argument("--takes-a-class", type=int, default=8)
    arguments = parser.parse_args()
    try:
        _measure(MeasureOptions(**vars(arguments)))
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _measure(arguments: MeasureOptions) -> None:
    from engine.model.streaming.streamer import load_patch_source

    tagger = None if arguments.yamnet is None else Yamnet(arguments.yamnet)
    source = load_patch_source(arguments.checkpoint, arguments.device)
    print(f"checkpoint {source.checkpoint_sha256[:12]}, {arguments.steps} flow steps")
    for title, directions in (("Requested: 60 degrees left", ROUND[:1]), ("Requested: all azimuths", ROUND)):
        cases = cases_for(directions, count=arguments.takes)
        report = evaluate_directions(source, cases, seconds=arguments.seconds, steps=arguments.steps)
        print(f"\n{title}\n{report.format()}")
    paths = evaluate_paths(source, count=arguments.takes, steps=arguments.steps)
    print(f"\nDrawn paths: half a circle and a circle in 6.4 s, error per patch\n{paths.format()}")
    steadiness = evaluate_steadiness(source, steps=arguments.steps)
    print(f"\nSteadiness: levels of five seconds each, dB\n{steadiness.format()}")
    if tagger is None:
        print("\nNo --yamnet given: sound classes are not evaluated.")
        return
    table = evaluate_prompts(
        source, tagger, takes_a_class=arguments.takes_a_class, seconds=arguments.seconds, steps=arguments.steps
    )
    print(f"\nWhat the tagger hears\n{table.format()}")


if __name__ == "__main__":
    raise SystemExit(main())
