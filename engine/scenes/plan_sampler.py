"""Draws plans of scenes: every random choice about a scene, from its seed."""

from dataclasses import replace
from typing import cast

import numpy as np

from engine.contract.conventions import PATCH_S, SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.scenes.options import FOCUS_CLASSES, SceneOptions
from engine.scenes.paths import Path, draw_path
from engine.scenes.performing.rhythm import SHORTEST_S, is_rhythmic, single_share
from engine.scenes.performing.room_tone import tone_level_db
from engine.scenes.plan import ChangeKind, PlannedSource, ScenePlan, Tone
from engine.scenes.rooms import RoomBank
from engine.scenes.sound_bank import Sound, SoundBank

_EXTENDED_CLASSES = ("rain", "sea waves", "wind", "fire", "crowd", "applause", "water running")
_LEVEL_DB, _LEVEL_SPREAD_DB = -24.0, 2.5
_LONGEST_WAY_IN_A_ROOM_M = 12.0
_WETTEST, _WETTER_FROM_M, _MOST_WETTER = 0.15, 4.0, 2.0
"""Largest energy of the late sound relative to the direct sound: a label must stay true, and a tagger must still
distinguish a clock from its room (LOG.md). Beyond 4 m it grows with the distance, up to twice as much.
"""
_AT_M, _NEARER_DB = 3.5, 10.0
"""Where a source has its level, and how much louder it is ten times nearer: half of what a bare field does, so that
distance is heard and nothing is lost under the quiet of the room.
"""
_TONE_DB, _AMBIENCE_TONE_DB, _TONE_OF_FEW_DB = (2.0, 2.0, 2.5), (4.5, 4.5, 4.0), (10.0, 9.0, 8.0)
_RATES, _AMBIENCE_RATES = (0.93, 1.08), (0.8, 1.25)
"""There are few clips of wind or rain. Only a model that hears them in many colours makes more than those clips."""
_FEW_RECORDED = ("wind",)
"""Thirteen clips of wind are drawn alike, and in colours nearly as different as theirs (13 dB apart on average). Drawn
by their length and coloured as others, three of four takes had the colour of one long clip.
"""
_ONE_LAYER = ("rain",)
"""Two layers of rain sound like surf to a tagger: LOG.md."""
_DOUBTED, _DOUBTED_AMBIENCE = 0.25, 0.05
_EARLIEST_CHANGE = 6
_LONG_CLIP = 8
"""A clip counts by its length up to so many scenes: a long recording holds more than one."""


class PlanSampler:
    """Draws plans from a bank; sampling weights are fixed at construction.

    Raises InvalidInputError if the options exclude every sound.
    """

    def __init__(self, bank: SoundBank, options: SceneOptions, rooms: RoomBank | None) -> None:
        self._options, self._rooms = options, rooms
        self._samples = round(options.seconds * SAMPLE_RATE_HZ)
        side = bank.split(held_out=options.held_out)
        sounds = [s for s in side if options.classes is None or s.sound_class in options.classes]
        if not sounds:
            raise InvalidInputError("No sound of the data folder belongs to the requested classes: choose others.")
        minutes: dict[str, float] = {}
        for sound in sounds:
            minutes[sound.sound_class] = minutes.get(sound.sound_class, 0.0) + min(sound.length, self._samples)
        self._classes = sorted(minutes)
        focus = np.array([3.0 if c in FOCUS_CLASSES else 1.0 for c in self._classes])
        weights = focus * np.array([minutes[c] for c in self._classes]) ** 0.5
        self._class_weights = weights / weights.sum()
        self._by_class = {c: [s for s in sounds if s.sound_class == c] for c in self._classes}
        beds = [s for s in side if s.kind == "ambience"]
        self._beds = [s for s in beds if s.trusted] or beds
        self._room_numbers = rooms.side(held_out=options.held_out) if rooms is not None else []

    def draw(self, seed: int) -> ScenePlan:
        """Return the plan of a seed."""
        rng = np.random.default_rng(seed)
        options = self._options
        change = self._change(rng)
        count = int(rng.choice(len(options.counts), p=np.array(options.counts) / sum(options.counts)))
        if not count and self._beds:
            return self._bed_alone(rng)
        count = max(count, 1)
        # A sound that starts from or ends in silence is rare; a switch involves two.
        if change == "switch" or (change in ("withdraw", "arrive") and rng.random() < 0.75):
            count = max(count, 2)
        room = self._room_numbers[rng.integers(len(self._room_numbers))] if self._in_room(rng) else -1
        sources = [self._source(rng, index, room) for index in range(count)]
        patch = int(rng.uniform(0.3, 0.7) * options.patches) if change else options.patches
        bed = self._bed(rng) if self._beds and rng.random() < options.bed else None
        changing = _changing(sources, change, rng)
        allowed = _period_seen(sources, changing, change, patch, options.patches)
        change, patch = ("hold", patch) if allowed is None else (change, allowed)
        placed = any(source.path is not None for source in sources)
        tone = placed and bed is None and bool(rng.random() < options.tone)
        return ScenePlan(
            samples=self._samples,
            patches=options.patches,
            sources=tuple(_timed(sources, change, changing, patch, rng)),
            bed=bed,
            change=change,
            change_patch=patch,
            room=self._rooms.name(room) if self._rooms is not None and room >= 0 else "",
            caption_seed=int(rng.integers(2**31)),
            tone_db=tone_level_db(sources[0].level_db, rng) if tone else None,
        )

    def _bed_alone(self, rng: np.random.Generator) -> ScenePlan:
        patches, bed = self._options.patches, self._bed(rng, alone=True)
        return ScenePlan(self._samples, patches, (bed,), None, None, patches, "", int(rng.integers(2**31)))

    def _change(self, rng: np.random.Generator) -> ChangeKind | None:
        if rng.random() >= self._options.change:
            return None
        return cast(ChangeKind, str(rng.choice(["switch", "withdraw", "arrive", "hold"], p=[0.35, 0.25, 0.25, 0.15])))

    def _in_room(self, rng: np.random.Generator) -> bool:
        return bool(self._room_numbers) and bool(rng.random() < self._options.room)

    def _source(self, rng: np.random.Generator, index: int, room: int) -> PlannedSource:
        options, sound = self._options, self._pick(rng)
        level_db = rng.normal(_LEVEL_DB, _LEVEL_SPREAD_DB) - (rng.uniform(2.0, 8.0) + 2.0 * index if index else 0.0)
        around = sound.kind == "ambience" and not index and bool(rng.random() < 0.5)
        path = None if around else draw_path(rng, options.seconds, options.moving)
        response, wet = -1, 0.0
        if path is not None and room >= 0 and path.distance_m.max() <= _LONGEST_WAY_IN_A_ROOM_M:
            response, wet = self._response(rng, room, path)
        if path is not None:
            level_db -= _NEARER_DB * float(np.log10(path.distance_m.min() / _AT_M))
        once = sound.kind == "point" and bool(rng.random() < options.once * single_share(sound.sound_class))
        return PlannedSource(
            sound=sound,
            path=path,
            level_db=float(level_db),
            rate=float(rng.uniform(*(_AMBIENCE_RATES if sound.kind == "ambience" else _RATES))),
            tone=_tone(rng, sound) if rng.random() < options.equalised else None,
            begin_patch=0,
            end_patch=options.patches,
            on_screen=path is not None and bool(rng.random() >= options.off_screen),
            extended=sound.sound_class in _EXTENDED_CLASSES,
            response=response,
            wet=wet,
            mirrored=bool(rng.random() < 0.5),
            seed=int(rng.integers(2**31)),
            once=once,
            layer=self._layer(rng, sound),
        )

    def _bed(self, rng: np.random.Generator, *, alone: bool = False) -> PlannedSource:
        level_db = rng.normal(_LEVEL_DB, 2.0) - (rng.uniform(0.0, 8.0) if alone else rng.uniform(14.0, 26.0))
        sound = self._beds[rng.integers(len(self._beds))]
        rate = float(rng.uniform(*_AMBIENCE_RATES))
        tone = _tone(rng, sound) if rng.random() < self._options.equalised else None
        patches, seed = self._options.patches, int(rng.integers(2**31))
        bed = PlannedSource(sound, None, float(level_db), rate, tone, 0, patches, False, False, -1, 0.0, False, seed)
        return replace(bed, layer=self._layer(rng, sound))

    def _layer(self, rng: np.random.Generator, sound: Sound) -> Sound | None:
        """Return another clip of an ambience's class, or None."""
        is_layered = sound.kind == "ambience" and bool(rng.random() < self._options.layered)
        if not is_layered or sound.sound_class in _ONE_LAYER:
            return None
        others = [s for s in self._by_class.get(sound.sound_class, ()) if s.kind == "ambience" and s.trusted]
        others = [s for s in others if s.group != sound.group]
        return others[rng.integers(len(others))] if others else None

    def _response(self, rng: np.random.Generator, room: int, path: Path) -> tuple[int, float]:
        """Return a response and its gain: late sound is equally loud wherever the source is, direct sound is not."""
        assert self._rooms is not None
        responses = self._rooms.of_room(room)
        index = int(responses[rng.integers(len(responses))])
        nearest = float(path.distance_m.min())
        near = nearest / float(self._rooms.distance_m[index])
        most = _WETTEST * min(max(nearest / _WETTER_FROM_M, 1.0), _MOST_WETTER)
        wettest = float(np.sqrt(most / self._rooms.energy[index]))
        return index, min(near * float(10 ** (rng.normal(0.0, 2.0) / 20)), wettest)

    def _pick(self, rng: np.random.Generator) -> Sound:
        clips = self._by_class[self._classes[rng.choice(len(self._classes), p=self._class_weights)]]
        lengths = [1 if s.sound_class in _FEW_RECORDED else min(s.length, _LONG_CLIP * self._samples) for s in clips]
        weights = np.array([_weight_of(s) for s in clips]) * np.sqrt(lengths)
        return clips[rng.choice(len(clips), p=weights / weights.sum())]


def _weight_of(sound: Sound) -> float:
    if sound.trusted:
        return 1.0
    return _DOUBTED_AMBIENCE if sound.kind == "ambience" else _DOUBTED


def _tone(rng: np.random.Generator, sound: Sound) -> Tone:
    spread = _AMBIENCE_TONE_DB if sound.kind == "ambience" else _TONE_DB
    if sound.sound_class in _FEW_RECORDED:
        spread = _TONE_OF_FEW_DB
    low, high, peak = (float(v) for v in rng.normal(0.0, spread))
    return Tone(low, high, peak, float(np.exp(rng.uniform(np.log(200.0), np.log(8_000.0)))))


def _changing(sources: list[PlannedSource], change: ChangeKind | None, rng: np.random.Generator) -> tuple[int, ...]:
    """Return which sources a change concerns: of a switch the one that leaves and the one that follows."""
    if change in (None, "hold"):
        return ()
    if change == "switch":
        return (0, 1)
    # The changing source is mostly the main sound; a scene of one sound has silence before or after.
    return (0,) if len(sources) == 1 or (change == "withdraw" and rng.random() < 0.6) else (1,)


def _period_seen(
    sources: list[PlannedSource], changing: tuple[int, ...], change: ChangeKind | None, patch: int, patches: int
) -> int | None:
    """Return the patch of a change nearest to `patch` that lets rhythmic sources sound for 6 s; None if none does."""
    needed = int(np.ceil(SHORTEST_S / PATCH_S))
    earliest, latest = 0, patches
    for place, which in enumerate(changing):
        if is_rhythmic(sources[which].sound.sound_class):
            if change == "arrive" or place:
                latest = patches - needed
            else:
                earliest = needed
    if earliest > latest or latest < _EARLIEST_CHANGE:
        return None
    return min(max(patch, earliest), latest)


def _timed(
    sources: list[PlannedSource],
    change: ChangeKind | None,
    changing: tuple[int, ...],
    patch: int,
    rng: np.random.Generator,
) -> list[PlannedSource]:
    """Return sources with the patches of a change: which leave, and which arrive."""
    if change in (None, "hold"):
        return sources
    if change == "switch":
        first, second, *rest = sources
        louder = first.level_db - float(rng.uniform(-2.0, 3.0))
        return [replace(first, end_patch=patch), replace(second, begin_patch=patch, level_db=louder), *rest]
    (which,) = changing
    chosen = replace(sources[which], level_db=max(sources[which].level_db, sources[0].level_db - 4.0))
    if change == "withdraw":
        chosen = replace(chosen, end_patch=patch)
    else:
        chosen = replace(chosen, begin_patch=patch)
    return [*sources[:which], chosen, *sources[which + 1 :]]
