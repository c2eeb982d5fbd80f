"""Numbers formatted for the user."""

import math

SILENCE_DB = -90.0
_UPRIGHT_DEG = 80


def clock_text(seconds: float) -> str:
    """Return `m:ss` or `h:mm:ss`."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def precise_clock_text(seconds: float) -> str:
    """Return `m:ss.t` with tenths, never rounded up to 60."""
    tenths = max(0, round(seconds * 10))
    return f"{clock_text(tenths // 10)}.{tenths % 10}"


def level_db(linear: float) -> float:
    """Return 20 log10 of a linear level, with a floor of -90 dB; not-a-number counts as silence."""
    if not linear > 10.0 ** (SILENCE_DB / 20.0):
        return SILENCE_DB
    return 20.0 * math.log10(linear) if math.isfinite(linear) else 0.0


def direction_text(azimuth_deg: float, elevation_deg: float) -> str:
    """Return a direction in words, in steps of 5 degrees: `30° left, 10° up`; azimuth + is left, elevation + is up."""
    azimuth, elevation = (5 * round(angle / 5) for angle in (azimuth_deg, elevation_deg))
    if abs(elevation) >= _UPRIGHT_DEG:
        return "overhead" if elevation > 0 else "from below"
    if azimuth == 0:
        side = "front"
    elif abs(azimuth) >= 180:
        side = "behind"
    else:
        side = f"{abs(azimuth)}° {'left' if azimuth > 0 else 'right'}"
    return f"{side}, {abs(elevation)}° {'up' if elevation > 0 else 'down'}" if elevation else side


def angle_text(angle_rad: float, plus: str, minus: str) -> str:
    """Return an angle in whole degrees with its side in words: `30° left`, or `0°`."""
    degrees = round(math.degrees(angle_rad))
    return f"{abs(degrees)}° {plus if degrees > 0 else minus}" if degrees else "0°"


def size_text(width: int, height: int, fps: float | None) -> str:
    """Return `3840 × 1920, 29.97 fps`, or `3840 × 1920, still` without a rate."""
    if fps is None:
        return f"{width} × {height}, still"  # noqa: RUF001 (a real times sign)
    return f"{width} × {height}, {fps:.2f}".rstrip("0").rstrip(".") + " fps"  # noqa: RUF001 (a real times sign)
