"""The evaluation as JSON: no NaN, null with a reason instead."""

import json
import math
from typing import Any

from engine.contract.directions import azimuth_elevation
from engine.evaluation.measures.intervals import Estimate
from engine.evaluation.suite.catalogue import METRICS
from engine.evaluation.suite.clip import ClipResult
from engine.evaluation.suite.evaluate import Evaluation
from engine.evaluation.suite.summary import MetricResult

FORMAT = "swansphere-evaluation-1"


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return the evaluation as plain values, rounded to six digits."""
    job = evaluation.job
    # The files of a suite are in a separate folder, which may no longer exist.
    takes, references = (folder if job.suite is None else folder.name for folder in (job.generated, job.reference))
    return {
        "format": FORMAT,
        "suite": None if job.suite is None else dict(job.suite),
        "generated": str(takes),
        "reference": str(references),
        "given": {
            name: None if path is None else str(path)
            for name, path in (
                ("captions", job.captions if job.suite is None else None),
                ("yamnet", job.yamnet),
                ("training", job.training),
                ("sounds", job.sounds),
            )
        },
        "aisfx": job.aisfx,
        "seed": job.seed,
        "interval": "95 % bootstrap over clips",
        "pairs": len(evaluation.clips),
        "notes": list(evaluation.notes),
        "metrics": {result.metric.key: _metric(result) for result in evaluation.metrics},
        "clips": [_clip(clip) for clip in evaluation.clips],
    }


def json_text(evaluation: Evaluation) -> str:
    """Return the report's text."""
    return json.dumps(as_json(evaluation), indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _metric(result: MetricResult) -> dict[str, Any]:
    metric = result.metric
    return {
        "group": metric.group,
        "name": metric.name,
        "unit": metric.unit,
        "better": metric.better,
        "what": metric.what,
        "source": metric.source,
        **{system: _estimate(estimate, metric.unit) for system, estimate in result.estimates.items()},
    }


def _estimate(estimate: Estimate, unit: str) -> dict[str, Any]:
    numbers = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    figures: dict[str, Any] = {name: _rounded(number) for name, number in numbers.items()}
    if unit == "rad":
        figures |= {
            f"{name}_deg": None if number is None else _rounded(math.degrees(number))
            for name, number in numbers.items()
        }
    figures["clips"] = estimate.count
    if estimate.reason is not None:
        figures["reason"] = estimate.reason
    return figures


def _clip(clip: ClipResult) -> dict[str, Any]:
    return {
        "stem": clip.stem,
        "seconds": _rounded(clip.seconds),
        "caption": clip.caption,
        "truth": clip.truth,
        "nearest_training": clip.nearest_training,
        "retrieved": clip.retrieved,
        "values": {
            system: {metric.key: _rounded(values[metric.key]) for metric in METRICS if metric.key in values}
            for system, values in clip.figures.values.items()
        },
        "onsets_s": {who: [round(float(time), 3) for time in times] for who, times in clip.onsets_s.items()},
        "directions": [
            {"t_s": float(start), **_angles("", found), **_angles("true_", true)}
            for start, found, true in zip(clip.start_s, clip.track, clip.true_track, strict=True)
        ],
    }


def _angles(prefix: str, vector: Any) -> dict[str, float | None]:
    names = (f"{prefix}azimuth_deg", f"{prefix}elevation_deg")
    if not vector.any():
        return dict.fromkeys(names)
    return {
        name: round(math.degrees(float(angle)), 2) for name, angle in zip(names, azimuth_elevation(vector), strict=True)
    }


def _rounded(number: float | None) -> float | None:
    if number is None or not math.isfinite(number):
        return None
    return float(f"{number:.6g}")
