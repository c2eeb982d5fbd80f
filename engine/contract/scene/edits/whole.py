"""Edits of what belongs to the whole scene. Every function returns a Change and raises SceneError if it cannot be."""

from collections.abc import Sequence
from dataclasses import replace

from engine.contract.camera import shown_name
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.counted import counted
from engine.contract.errors import SceneError
from engine.contract.scene.blocks import Block, FileReference, RecordingBlock
from engine.contract.scene.checks import check_time
from engine.contract.scene.edits.change import Change, quoted
from engine.contract.scene.scene import HeadLockedBus, LoopRange, Marker, Scene, SceneFilm
from engine.contract.video import Pose


def set_film(scene: Scene, film: SceneFilm | None) -> Change:
    """Take another film, or none; the scene gets its length.

    Takes stay, even of blocks that follow the film: they are heard until the user has them made again. A live camera
    takes the place of a film without blocks only, and of the loop.
    """
    if film is None:
        return Change(replace(scene, film=None), "Remove film", "film")
    loop = None if film.is_live else scene.loop
    changed = replace(scene, film=film, length_samples=film.length_samples, loop=loop)
    return Change(changed, f"Open film {quoted(shown_name(film.file.path))}", "film")


def relink_recording(scene: Scene, path: str, file: FileReference, file_samples: int) -> Change:
    """Read every block of the recording at `path` from another file of `file_samples` samples at 48 kHz.

    Blocks that continue it continue that file; so do their takes, whose sound stays what it is.
    """
    lanes = []
    found = False
    for lane in scene.lanes:
        blocks = tuple(_relinked(block, path, file, file_samples) for block in lane.blocks)
        found = found or blocks != lane.blocks
        lanes.append(replace(lane, blocks=blocks) if blocks != lane.blocks else lane)
    if not found:
        raise SceneError(f"No block uses the recording {quoted(FileReference(path).name)}.")
    return Change(replace(scene, lanes=tuple(lanes)), f"Relink recording {quoted(file.name)}", f"relink {path}")


def _relinked(block: Block, path: str, file: FileReference, file_samples: int) -> Block:
    if isinstance(block, RecordingBlock):
        return replace(block, file=file, file_samples=file_samples) if block.file.path == path else block
    recipes = [block.recipe, *(take.recipe for take in block.takes)]
    if not any(recipe.continued is not None and recipe.continued.path == path for recipe in recipes):
        return block
    recipe, *others = (
        replace(recipe, continued=file) if recipe.continued is not None and recipe.continued.path == path else recipe
        for recipe in recipes
    )
    takes = tuple(replace(take, recipe=other) for take, other in zip(block.takes, others, strict=True))
    return replace(block, recipe=recipe, takes=takes)


def set_length(scene: Scene, length_samples: int) -> Change:
    """Set the length of a scene without a film."""
    if scene.film is not None:
        raise SceneError("The scene is as long as its film: remove the film to choose another length.")
    return Change(replace(scene, length_samples=length_samples), "Set length", "length")


def set_still_length(scene: Scene, length_samples: int) -> Change:
    """Show the still panorama for so long; blocks and markers keep their times."""
    if scene.film is None or scene.film.choice.still_s is None:
        raise SceneError("Only a still panorama has a length that can be chosen: a film has its own.")
    check_time(length_samples, "The length of the still panorama", 1)
    choice = replace(scene.film.choice, still_s=length_samples / SAMPLE_RATE_HZ)
    film = replace(scene.film, length_samples=length_samples, choice=choice)
    return Change(replace(scene, film=film, length_samples=length_samples), "Set length of the still", "still length")


def add_marker(scene: Scene, at_sample: int, name: str = "") -> Change:
    """Add a marker; its number is the scene's `next_id`."""
    marker = Marker(scene.next_id, at_sample, name)
    changed = replace(scene, markers=_sorted([*scene.markers, marker]), next_id=scene.next_id + 1)
    return Change(changed, _marker_name("Add", marker), f"add marker {marker.marker_id}")


def add_markers(scene: Scene, times: Sequence[tuple[int, str]]) -> Change:
    """Add markers at samples with names, except those that the scene has; their numbers begin with `next_id`."""
    there = {(marker.at_sample, marker.name) for marker in scene.markers}
    new = [each for each in dict.fromkeys(times) if each not in there]
    if not new:
        raise SceneError("The project has all of these markers already.")
    markers = [Marker(number, *each) for number, each in enumerate(new, start=scene.next_id)]
    changed = replace(scene, markers=_sorted([*scene.markers, *markers]), next_id=scene.next_id + len(new))
    return Change(changed, f"Import {counted(len(new), 'marker')}", f"import markers {scene.next_id}")


def move_marker(scene: Scene, marker_id: int, at_sample: int) -> Change:
    """Move a marker to another time."""
    return _marked(scene, replace(_marker(scene, marker_id), at_sample=at_sample), "Move", "time")


def rename_marker(scene: Scene, marker_id: int, name: str) -> Change:
    """Give a marker another name."""
    return _marked(scene, replace(_marker(scene, marker_id), name=name), "Rename", "name")


def remove_marker(scene: Scene, marker_id: int) -> Change:
    """Remove a marker."""
    marker = _marker(scene, marker_id)
    kept = tuple(other for other in scene.markers if other.marker_id != marker_id)
    return Change(replace(scene, markers=kept), _marker_name("Remove", marker), f"remove marker {marker_id}")


def set_loop(scene: Scene, loop: LoopRange | None) -> Change:
    """Set the range that repeats, or none."""
    return Change(replace(scene, loop=loop), "Remove loop" if loop is None else "Set loop", "loop")


def set_master_gain(scene: Scene, gain_db: float) -> Change:
    """Set the gain of the whole mix in dB."""
    return Change(replace(scene, master_gain_db=gain_db), "Set master gain", "master gain")


def set_head_locked(scene: Scene, bus: HeadLockedBus) -> Change:
    """Set the gain and the switch of all head-locked sound."""
    return Change(replace(scene, head_locked=bus), "Set head-locked sound", "head-locked")


def set_horizon(scene: Scene, horizon: Pose) -> Change:
    """Turn the picture upright."""
    return Change(replace(scene, horizon=horizon), "Correct horizon", "horizon")


def set_av_offset(scene: Scene, offset_samples: int) -> Change:
    """Delay the sound against the picture by samples; negative: the picture against the sound."""
    return Change(replace(scene, av_offset_samples=offset_samples), "Set A/V offset", "A/V offset")


def _marker(scene: Scene, marker_id: int) -> Marker:
    for marker in scene.markers:
        if marker.marker_id == marker_id:
            return marker
    raise SceneError("The marker no longer exists: it was removed.")


def _marked(scene: Scene, marker: Marker, does: str, what: str) -> Change:
    markers = _sorted([marker if old.marker_id == marker.marker_id else old for old in scene.markers])
    name = _marker_name(does, _marker(scene, marker.marker_id))
    return Change(replace(scene, markers=markers), name, f"{what} of marker {marker.marker_id}")


def _marker_name(does: str, marker: Marker) -> str:
    return f"{does} marker {quoted(marker.name)}" if marker.name else f"{does} marker"


def _sorted(markers: Sequence[Marker]) -> tuple[Marker, ...]:
    return tuple(sorted(markers, key=lambda marker: (marker.at_sample, marker.marker_id)))
