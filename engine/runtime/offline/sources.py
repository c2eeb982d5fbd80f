"""Renders several sources as the lanes of a scene, with the files and the report of a take."""

from collections.abc import Callable
from typing import Any

from engine.contract.errors import InvalidInputError
from engine.contract.generation import PatchSource
from engine.contract.scene.scene import Scene
from engine.files.staging import Staging
from engine.rendering.report import TakeReport
from engine.runtime.offline.render import OfflineJob, report_of_job
from engine.runtime.offline.scene_job import OwnNames, SceneJob
from engine.runtime.offline.scene_render import stage_scene
from engine.words.placing import Placed


def scene_job_of(job: OfflineJob, scene: Scene) -> SceneJob:
    """Return the files of a job whose sources are the lanes of a scene. Raises InvalidInputError for a primer.

    The scene's sound begins with its first block.
    """
    if job.primer is not None:
        raise InvalidInputError("A primer can be continued by one source only: leave out the lanes, or the primer.")
    return SceneJob(
        scene,
        job.out.parent,
        stems=job.stems is not None,
        binaural=job.binaural is not None,
        start_sample=min(block.start_sample for block in scene.blocks()),
        subtype=job.subtype,
        gain=job.gain,
        head=job.head,
        named=OwnNames(job.out, job.binaural, job.stems),
    )


def render_sources(
    job: OfflineJob,
    scene: Scene,
    placed: Placed,
    source: PatchSource,
    *,
    load_s: float,
    remark: str = "",
    progress: Callable[[float], None] = lambda fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Render a job by the code that renders a scene, and return its report; see `render_offline`.

    The takes are made one after the other, so the first sound is there when all of them are; a patch of the report is
    one of one source, and the real-time factor counts all of them. `placed` are the settings that the scene was made
    of, `remark` a sentence that comes first. Raises MediaError, ExportError or CancelledError; then the
    outputs are unchanged.
    """
    report = TakeReport()
    report.remark([remark] if remark else [])
    report.remark(placed.remarks)
    scene_job = scene_job_of(job, scene)
    with Staging() as staging:
        if job.report is not None:
            staging.add_file(job.report)  # an unwritable place is reported before the work
        rendered = stage_scene(
            scene_job, lambda: source, None, staging, watch=report, progress=progress, cancelled=cancelled
        )
        report.remark(rendered.remarks)
        values = report_of_job(job, report, placed, rendered.levels, staging, source.checkpoint_sha256, load_s)
        staging.commit()
    return values
