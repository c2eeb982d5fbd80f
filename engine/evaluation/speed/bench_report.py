"""The results of `bench`, as a table and as JSON."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.contract.conventions import PATCH_S
from engine.evaluation.speed.full_sequence_dit import GUIDANCE_BRANCHES
from engine.evaluation.speed.timing import Spread
from engine.files.staging import write_texts

_STAGE_NAMES = {
    "text": "text (a new prompt)",
    "video": "video (a new frame)",
    "lm": "language model",
    "dit": "LocDiT, all steps",
    "codec": "decoder",
    "turn": "direction lock",
    "binaural": "binaural, 512 at a time",
}
_BUSY_LOAD = 0.6


@dataclass(frozen=True)
class StreamingFigures:
    """The generator behind PatchSource. A stage's times are of the patches in which it has work."""

    first_audio_ms: Spread
    patch_ms: Spread
    rtf: float
    stages_ms: dict[str, Spread]


@dataclass(frozen=True)
class FullSequenceFigures:
    """The baseline; its first sound needs the whole clip's film and sampling, and the first patch decoded."""

    parameters: int
    layers: int
    first_audio_ms: Spread
    total_ms: Spread
    rtf: float
    stages_ms: dict[str, Spread]


@dataclass(frozen=True)
class BenchReport:
    """Everything of one run."""

    machine: dict[str, object]
    checkpoint_sha256: str
    seconds: float
    steps: int
    load_s: float
    parameters: dict[str, int]
    streaming: StreamingFigures
    full_sequence: FullSequenceFigures

    def ratios(self) -> dict[str, float]:
        """Return how many times longer the baseline takes than the stream."""
        stream_s = self.streaming.rtf * self.seconds
        return {
            "first_audio": round(self.full_sequence.first_audio_ms.p50 / self.streaming.first_audio_ms.p50, 3),
            "total": round(self.full_sequence.total_ms.p50 / 1_000.0 / stream_s, 3),
        }

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values."""
        return {
            **asdict(self),
            "full_sequence_guidance_branches": GUIDANCE_BRANCHES,
            "patch_s": PATCH_S,
            "locdit_step_ms": round(self.locdit_step_ms(), 3),
            "ratios": self.ratios(),
        }

    def locdit_step_ms(self) -> float:
        """Return the median milliseconds of one flow step; 0 if the source does not report its LocDiT separately."""
        dit = self.streaming.stages_ms.get("dit")
        return dit.p50 / self.steps if dit else 0.0


def write_json(report: BenchReport, path: Path) -> None:
    """Write the report, whole or not at all; raises ExportError if the folder cannot be written to."""
    write_texts({path: json.dumps(report.as_json(), indent=2) + "\n"})


def print_table(report: BenchReport) -> None:
    """Print the report for the user."""
    print("\n".join(table_lines(report)))


def table_lines(report: BenchReport) -> list[str]:
    """Return the lines of the table."""
    machine, stream, full = report.machine, report.streaming, report.full_sequence
    patch_ms = 1_000.0 * PATCH_S
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, torch {machine['torch']} on {machine['device']}, "
        f"{machine['threads']} thread(s)",
        f"{report.seconds:.1f} s of sound, {report.steps} flow steps per patch; "
        f"generator {_millions(report.parameters['generator'])}, codec {_millions(report.parameters['codec'])}",
        "",
        _row("stage", "p50 ms", "p95 ms", "max ms", f"of {patch_ms:.0f} ms"),
    ]
    for stage, times in stream.stages_ms.items():
        lines.append(_times_row(_STAGE_NAMES.get(stage, stage), times, patch_ms))
        if stage == "dit":
            lines.append(_row("  one step", f"{report.locdit_step_ms():.2f}", "", "", ""))
    ratios = report.ratios()
    lines += [
        _times_row("whole patch", stream.patch_ms, patch_ms),
        "",
        _row("", "stream", "full-sequence DiT", "ratio", ""),
        _row("parameters", _millions(report.parameters["generator"]), _millions(full.parameters), "", ""),
        _compared("first audio, ms", stream.first_audio_ms.p50, full.first_audio_ms.p50, ratios["first_audio"]),
        _compared("all of it, ms", 1_000.0 * stream.rtf * report.seconds, full.total_ms.p50, ratios["total"]),
        _row("real-time factor", f"{stream.rtf:.3f}", f"{full.rtf:.3f}", "", ""),
        _row("models loaded in, s", f"{report.load_s:.1f}", "", "", ""),
    ]
    load, cores = machine["load_average"], machine["cores"]
    if isinstance(load, float) and isinstance(cores, int) and load > _BUSY_LOAD * cores + 1.0:
        lines.append(f"Other work was running (load average {load:.1f}): on an idle machine the times are shorter.")
    return lines


def _millions(parameters: int) -> str:
    return f"{parameters / 1e6:.1f} M"


def _row(name: str, *columns: str) -> str:
    first, second, third, fourth = columns
    return f"{name:<26}{first:>10}{second:>19}{third:>10}{fourth:>12}".rstrip()


def _times_row(name: str, times: Spread, patch_ms: float) -> str:
    return _row(name, f"{times.p50:.2f}", f"{times.p95:.2f}", f"{times.max:.2f}", f"{times.p50 / patch_ms:.1%}")


def _compared(name: str, stream: float, full: float, ratio: float) -> str:
    return _row(name, f"{stream:.1f}", f"{full:.1f}", f"{ratio:.1f} x", "")
