"""`python -m engine.evaluation.probes.schedule`: is a changed prompt followed, and does the rest continue?

Own measure. Three kinds of takes, all with one requested direction: references of every prompt (other seeds), a take
that keeps prompt A, and one of the same seed in which B replaces A at a patch. Both have the same noise, so that they
are the same up to the change. A patch is its mean log-mel spectrum of W (64 bands, dB, level removed).

- apart: mean difference over bands of the two prompts' references, dB: a model that ignores words has almost none;
- departed: patches until the changed take's spectrum differs from the kept one's by more than half of that;
- followed: patches until a patch and the one after it are nearer to the mean of B's references than to that of A's.
  1 is the first patch made under the new prompt. If a take never gets there, all remaining patches count.
- chance of following: the share of the kept takes that look like B as soon by themselves.
- click: at the change (`click_at` in measures/seam.py), dB, in the changed take less that in the kept one; 0 is none.
- direction: great-circle angle to the requested one, degrees, before and after the change, as the model places it.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from engine.contract.control import DirectionPath, GenerationSettings, Prompt
from engine.contract.conventions import DEFAULT_FLOW_STEPS, PATCH_SAMPLES, AcnChannel
from engine.contract.directions import Direction
from engine.contract.errors import EngineError
from engine.contract.generation import PatchSource
from engine.evaluation.measures.codec_metrics import log_mel_db
from engine.evaluation.measures.direction import angle_errors, clip_direction
from engine.evaluation.measures.intervals import DRAWS, Estimate, estimate_from_draws, mean_estimate
from engine.evaluation.measures.seam import click_at
from engine.files.staging import write_texts
from engine.rendering.takes import render_take

PAIRS: Final = (
    ("rain falls", "a chainsaw cutting wood"),
    ("sea waves", "a helicopter flying"),
    ("a car engine runs", "rain falls"),
    ("a helicopter flying", "sea waves"),
    ("a chainsaw cutting wood", "a car engine runs"),
    ("crackling fire", "a helicopter flying"),
    ("rain falls", "a car engine runs"),
    ("sea waves", "crackling fire"),
)
"""Sounds without pauses: in a pause it would be unknown which prompt holds."""

FOLLOWED_WITHIN: Final = 2
_DEPARTED_SHARE: Final = 0.5
_REFERENCES: Final = 2
_REFERENCE_SEED: Final = 8_000
_SEED: Final = 7_000
_ROUND: Final = (Direction(60, 0), Direction(-90, 20), Direction(150, -10), Direction(0, 30))


@dataclass(frozen=True)
class PromptChangeResult:
    """The effect of one change of a prompt; see the head of the file. `chance_followed` is of the kept take."""

    before: str
    after: str
    seed: int
    apart_db: float
    departed: int
    followed: int
    chance_followed: int
    click_db: float | None
    error_before_deg: float
    error_after_deg: float


@dataclass(frozen=True)
class ScheduleReport:
    """Results of many changes; `left` patches followed each."""

    results: tuple[PromptChangeResult, ...]
    left: int

    def estimates(self) -> dict[str, Estimate]:
        """Return every figure with its 95 % bootstrap interval over changes."""
        rows = self.results
        return {
            "apart_db": mean_estimate([r.apart_db for r in rows], 4),
            "departed_patches": _median([r.departed for r in rows]),
            "followed_patches": _median([r.followed for r in rows]),
            "followed_within_2": mean_estimate([float(r.followed <= FOLLOWED_WITHIN) for r in rows], 1),
            "chance_within_2": mean_estimate([float(r.chance_followed <= FOLLOWED_WITHIN) for r in rows], 2),
            "click_db": mean_estimate([r.click_db for r in rows], 3),
            "error_before_deg": _median([r.error_before_deg for r in rows]),
            "error_after_deg": _median([r.error_after_deg for r in rows]),
        }

    def format(self) -> str:
        """Return a line per change and the figures, ready for a log."""
        figures = f"{'apart dB':>9}{'departed':>9}{'followed':>9}{'click dB':>9}{'error, deg':>16}"
        lines = [f"{'before':<24}{'after':<24}{'seed':>6}{figures}"]
        for r in self.results:
            click = "-" if r.click_db is None else f"{r.click_db:.1f}"
            followed = str(r.followed) if r.followed <= self.left else "never"
            departed = str(r.departed) if r.departed <= self.left else "never"
            lines.append(
                f"{r.before[:23]:<24}{r.after[:23]:<24}{r.seed:>6}{r.apart_db:>9.1f}{departed:>9}{followed:>9}{click:>9}"
                f"{r.error_before_deg:>8.1f}{r.error_after_deg:>8.1f}"
            )
        for name, estimate in self.estimates().items():
            if estimate.value is None:
                lines.append(f"{name}: {estimate.reason}")
                continue
            interval = "" if estimate.low is None else f" (95 % interval {estimate.low:.2f} to {estimate.high:.2f})"
            lines.append(f"{name} {estimate.value:.2f}{interval}")
        return "\n".join(lines)


def take_with_change(
    source: PatchSource,
    prompts: tuple[str, str],
    change: int,
    patches: int,
    direction: Direction,
    seed: int,
    steps: int = DEFAULT_FLOW_STEPS,
) -> NDArray[np.float32]:
    """Return AmbiX (4, N) of `patches` patches, the second prompt from the patch `change` on."""
    path = DirectionPath.fixed(direction)
    first, second = (GenerationSettings(Prompt(p), path, seed, steps, exact_direction=False) for p in prompts)
    return render_take(source, first, patches * PATCH_SAMPLES, changes={change: second})


def patch_spectra(foa: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return mean log-mel spectra (P, 64) in dB of W's whole patches, each less its own mean: colour without level."""
    w = torch.from_numpy(np.asarray(foa[AcnChannel.W], np.float32))
    pieces = w[: len(w) // PATCH_SAMPLES * PATCH_SAMPLES].reshape(-1, PATCH_SAMPLES)
    levels = log_mel_db(pieces).mean(dim=1).double().numpy()
    return np.asarray(levels - levels.mean(axis=1, keepdims=True))


def patches_until(condition: NDArray[np.bool_], run: int = 1) -> int:
    """Return which patch (counted from 1) begins the first run of `run` true ones; one more than there are for none."""
    for index in range(condition.size - run + 1):
        if condition[index : index + run].all():
            return index + 1
    return condition.size + 1


def measure_change(
    kept: NDArray[np.floating],
    changed: NDArray[np.floating],
    change: int,
    references: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> tuple[int, int, int]:
    """Return departed, followed and the kept take's followed of AmbiX (4, N) takes; references are spectra (64,)."""
    a, b = references
    before, after = patch_spectra(kept)[change:], patch_spectra(changed)[change:]

    def nearer_to_b(spectra: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray(np.linalg.norm(spectra - b, axis=1) < np.linalg.norm(spectra - a, axis=1))

    departed = patches_until(np.abs(after - before).mean(axis=1) > _DEPARTED_SHARE * _apart_db(references))
    return departed, patches_until(nearer_to_b(after), 2), patches_until(nearer_to_b(before), 2)


def _apart_db(references: tuple[NDArray[np.float64], NDArray[np.float64]]) -> float:
    return float(np.abs(references[0] - references[1]).mean())


def click_of(foa: NDArray[np.floating], patch: int) -> float | None:
    """Return the click in dB at the beginning of a patch of AmbiX (4, N), see `click_at`; None in silence."""
    return click_at(foa[AcnChannel.W], patch * PATCH_SAMPLES)


def evaluate_schedule(
    source: PatchSource,
    *,
    pairs: Sequence[tuple[str, str]] = PAIRS,
    takes: int = 1,
    change: int = 16,
    patches: int = 36,
    steps: int = DEFAULT_FLOW_STEPS,
    progress: Callable[[float], None] = lambda done: None,
) -> ScheduleReport:
    """Make the takes of every pair, `takes` seeds each, and measure; `progress` gets 0..1."""
    front = _ROUND[0]
    references = {}
    for prompt in dict.fromkeys(p for pair in pairs for p in pair):
        made = [
            take_with_change(source, (prompt, prompt), change, patches, front, _REFERENCE_SEED + n, steps)
            for n in range(_REFERENCES)
        ]
        references[prompt] = np.mean([patch_spectra(foa)[change:].mean(axis=0) for foa in made], axis=0)
    results = []
    for index, (a, b) in enumerate(pair for _ in range(takes) for pair in pairs):
        seed, direction = _SEED + index, _ROUND[index % len(_ROUND)]
        kept, changed = (
            take_with_change(source, words, change, patches, direction, seed, steps) for words in ((a, a), (a, b))
        )
        both = references[a], references[b]
        departed, followed, by_chance = measure_change(kept, changed, change, both)
        clicks = click_of(kept, change), click_of(changed, change)
        click = None if clicks[0] is None or clicks[1] is None else clicks[1] - clicks[0]
        cut = change * PATCH_SAMPLES
        errors = [_error_deg(changed[:, :cut], direction), _error_deg(changed[:, cut:], direction)]
        results.append(PromptChangeResult(a, b, seed, _apart_db(both), departed, followed, by_chance, click, *errors))
        progress((index + 1) / (takes * len(pairs)))
    return ScheduleReport(tuple(results), patches - change)


def _error_deg(foa: NDArray[np.floating], asked: Direction) -> float:
    return float(np.rad2deg(angle_errors(clip_direction(foa), asked.unit_vector())[2]))


def _median(values: Sequence[float]) -> Estimate:
    there = np.array(values, float)
    picks = np.random.default_rng(0).integers(0, there.size, (DRAWS, there.size))
    return estimate_from_draws(float(np.median(there)), np.median(there[picks], axis=1), there.size)


def main(argv: list[str]) -> int:
    """Measure and print; returns 2 for an error that the user can fix."""
    parser = argparse.ArgumentParser(prog="python -m engine.evaluation.probes.schedule", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="folder with the weights (default: the shipped ones)")
    parser.add_argument("--takes", type=int, default=1, help="takes per pair of prompts")
    parser.add_argument("--steps", type=int, default=DEFAULT_FLOW_STEPS, help="flow steps per patch")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="also write the report to this file")
    arguments = parser.parse_args(argv)
    try:
        from engine.model.streaming.streamer import load_patch_source

        source = load_patch_source(arguments.checkpoint, arguments.device)
        report = evaluate_schedule(source, takes=arguments.takes, steps=arguments.steps)
        print(f"checkpoint {source.checkpoint_sha256[:12]}, {arguments.steps} flow steps\n{report.format()}")
        if arguments.json is not None:
            figures = {name: asdict(value) for name, value in report.estimates().items()}
            whole = {"checkpoint": source.checkpoint_sha256, "steps": arguments.steps, **figures}
            changes = [asdict(result) for result in report.results]
            write_texts({arguments.json: json.dumps(whole | {"changes": changes}, indent=1)})
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
