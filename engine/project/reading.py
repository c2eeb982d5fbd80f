"""A scene from plain values of JSON, each checked; paths become absolute."""

import os
from enum import Enum
from pathlib import Path
from typing import Any

from engine.contract.camera import camera_source
from engine.contract.control import PathInterpolation
from engine.contract.directions import Direction
from engine.contract.errors import SceneError
from engine.contract.scene.blocks import Block, Convention, FileReference, GeneratedBlock, RecordingBlock
from engine.contract.scene.checks import (
    MOST_BLOCKS,
    MOST_CUES,
    MOST_KEYFRAMES,
    MOST_LANES,
    MOST_MARKERS,
    MOST_SLOTS,
    MOST_TAKES,
    check_path,
)
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.recipe import Cue, PromptSlot, Recipe, SceneTake
from engine.contract.scene.scene import HeadLockedBus, LoopRange, Marker, Scene, SceneFilm
from engine.contract.video import LONGEST_STILL_S, FilmChoice, Pose, Projection, StereoLayout
from engine.project.fields import Fields


class _BlockType(Enum):
    GENERATED = "generated"
    RECORDING = "recording"


class SceneReader:
    """Reads a scene; `folder` is that of the project file. If `strict`, unknown values are refused."""

    def __init__(self, folder: Path, *, strict: bool) -> None:
        self._folder = os.path.abspath(folder)
        self._strict = strict

    def scene(self, value: object) -> Scene:
        """Return the scene. Raises InvalidInputError with a sentence on the first value that cannot be."""
        fields = self._fields(value, "the scene")
        bus, pose = fields.inner("head_locked"), fields.inner("horizon")
        scene = Scene(
            film=None if fields.is_null("film") else self._film(fields.inner("film", "the film")),
            length_samples=fields.whole("length_samples"),
            lanes=tuple(
                self._lane(self._fields(lane, f"Lane {number}"))
                for number, lane in enumerate(fields.items("lanes", MOST_LANES), start=1)
            ),
            markers=tuple(
                self._marker(self._fields(marker, f"Marker {number}"))
                for number, marker in enumerate(fields.items("markers", MOST_MARKERS), start=1)
            ),
            loop=None if fields.is_null("loop") else self._loop(fields.inner("loop", "the loop")),
            master_gain_db=fields.number("master_gain_db"),
            head_locked=HeadLockedBus(bus.number("gain_db"), bus.flag("mute")),
            horizon=Pose(pose.number("yaw_deg"), pose.number("pitch_deg"), pose.number("roll_deg")),
            av_offset_samples=fields.whole("av_offset_samples"),
            next_id=fields.whole("next_id"),
        )
        for read in (fields, bus, pose):
            read.finish()
        return scene

    def _fields(self, value: object, where: str) -> Fields:
        return Fields(value, where, strict=self._strict)

    def _film(self, fields: Fields) -> SceneFilm:
        still_s = None if fields.is_null("still_s") else fields.number("still_s")
        if still_s is not None and not 0.0 < still_s <= LONGEST_STILL_S:
            raise SceneError("still_s of the film is not between 0 and 86400 s.")
        choice = FilmChoice(
            layout=None if fields.is_null("layout") else fields.choice("layout", StereoLayout),
            projection=None if fields.is_null("projection") else fields.choice("projection", Projection),
            fov_deg=None if fields.is_null("fov_deg") else fields.number("fov_deg"),
            still_s=still_s,
        )
        film = SceneFilm(self._file(fields.inner("file")), fields.whole("length_samples"), choice)
        fields.finish()
        return film

    def _file(self, fields: Fields) -> FileReference:
        path, content = fields.text("path"), fields.text("content")
        check_path(path, "A film or recording")
        fields.finish()
        if camera_source(path) is not None:
            return FileReference(path, content)
        return FileReference(os.path.normpath(os.path.join(self._folder, path)), content)

    def _marker(self, fields: Fields) -> Marker:
        marker = Marker(fields.whole("marker_id"), fields.whole("at_sample"), fields.text("name"))
        fields.finish()
        return marker

    def _loop(self, fields: Fields) -> LoopRange:
        loop = LoopRange(fields.whole("start_sample"), fields.whole("end_sample"), fields.flag("is_on"))
        fields.finish()
        return loop

    def _lane(self, fields: Fields) -> Lane:
        lane = Lane(
            lane_id=fields.whole("lane_id"),
            kind=fields.choice("kind", LaneKind),
            name=fields.text("name"),
            colour=fields.text("colour"),
            gain_db=fields.number("gain_db"),
            mute=fields.flag("mute"),
            solo=fields.flag("solo"),
            armed=fields.flag("armed"),
            width_deg=None if fields.is_null("width_deg") else fields.number("width_deg"),
            path=None if fields.is_null("path") else self._path(fields.inner("path")),
            blocks=tuple(
                self._block(self._fields(block, f"Block {number} of the lane '{fields.text('name')[:40]}'"))
                for number, block in enumerate(fields.items("blocks", MOST_BLOCKS), start=1)
            ),
        )
        fields.finish()
        return lane

    def _path(self, fields: Fields) -> LanePath:
        rows = fields.items("keyframes", MOST_KEYFRAMES)
        path = LanePath(tuple(_keyframe(row) for row in rows), fields.choice("interpolation", PathInterpolation))
        fields.finish()
        return path

    def _block(self, fields: Fields) -> Block:
        shared: dict[str, Any] = {
            "block_id": fields.whole("block_id"),
            "name": fields.text("name"),
            "start_sample": fields.whole("start_sample"),
            "length_samples": fields.whole("length_samples"),
            "gain_db": fields.number("gain_db"),
            "fade_in_samples": fields.whole("fade_in_samples"),
            "fade_out_samples": fields.whole("fade_out_samples"),
        }
        block: Block
        if fields.choice("type", _BlockType) is _BlockType.GENERATED:
            block = GeneratedBlock(
                **shared,
                recipe=self._recipe(fields.inner("recipe")),
                before_samples=fields.whole("before_samples"),
                takes=tuple(
                    self._take(self._fields(take, f"Take {number} of a block"))
                    for number, take in enumerate(fields.items("takes", MOST_TAKES), start=1)
                ),
                current=None if fields.is_null("current") else fields.text("current"),
            )
        else:
            block = RecordingBlock(
                **shared,
                file=self._file(fields.inner("file")),
                file_samples=fields.whole("file_samples"),
                offset_samples=fields.whole("offset_samples"),
                convention=fields.choice("convention", Convention),
                made_by=fields.text("made_by"),
                bed_seed=None if fields.is_null("bed_seed") else fields.whole("bed_seed"),
            )
        fields.finish()
        return block

    def _take(self, fields: Fields) -> SceneTake:
        take = SceneTake(
            fields.text("take_id"), self._recipe(fields.inner("recipe")), fields.text("name"), fields.flag("is_kept")
        )
        fields.finish()
        return take

    def _recipe(self, fields: Fields) -> Recipe:
        recipe = Recipe(
            cues=tuple(self._cue(self._fields(cue, "A change of words")) for cue in fields.items("cues", MOST_CUES)),
            seed=fields.whole("seed"),
            steps=None if fields.is_null("steps") else fields.whole("steps"),
            film_sample=None if fields.is_null("film_sample") else fields.whole("film_sample"),
            direction=None if fields.is_null("direction") else self._direction(fields.inner("direction")),
            continued=None if fields.is_null("continued") else self._file(fields.inner("continued")),
        )
        fields.finish()
        return recipe

    def _direction(self, fields: Fields) -> Direction:
        direction = Direction(fields.number("azimuth_deg"), fields.number("elevation_deg"))
        fields.finish()
        return direction

    def _cue(self, fields: Fields) -> Cue:
        cue = Cue(
            tuple(self._slot(self._fields(slot, "A prompt")) for slot in fields.items("slots", MOST_SLOTS)),
            fields.whole("after_samples"),
            fields.whole("ramp_samples"),
        )
        fields.finish()
        return cue

    def _slot(self, fields: Fields) -> PromptSlot:
        slot = PromptSlot(fields.text("text"), fields.number("weight"))
        fields.finish()
        return slot


def _keyframe(row: object) -> Keyframe:
    """Return the keyframe of a row [sample, azimuth, elevation, distance]; rows are compact, as there are many."""
    if not isinstance(row, list) or len(row) != 4:
        raise SceneError("A keyframe is not a list of sample, azimuth, elevation and distance.")
    if any(isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 2**53 for value in row):
        raise SceneError("A keyframe contains a value that is not a usable number.")
    at_sample, azimuth_deg, elevation_deg, distance_m = row
    return Keyframe(at_sample, Direction(float(azimuth_deg), float(elevation_deg)), float(distance_m))
