"""`python -m engine.evaluation.probes.sounds`: do takes sound like real clips, kind by kind?

Takes of 6 s of seven kinds of sound, without film and direction, the same seeds for every checkpoint. For each: how
often a tagger hears the kind, the tonal share, the level range, the lows, the rhythm, how it dies away, and how near a
take comes to a single clip. The same figures of real clips are beside them. Then thirty paraphrases
(text_prompts.py), against what real clips of the same sounds reach; sounds whose real clips the tagger does not know
are left out and named. The gates are in sound_kinds.py.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from engine.contract.conventions import DEFAULT_FLOW_STEPS
from engine.contract.errors import EngineError, InvalidInputError
from engine.evaluation.probes.real_clips import clips_by_class
from engine.evaluation.probes.sound_figures import Figures, KindReport, measure_kinds
from engine.evaluation.probes.sound_kinds import GATES, KINDS, LEAST_KNOWN, LEAST_WORDS, NAMES, Gate
from engine.evaluation.probes.text import TextReport, evaluate_text, judged, relative_agreement
from engine.evaluation.probes.text_ceiling import CLASS_OF_SOUND, real_clip_agreement
from engine.evaluation.taggers.yamnet import Yamnet
from engine.files.staging import write_texts

_WORDS_S = 4.0


@dataclass(frozen=True, kw_only=True)
class SoundOptions:
    """What is measured: a checkpoint folder (None: the shipped one) against the real clips of a data folder."""

    checkpoint: Path | None
    data: Path
    yamnet: Path
    takes: int
    only: list[str]
    steps: int
    device: str
    json: Path | None

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no measurement can have, and for unknown kinds."""
        if min(self.steps, self.takes + 1) < 1:
            raise InvalidInputError("Specify at least 1 for --steps and at least 0 for --takes.")
        names = [kind.name for kind in KINDS]
        if unknown := [name for name in self.only if name not in names]:
            raise InvalidInputError(f"There is no kind '{unknown[0]}': choose from {', '.join(names)}.")


@dataclass(frozen=True)
class WordReport:
    """The paraphrases: `agreed` are real clips by sound, `sounds` those that count."""

    report: TextReport
    agreed: dict[str, tuple[int, int]]
    sounds: tuple[str, ...]

    @property
    def relative(self) -> float:
        """Agreement against that of real clips."""
        return relative_agreement(self.report, self.agreed, self.sounds)

    def format(self) -> str:
        """Return the takes and the figure as text."""
        out = [f"{name} ({a} of {n})" for name, (a, n) in self.agreed.items() if name not in self.sounds]
        left_out = ", ".join(out) or "none"
        return (
            f"{self.report.format()}\nleft out, the tagger does not know real clips: {left_out}\n"
            f"words against real clips: {self.relative:.2f} (gate: at least {LEAST_WORDS}: "
            f"{'passed' if self.relative >= LEAST_WORDS else 'not passed'})"
        )


def main(argv: Sequence[str]) -> int:
    """Measure and print; returns 2 for an error that the user can fix."""
    parser = argparse.ArgumentParser(prog="python -m engine.evaluation.probes.sounds", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="folder with the weights (default: the shipped ones)")
    parser.add_argument("--data", type=Path, required=True, help="folder with sounds.tsv: the real clips")
    parser.add_argument("--yamnet", type=Path, required=True, help="yamnet.safetensors, its class map beside it")
    parser.add_argument("--takes", type=int, default=2, help="takes per paraphrase; 0 leaves the words out")
    parser.add_argument("--only", nargs="*", default=[], help="these kinds of sound only (default: all)")
    parser.add_argument("--steps", type=int, default=DEFAULT_FLOW_STEPS, help="flow steps per patch")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="also write the report to this file")
    arguments = parser.parse_args(argv)
    try:
        _measure(SoundOptions(**vars(arguments)))
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _measure(options: SoundOptions) -> None:
    from engine.model.streaming.streamer import load_patch_source

    torch.set_num_threads(1)
    clips = clips_by_class(options.data)
    training = clips_by_class(options.data, second_pack=True, training=True)
    tagger = Yamnet(options.yamnet)
    source = load_patch_source(options.checkpoint, options.device)
    print(f"checkpoint {source.checkpoint_sha256[:12]}, {options.steps} flow steps", flush=True)
    kinds = [kind for kind in KINDS if not options.only or kind.name in options.only]
    reports = measure_kinds(source, tagger, clips, training, steps=options.steps, kinds=kinds)
    print(format_kinds(reports), flush=True)
    words = None
    if options.takes:
        agreed = real_clip_agreement(options.data, tagger, seconds=_WORDS_S)
        report = evaluate_text(source, tagger, takes=options.takes, seconds=_WORDS_S, steps=options.steps)
        words = WordReport(report, agreed, judged(agreed, LEAST_KNOWN))
        print(words.format())
    if options.json is not None:
        whole = as_json(reports, words) | {"checkpoint": source.checkpoint_sha256, "steps": options.steps}
        write_texts({options.json: json.dumps(whole, indent=1)})


def format_kinds(reports: Sequence[KindReport]) -> str:
    """Return the figures of takes and real clips of each kind, and the gates, as text."""
    lines = []
    for report in reports:
        kind = report.kind
        lines.append(f"{kind.name}: {kind.takes} takes, {report.clips} real clips of '{kind.sound_class}'")
        lines += [f"  {NAMES[k]:<36}{report.takes[k]:9.2f}  real {report.real[k]:9.2f}" for k in NAMES]
    lines.append("gates")
    for gate, take, real, passed in gates_of(reports):
        mark = "+" if passed else "-"
        lines.append(f"{mark} {gate.kind}, {NAMES[gate.figure]}: {take:.2f} (real {real:.2f}; {gate.target})")
    return "\n".join(lines)


def gates_of(reports: Sequence[KindReport]) -> list[tuple[Gate, float, float, bool]]:
    """Return the gates of the measured kinds with the figures of takes and clips, and whether they pass."""
    measured = {report.kind.name: report for report in reports}
    found = []
    for gate in GATES:
        if (report := measured.get(gate.kind)) is not None:
            take, real = report.takes[gate.figure], report.real[gate.figure]
            found.append((gate, take, real, gate.passes(take, real)))
    return found


def as_json(reports: Sequence[KindReport], words: WordReport | None) -> dict[str, object]:
    """Return everything as plain values; a figure that could not be measured is null."""

    def plain(values: Figures) -> dict[str, float | None]:
        return {k: None if v != v else v for k, v in values.items()}  # NaN is not itself

    kinds = {r.kind.name: {"takes": plain(r.takes), "real": plain(r.real), "clips": r.clips} for r in reports}
    gates = [asdict(g) | {"value": t, "real": r, "passed": p} for g, t, r, p in gates_of(reports)]
    result: dict[str, object] = {"kinds": kinds, "gates": gates}
    if words is not None:
        result["words"] = words.report.as_json() | {
            "relative": words.relative,
            "real_clips": words.agreed,
            "left_out": [sound for sound in CLASS_OF_SOUND if sound not in words.sounds],
        }
    return result


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
