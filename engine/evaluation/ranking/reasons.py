"""Why a candidate has its rank, in sentences: what was measured, and how it differs from the other candidates."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from engine.evaluation.ranking.facts import TakeFacts

_DIFFERENT_DB: Final = 3.0
_SILENT_SHARE: Final = 0.3
_CLICKS: Final = 0.5
_CLIPPED_SHARE: Final = 1e-4
_OFF_DEG: Final = 30.0
_STRANGE: Final = 1.0


def reasons_of(candidates: Sequence[TakeFacts], words: str) -> list[tuple[str, ...]]:
    """Return the reasons of each candidate, what speaks for it first. `words` are those asked for, "" for none."""
    return [tuple(_reasons(index, candidates, words)) for index in range(len(candidates))]


def _reasons(index: int, candidates: Sequence[TakeFacts], words: str) -> list[str]:
    own, others = candidates[index], [facts for place, facts in enumerate(candidates) if place != index]
    if own.heard_db is None:
        return ["It is silent."]
    found = []
    scores = own.scores
    if scores.semantic is not None and words:
        is_closest = _is_first(index, candidates, lambda facts: facts.scores.semantic)
        likeness = f"({scores.semantic:.2f} of 1)"
        found.append(f"{'Closest' if is_closest else 'Likeness'} to '{words}' {likeness}.")
    if own.nearest is not None:
        found.append(f"It sounds most like '{own.nearest.name}' ({own.nearest.likeness:.2f}).")
    if scores.spatial is not None:
        off_deg = 180.0 * (1.0 - scores.spatial)
        found.append(f"It is {off_deg:.0f} degrees from its direction{', far off' if off_deg > _OFF_DEG else ''}.")
    heard = [facts.heard_db for facts in others if facts.heard_db is not None]
    if heard and abs(own.heard_db - median(heard)) >= _DIFFERENT_DB:
        by_db = own.heard_db - median(heard)
        found.append(f"It is {'louder' if by_db > 0 else 'quieter'} than the others by {abs(by_db):.0f} dB.")
    if own.silent_share >= _SILENT_SHARE:
        found.append(f"It is silent for {100.0 * own.silent_share:.0f} % of the time.")
    if own.clicks_per_second >= _CLICKS:
        found.append(f"It has {own.clicks_per_second:.1f} clicks per second.")
    if own.clipped_share >= _CLIPPED_SHARE:
        found.append(f"It clips in {100.0 * own.clipped_share:.2g} % of its samples.")
    if own.strangeness > _STRANGE:
        found.append("It is further from real recordings than 95 % of them are.")
    return found


def _is_first(index: int, candidates: Sequence[TakeFacts], figure: Callable[[TakeFacts], float | None]) -> bool:
    """Return whether a candidate has the highest figure of several, alone."""
    values = [-1.0 if (value := figure(facts)) is None else value for facts in candidates]
    return len(values) > 1 and values[index] == max(values) and values.count(values[index]) == 1
