"""What `export` says of the files that it wrote: a table for people, or JSON."""

import json
from collections.abc import Sequence
from typing import Any, Final

from engine.ambisonics.bs1770 import Loudness
from engine.export.delivery.deliver import Delivery
from engine.export.delivery.order import Order

_LABEL_WIDTH: Final = 16


def table(done: Delivery, kind: str) -> str:
    """Return what is in a file and the table of its checks; `kind` says how it is coded."""
    lines = [
        f"Wrote {done.out}",
        _line("sound", f"{kind}, {done.frames / done.rate_hz:.3f} s"),
        _line("W", done.w.sentence()),
        _line("binaural sum", done.ears.sentence()),
        _line("channels", f"true peak {done.channels.true_peak_dbtp:.1f} dBTP"),
        _line("gain", f"{done.gain_db:+.2f} dB for all channels"),
    ]
    return "\n".join(lines + [f"  {check.line()}" for check in done.checks])


def kind_of(order: Order) -> str:
    """Return how a file is coded, in a few words."""
    return f"{order.channels} channels, {order.rate_hz} Hz, {order.written_as}"


def row(done: Delivery) -> str:
    """Return a file and its checks as one line."""
    checks = ", ".join(check.name for check in done.checks)
    return f"ok      {done.out.name:<32}{done.frames / done.rate_hz:9.3f} s  {checks}"


def row_values(done: Delivery) -> dict[str, Any]:
    """Return the same as plain values."""
    return {"file": str(done.out), "checks": [vars(check) for check in done.checks]}


def values(done: Delivery, order: Order | None = None) -> dict[str, Any]:
    """Return everything about a file as plain values."""
    form = {} if order is None else {"format": order.kind, "coding": order.written_as, "channels": order.channels}
    return {
        "file": str(done.out),
        **form,
        "rate": done.rate_hz,
        "frames": done.frames,
        "gain_db": round(done.gain_db, 3),
        "loudness": {"w": _told(done.w), "binaural": _told(done.ears), "channels": _told(done.channels)},
        "checks": [{"name": check.name, "passed": check.passed, "found": check.found} for check in done.checks],
        "notices": list(done.notices),
    }


def as_json(value: dict[str, Any] | Sequence[Any]) -> str:
    """Return values as JSON for people and programs."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _told(loudness: Loudness) -> dict[str, float | None]:
    lufs = loudness.integrated_lufs
    return {
        "integrated_lufs": None if lufs is None else round(lufs, 2),
        "true_peak_dbtp": round(loudness.true_peak_dbtp, 2),
    }


def _line(label: str, text: str) -> str:
    return f"  {label:<{_LABEL_WIDTH}}{text}"
