"""Exports a scene: rendered by the code of `render`, then delivered file by file, and named all together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from app.delivery.file_format import FileFormat, OrderFacts
from app.delivery.job import Exported, LoadModel
from app.delivery.names import form_of
from app.delivery.pacing import Cancelled, Pacing, Progress
from app.delivery.parts import HEAD_LOCKED, Part, samples_of_range
from app.delivery.publishing import private_folder, publish
from app.delivery.room import bytes_needed, check_room
from app.delivery.scene_film import OpenedFilm, opened_film
from app.delivery.signing import scene_signing
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import ExportError
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.scene import Scene
from engine.export.delivery.deliver import Delivery, deliver
from engine.export.delivery.order import NOT_HEAD_LOCKED, Order
from engine.export.delivery.stereo import deliver_stereo
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.offline.scene_job import SceneJob
from engine.runtime.offline.scene_render import RenderedScene, render_scene

_COST_OF_MAKING: Final = 12.0
"""How much longer a second of sound takes to make than to deliver; a lane of the mix and its stem take a tenth."""
_COST_OF_MIXING: Final = 0.1


@dataclass(frozen=True)
class SceneExport:
    """The files of a scene to write.

    It is a `Job`. `takes` is the folder of the scene's takes; without one, what has to be made is forgotten.
    `time_of_day_s` is that of the film's time 0 (None: as its timecode says).
    """

    scene: Scene
    takes: Path | None
    format: FileFormat
    files: Mapping[Part, Path]
    range_s: tuple[float, float] | None = None
    time_of_day_s: float | None = None

    @property
    def folder(self) -> Path:
        """The folder of the first file, in which the work is done."""
        return next(iter(self.files.values())).parent

    @property
    def window(self) -> tuple[int, int]:
        """The first sample of the range, and the one after its last."""
        return samples_of_range(self.scene, self.range_s)

    def run(self, source: LoadModel, progress: Progress, cancelled: Cancelled) -> Exported:
        """Write the files; see `Job`."""
        return export_scene(self, source, progress, cancelled)


def export_scene(
    job: SceneExport,
    source: LoadModel,
    progress: Progress = lambda fraction: None,
    cancelled: Cancelled = lambda: False,
) -> Exported:
    """Write the files of a scene, all of them checked and named together, or none; `source` loads the model if needed.

    Raises MediaError, CheckpointError, ExportError or CancelledError; then older files of these names are unchanged.
    """
    with_pictures = job.format.has_pictures and any(part.is_mix for part in job.files)
    film = opened_film(job.scene, job.range_s, with_pictures)
    kept = [part for part in job.files if part.take_id]
    whole = [part for part in job.files if not part.take_id]
    first, last = _rendered_range(job, film)
    seconds = (last - first) / SAMPLE_RATE_HZ
    check_room(job.folder, bytes_needed(job.format, seconds, max(1, len(whole))))
    of_kept = [0.5 + _seconds_of(job.scene, part) for part in kept]
    costs = [_cost_of_rendering(job, whole, seconds), *(seconds for _ in whole), *of_kept]
    pacing = Pacing(costs, progress, cancelled)
    made: dict[Path, Path] = {}
    done: list[Delivery] = []
    remarks: list[str] = []

    def written(order: Order, part: Part) -> Delivery:
        deliver_part = deliver_stereo if part.is_stereo else deliver
        delivery = deliver_part(order, pacing.next(), cancelled)
        made[order.out] = job.files[part]
        done.append(replace(delivery, out=job.files[part]))
        return delivery

    with private_folder(job.folder) as scratch:
        tell = pacing.next()
        if whole:
            rendered, files = _rendered(job, whole, scratch / "mix", source, (first, last), tell, cancelled)
            remarks += rendered.remarks
            gain_db = 0.0
            for number, part in enumerate(whole):
                order = _order(job, part, files, scratch / f"{number}", first, film, gain_db)
                delivery = written(order, part)
                gain_db = delivery.gain_db if part.is_mix else gain_db
        for number, part in enumerate(kept):
            scene, begin, end = alone(job.scene, part)
            one = replace(job, scene=scene)
            place = scratch / f"take-{number}"
            stem = Part("take", part.lane_id)
            _, files = _rendered(one, [stem], place, source, (begin, end), lambda fraction: None, cancelled)
            order = _order(one, stem, files, place, begin, film, 0.0, out=job.files[part])
            written(order, part)
        publish(made)
    progress(1.0)
    notices = [notice for delivery in done for notice in delivery.notices]
    return Exported(tuple(done), tuple(dict.fromkeys((*remarks, *notices))))


def alone(scene: Scene, part: Part) -> tuple[Scene, int, int]:
    """Return a scene with nothing but the block of a kept take, playing that take, and the samples of the block."""
    if part.lane_id is None or part.block_id is None:
        raise ExportError("A kept take has no block.")
    lane, block = scene.lane(part.lane_id), scene.block(part.block_id)
    if not isinstance(block, GeneratedBlock):
        raise ExportError("A recording has no takes.")
    only = replace(block, current=part.take_id)
    heard = replace(lane, mute=False, solo=False, blocks=(only,))
    return (
        replace(scene, lanes=(heard,)),
        block.start_sample,
        min(block.end_sample, scene.length_samples),
    )


def _rendered_range(job: SceneExport, film: OpenedFilm | None) -> tuple[int, int]:
    """Return the samples to render: the range, and as far before it as the first picture is shown."""
    first, last = job.window
    if film is not None and film.part is not None:
        first = min(first, max(0, round(film.part.from_s * SAMPLE_RATE_HZ) - job.scene.av_offset_samples))
        last = last - min(0, job.scene.av_offset_samples)
    return first, min(last, job.scene.length_samples)


def _rendered(
    job: SceneExport,
    parts: list[Part],
    folder: Path,
    source: LoadModel,
    window: tuple[int, int],
    progress: Progress,
    cancelled: Cancelled,
) -> tuple[RenderedScene, SceneJob]:
    files = SceneJob(
        job.scene,
        folder,
        stems=any(part.lane_id is not None for part in parts),
        start_sample=window[0],
        end_sample=window[1],
        subtype="float",
    )
    store = None if job.takes is None else BlockTakes(job.takes)
    return render_scene(files, source, store, progress=progress, cancelled=cancelled), files


def _order(
    job: SceneExport,
    part: Part,
    rendered: SceneJob,
    folder: Path,
    first: int,
    film: OpenedFilm | None,
    gain_db: float,
    out: Path | None = None,
) -> Order:
    """Return the order of a part, from the rendered file that holds it; the mix is the only one with pictures."""
    folder.mkdir(exist_ok=True)
    place = folder / (out or job.files[part]).name
    start_s = (first + job.scene.av_offset_samples) / SAMPLE_RATE_HZ
    if part.lane_id is not None:
        take = rendered.stem_files[part.lane_id]
    elif part.label == HEAD_LOCKED:
        take = _there(rendered.head_locked_file)
    else:
        take = rendered.mix
    form = form_of(part, job.format)
    if part.is_stereo:
        form = replace(form, kind="binaural")  # two channels for two ears, whatever is in them
    time_of_day_s = job.time_of_day_s
    if time_of_day_s is None:
        time_of_day_s = 0.0 if film is None else film.time_of_day_s
    if form.signing is not None:
        form = replace(form, signing=scene_signing(job.scene, part.lane_id, form.signing))
    facts = OrderFacts(gain_db=gain_db, start_s=start_s, time_of_day_s=time_of_day_s)
    if not part.is_stereo:
        facts["convention"] = "ambix"
    if part.is_mix:
        if form.kind not in NOT_HEAD_LOCKED:
            facts["head_locked"] = rendered.head_locked_file
        if form.has_pictures and film is not None:
            facts["film"], facts["film_s"] = film.part, film.info.duration_s
    return form.order(take, place, **facts)


def _there(file: Path | None) -> Path:
    if file is None:
        raise ExportError("The scene has no head-locked sound in the range.")
    return file


def _cost_of_rendering(job: SceneExport, parts: list[Part], seconds: float) -> float:
    if not parts:
        return 0.0
    store = None if job.takes is None else BlockTakes(job.takes)
    begin, end = job.window
    missing = [
        block
        for lane in job.scene.heard_lanes
        for block in lane.blocks
        if isinstance(block, GeneratedBlock)
        and block.start_sample < end
        and block.end_sample > begin
        and not (store is not None and block.current and store.has(block.current))
    ]
    making = sum(block.length_samples for block in missing) / SAMPLE_RATE_HZ
    return _COST_OF_MAKING * making + _COST_OF_MIXING * seconds * (1 + len(job.scene.heard_lanes))


def _seconds_of(scene: Scene, part: Part) -> float:
    return 0.0 if part.block_id is None else scene.block(part.block_id).length_samples / SAMPLE_RATE_HZ
