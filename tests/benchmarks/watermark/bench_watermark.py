"""How often the watermark is found after each step, how often where there is none, and what it does to the sound.

Use: `python -m tests.benchmarks.watermark.bench_watermark --data SOUNDS --field TAKE.wav=ambix --out FILE.jsonl`.
It appends a line per item to FILE, goes on where it stopped, and prints the table at the end. `--method perth` does
the same with the package resemble-perth.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from engine.ambisonics.bs1770 import LoudnessMeter
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import angle_between
from engine.export.reading.source import Convention
from tests.benchmarks.watermark.mark_masking import noise_to_mask_db
from tests.benchmarks.watermark.mark_material import Field, gather
from tests.benchmarks.watermark.mark_methods import METHODS, Method
from tests.benchmarks.watermark.mark_steps import STEPS

MARKED_SEED, CLEAN_SEED = 1, 2
"""Other sounds in other places: no clean item is the source of a marked one."""


def moved_deg(before: Field, after: Field) -> list[float]:
    """Return by how much the direction of each second moved, if it has one and is within 40 dB of the loudest."""
    found, powers = [], []
    for begin in range(0, before.shape[1] - SAMPLE_RATE_HZ + 1, SAMPLE_RATE_HZ):
        a, spread = direction_and_diffuseness(before[:, begin : begin + SAMPLE_RATE_HZ])
        b, _ = direction_and_diffuseness(after[:, begin : begin + SAMPLE_RATE_HZ])
        if a.any() and b.any() and spread < 0.9:
            found.append(float(np.rad2deg(angle_between(a, b))))
            powers.append(float(np.mean(before[0, begin : begin + SAMPLE_RATE_HZ] ** 2)))
    return [moved for moved, power in zip(found, powers, strict=True) if power >= 1e-4 * max(powers)]


def loudness_lufs(sound: Field) -> float | None:
    """Return the integrated loudness of W."""
    meter = LoudnessMeter(1)
    meter.add(sound[:1])
    return meter.loudness().integrated_lufs


def measured(method: Method, field: Field) -> dict[str, Any]:
    """Return the figures of one marked item."""
    begin = time.process_time()
    marked = method.mark(field)
    cost = (time.process_time() - begin) * SAMPLE_RATE_HZ / field.shape[1]
    moved = moved_deg(field, marked)
    residual = marked[0].astype(np.float64) - field[0]
    before, after = loudness_lufs(field), loudness_lufs(marked)
    iso, johnston = noise_to_mask_db(field[0], residual)
    return {
        "scores": {name: method.score(step(marked)) for name, step in STEPS.items()},
        "moved_deg": moved,
        "snr_db": float(10.0 * np.log10(np.sum(field[0] ** 2.0) / max(float(np.sum(residual**2)), 1e-20))),
        "nmr_db": [float(np.percentile(iso, at)) for at in (50, 99)] if iso.size else [],
        "above_iso": float(np.mean(iso > 0.0)) if iso.size else 0.0,
        "above_johnston": float(np.mean(johnston > 0.0)) if johnston.size else 0.0,
        "lufs_change": None if before is None or after is None else after - before,
        "cpu_per_s": cost,
    }


def run(arguments: argparse.Namespace) -> None:
    """Measure what is not in the file yet."""
    method = METHODS[arguments.method]()
    fields = [
        (Path(path), cast(Convention, kind)) for path, _, kind in (each.rpartition("=") for each in arguments.field)
    ]
    material = gather(arguments.data, fields)
    done = {(line["kind"], line["number"]) for line in lines(arguments.out)}
    for number in range(arguments.items):
        for kind, seed in (("marked", MARKED_SEED), ("clean", CLEAN_SEED)):
            if (kind, number) in done:
                continue
            field = material.item(number, seed)
            if kind == "marked":
                figures = measured(method, field)
            else:
                figures = {"scores": {name: method.score(step(field)) for name, step in STEPS.items()}}
            with arguments.out.open("a") as out:
                out.write(json.dumps({"kind": kind, "number": number, **figures}) + "\n")


def lines(path: Path) -> list[dict[str, Any]]:
    """Return what was measured so far."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def report(method: Method, found: list[dict[str, Any]]) -> str:
    """Return the table."""
    marked = [line for line in found if line["kind"] == "marked"]
    clean = [line for line in found if line["kind"] == "clean"]
    rows = [f"| after | found in {len(marked)} marked | lowest score | found in {len(clean)} clean | highest score |"]
    rows.append("|---|---|---|---|---|")
    for name in STEPS:
        ours = [line["scores"][name] for line in marked]
        theirs = [line["scores"][name] for line in clean]
        rows.append(
            f"| {name} | {sum(map(method.is_found, ours))} | {min(ours):.2f} | {sum(map(method.is_found, theirs))} | "
            f"{max(theirs):.2f} |"
        )
    rows += ["", "| measure | median | 95 % | most |", "|---|---|---|---|"]
    rows.append(_row("direction moved, degrees, per second", (v for line in marked for v in line["moved_deg"])))
    rows.append(_row("direction moved, degrees, per item", (max(line["moved_deg"], default=0.0) for line in marked)))
    rows.append(_row("W over the mark, dB (lowest last)", (-line["snr_db"] for line in marked)))
    rows.append(_row("mark over the masking level, dB, median band and frame", (_nmr(line, 0) for line in marked)))
    rows.append(_row("the same, 99 % of bands and frames", (_nmr(line, 1) for line in marked)))
    rows.append(_row("bands and frames above it, %", (100 * line["above_iso"] for line in marked)))
    rows.append(_row("the same by the model of Johnston, %", (100 * line["above_johnston"] for line in marked)))
    rows.append(_row("change of loudness, LU", (abs(line["lufs_change"] or 0.0) for line in marked)))
    rows.append(_row("CPU seconds per second of sound", (line["cpu_per_s"] for line in marked)))
    return "\n".join(rows)


def _nmr(line: dict[str, Any], at: int) -> float:
    return float(line["nmr_db"][at]) if line["nmr_db"] else -99.0


def _row(name: str, values: Iterable[float]) -> str:
    found = np.array(list(values))
    median, high, most = np.percentile(found, [50, 95, 100])
    return f"| {name} | {median:.3f} | {high:.3f} | {most:.3f} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with sounds of 6 s and more")
    parser.add_argument(
        "--field", action="append", default=[], help="a recorded or generated field, as FILE=CONVENTION"
    )
    parser.add_argument("--method", choices=sorted(METHODS), default="own")
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--out", type=Path, required=True, help="lines of JSON")
    chosen = parser.parse_args()
    run(chosen)
    print(report(METHODS[chosen.method](), lines(chosen.out)))
