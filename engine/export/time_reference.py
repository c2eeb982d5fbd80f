"""The time reference of sound files: a count of samples from 0 on, so that nothing can begin before time 0."""

from typing import Final

_LEAST_MS: Final = 0.05


def time_reference(begins_samples: int) -> int:
    """Return the time reference of a sound that begins at a sample of the timeline, at the rate of the file."""
    return max(0, begins_samples)


def about_early_start(begins_samples: int, rate_hz: int) -> str:
    """Return a sentence if a sound begins before time 0, which its file cannot say; else ""."""
    early_ms = -1_000.0 * begins_samples / rate_hz
    if early_ms < _LEAST_MS:
        return ""
    return (
        f"The sound begins {early_ms:.1f} ms before the start of the timeline. A time reference cannot express "
        f"that and is 0: in the workstation, move the sound {early_ms:.1f} ms earlier."
    )
