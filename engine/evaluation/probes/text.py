"""`python -m engine.evaluation.probes.text`: does text alone choose the sound, in words never used for training?

Takes of the thirty prompts (text_prompts.py), no film and no direction. An independent tagger (YAMNet) hears W at an
even level; a take agrees if an accepted class is among its five highest mean scores (top-5), or its highest (top-1).
Chance is exact: the same takes, each compared with the prompts of all, as a shuffle would on average. Intervals are
bootstrapped over prompts. A silent take is wrong. Real clips show the best possible result (`--data`).
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import DEFAULT_FLOW_STEPS, SAMPLE_RATE_HZ
from engine.contract.errors import EngineError, InvalidInputError
from engine.contract.generation import PatchSource
from engine.evaluation.measures.intervals import Estimate, mean_estimate
from engine.evaluation.probes.takes import generate_take
from engine.evaluation.probes.text_ceiling import real_clip_agreement
from engine.evaluation.probes.text_prompts import ACCEPTED, TEXT_PROMPTS, TextPrompt, known_words, label_texts
from engine.evaluation.taggers.listening import listening_signal
from engine.evaluation.taggers.yamnet import Yamnet
from engine.files.staging import write_texts

TOP = 5
FIRST_SEED = 3_000


@dataclass(frozen=True)
class HeardTake:
    """One take: `heard` are the tagger's best names with their scores, empty if the take is silent."""

    text: str
    sound: str
    seed: int
    heard: tuple[tuple[str, float], ...]

    def agrees(self, sound: str, top: int = TOP) -> bool:
        """Return whether an accepted name of a sound is among the `top` best."""
        return any(name in ACCEPTED[sound] for name, _ in self.heard[:top])


@dataclass(frozen=True)
class TextReport:
    """Takes of prompts, every prompt equally often."""

    takes: tuple[HeardTake, ...]

    def agreement(self, top: int = TOP) -> Estimate:
        """Return the share of takes that agree, with a 95 % interval over prompts."""
        by_prompt: dict[str, list[bool]] = {}
        for take in self.takes:
            by_prompt.setdefault(take.text, []).append(take.agrees(take.sound, top))
        return mean_estimate([float(np.mean(hits)) for hits in by_prompt.values()], seed=top)

    def chance(self, top: int = TOP) -> float:
        """Return the expected agreement of the same takes with shuffled prompts."""
        return float(np.mean([take.agrees(other.sound, top) for take in self.takes for other in self.takes]))

    @property
    def silent(self) -> tuple[HeardTake, ...]:
        """Takes without audible sound."""
        return tuple(take for take in self.takes if not take.heard)

    def never_heard(self) -> tuple[str, ...]:
        """Return the sounds of which no take agrees."""
        heard = {take.sound for take in self.takes if take.agrees(take.sound)}
        return tuple(dict.fromkeys(take.sound for take in self.takes if take.sound not in heard))

    def format(self) -> str:
        """Return a line per take, the agreement and the failures, ready for a log."""
        lines = []
        for take in self.takes:
            mark = "+" if take.agrees(take.sound) else "-"
            heard = "; ".join(f"{name} {score:.2f}" for name, score in take.heard) or "silent"
            lines.append(f"{mark} {take.text[:50]:<51}{take.sound:<12}{heard}")
        for top in (1, TOP):
            rate = self.agreement(top)
            interval = "" if rate.low is None else f"95 % interval {rate.low:.0%} to {rate.high:.0%}; "
            lines.append(f"top-{top} agreement {rate.value:.0%} ({interval}chance {self.chance(top):.0%})")
        lines.append("sounds that no take was recognised as: " + (", ".join(self.never_heard()) or "none"))
        lines.append("silent takes: " + (", ".join(f"{t.text} (seed {t.seed})" for t in self.silent) or "none"))
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        """Return everything as plain values."""
        rates = {f"top_{top}": asdict(self.agreement(top)) | {"chance": self.chance(top)} for top in (1, TOP)}
        takes = [asdict(take) | {"agrees": take.agrees(take.sound)} for take in self.takes]
        silent = [take.text for take in self.silent]
        return {**rates, "never_heard": list(self.never_heard()), "silent": silent, "takes": takes}


def best_names(
    scores: NDArray[np.floating], display_names: Sequence[str], top: int = TOP
) -> tuple[tuple[str, float], ...]:
    """Return the `top` best names of scores (K,) with their scores; none if all are zero (silence)."""
    if not np.any(scores):
        return ()
    return tuple((display_names[i], float(scores[i])) for i in np.argsort(-scores, kind="stable")[:top])


def evaluate_text(
    source: PatchSource,
    tagger: Yamnet,
    *,
    takes: int = 1,
    seconds: float = 4.0,
    steps: int = DEFAULT_FLOW_STEPS,
    prompts: Sequence[TextPrompt] = TEXT_PROMPTS,
    progress: Callable[[float], None] = lambda done: None,
) -> TextReport:
    """Make `takes` takes of every prompt, a seed each, and record what the tagger hears; `progress` gets 0..1."""
    heard = []
    asked = [(prompt, number) for number in range(takes) for prompt in prompts]
    for index, (prompt, _) in enumerate(asked):
        seed = FIRST_SEED + index
        foa = generate_take(source, prompt.text, direction=None, seed=seed, seconds=seconds, steps=steps)
        scores = tagger.mean_scores(listening_signal(foa), SAMPLE_RATE_HZ)
        heard.append(HeardTake(prompt.text, prompt.sound, seed, best_names(scores, tagger.class_names)))
        progress((index + 1) / len(asked))
    return TextReport(tuple(heard))


def expected(agreed: Mapping[str, tuple[int, int]], prompts: Sequence[TextPrompt] = TEXT_PROMPTS) -> float:
    """Return the agreement of takes that are recognised as often as real clips of the prompts' sounds.

    `agreed` is the result of `real_clip_agreement`. Sounds without clips are left out.
    """
    pairs = [agreed[p.sound] for p in prompts]
    return float(np.mean([right / count for right, count in pairs if count] or [0.0]))


def judged(
    agreed: Mapping[str, tuple[int, int]], least: float, prompts: Sequence[TextPrompt] = TEXT_PROMPTS
) -> tuple[str, ...]:
    """Return the sounds of the prompts whose real clips the tagger names in at least this share of cases.

    `agreed` is the result of `real_clip_agreement`. Takes of the other sounds say nothing about a checkpoint.
    """
    known = (p.sound for p in prompts if agreed[p.sound][1] and agreed[p.sound][0] / agreed[p.sound][1] >= least)
    return tuple(dict.fromkeys(known))


def relative_agreement(report: TextReport, agreed: Mapping[str, tuple[int, int]], sounds: Sequence[str]) -> float:
    """Return the agreement of the takes of some sounds against that of real clips of the same sounds.

    1 means takes are recognised as often as real clips. `agreed` is the result of `real_clip_agreement`.
    """
    takes = [take for take in report.takes if take.sound in sounds]
    real = float(np.mean([agreed[take.sound][0] / agreed[take.sound][1] for take in takes]))
    return float(np.mean([take.agrees(take.sound) for take in takes])) / real


@dataclass(frozen=True, kw_only=True)
class TextOptions:
    """What is measured: a checkpoint folder (None: the shipped one), and how many takes of how many seconds."""

    checkpoint: Path | None
    yamnet: Path | None
    data: Path | None
    takes: int
    seconds: float
    steps: int
    device: str
    json: Path | None

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no measurement can have."""
        if min(self.steps, self.takes) < 1 or not self.seconds > 0:
            raise InvalidInputError("Specify at least 1 for --steps and --takes, and more than 0 for --seconds.")


def main(argv: list[str]) -> int:
    """Measure and print; returns 2 for an error that the user can fix."""
    parser = argparse.ArgumentParser(prog="python -m engine.evaluation.probes.text", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="folder with the weights (default: the shipped ones)")
    parser.add_argument("--yamnet", type=Path, help="yamnet.safetensors with yamnet_class_map.csv beside it")
    parser.add_argument("--data", type=Path, help="check prompts against its labels; evaluate its real clips too")
    parser.add_argument("--takes", type=int, default=1, help="takes per prompt")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--steps", type=int, default=DEFAULT_FLOW_STEPS, help="flow steps per patch")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="also write the report to this file")
    arguments = parser.parse_args(argv)
    try:
        _measure(TextOptions(**vars(arguments)))
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _measure(arguments: TextOptions) -> None:
    from engine.model.streaming.streamer import load_patch_source
    from engine.model.weights.checkpoint import load_folder_codec

    if arguments.data is not None:
        shared = known_words(TEXT_PROMPTS, label_texts(arguments.data))
        if shared:
            text, words = next(iter(shared.items()))
            raise InvalidInputError(f"The prompt '{text}' uses a word of the training's labels ({', '.join(words)}).")
        print(f"No content word of the {len(TEXT_PROMPTS)} prompts occurs in the labels of {arguments.data}.")
    if arguments.yamnet is None:
        if arguments.data is None:
            raise InvalidInputError("A tagger judges the sounds: specify its weights with --yamnet.")
        return
    tagger = Yamnet(arguments.yamnet)
    ceiling = {}
    if arguments.data is not None:
        codec = load_folder_codec(arguments.checkpoint)
        for name, through in (("real clips", None), ("real clips after the codec", codec)):
            found = real_clip_agreement(arguments.data, tagger, seconds=arguments.seconds, codec=through)
            ceiling[name] = found
            told = ", ".join(f"{sound} {right}/{count}" for sound, (right, count) in found.items())
            print(f"{name} that agree, top-{TOP}: {told}; {expected(found):.0%} of the prompts' sounds")
    source = load_patch_source(arguments.checkpoint, arguments.device)
    report = evaluate_text(source, tagger, takes=arguments.takes, seconds=arguments.seconds, steps=arguments.steps)
    print(f"checkpoint {source.checkpoint_sha256[:12]}, {arguments.steps} flow steps\n{report.format()}")
    if arguments.json is not None:
        whole = {"checkpoint": source.checkpoint_sha256, "steps": arguments.steps, "seconds": arguments.seconds}
        whole["real_clips"] = ceiling
        write_texts({arguments.json: json.dumps(whole | report.as_json(), indent=1)})


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
