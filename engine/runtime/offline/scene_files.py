"""The files of a rendered scene, written together: the mix, head-locked stereo, the lanes, and sound for headphones."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.contract.scene.lane import LaneKind
from engine.export.ambix_wav import AmbixWriter
from engine.export.binaural import BinauralWriter
from engine.export.levels import FileLevels, Gain
from engine.export.stereo import StereoWriter
from engine.files.staging import Staging
from engine.rendering.mix.mixer import Mixed
from engine.runtime.offline.scene_job import SceneJob


class SceneWriters:
    """Writes the blocks of a mix; the files wait for `staging` to be committed after `finish`.

    `at` is the time of day of the first sample. Use as a context manager. Raises ExportError.
    """

    def __init__(self, job: SceneJob, staging: Staging, at: int) -> None:
        self._stack = ExitStack()
        try:
            self._open(job, staging, at)
        except BaseException:
            self._stack.close()
            raise

    def _open(self, job: SceneJob, staging: Staging, at: int) -> None:
        enter, subtype, ears = self._stack.enter_context, job.subtype, job.binaural_file
        gain_db = 0.0 if job.gain == "auto" else job.gain  # an automatic gain is the mix's own

        generated = {lane.lane_id: any(block.is_generated for block in lane.blocks) for lane in job.scene.lanes}
        locked = [lane for lane in job.heard_lanes if lane.kind is LaneKind.HEAD_LOCKED]
        is_generated = any(generated[lane.lane_id] for lane in job.scene.heard_lanes)

        def field(file: Path, gain: Gain, is_generated: bool) -> AmbixWriter:
            return enter(
                AmbixWriter(
                    file, subtype, time_reference_samples=at, gain=gain, staging=staging, is_generated=is_generated
                )
            )

        def stereo(file: Path, is_generated: bool) -> StereoWriter:
            return enter(
                StereoWriter(
                    file, subtype, time_reference_samples=at, gain=gain_db, staging=staging, is_generated=is_generated
                )
            )

        self._field = field(job.mix, job.gain, is_generated)
        self._bus = None
        if job.head_locked_file is not None:
            self._bus = stereo(job.head_locked_file, any(generated[lane.lane_id] for lane in locked))
        self._ears = None
        if ears is not None:
            binaural = BinauralWriter(
                ears,
                subtype,
                filters=job.head,
                time_reference_samples=at,
                gain=job.gain,
                staging=staging,
                is_generated=is_generated,
            )
            self._ears = enter(binaural)
        kinds = {lane.lane_id: lane.kind for lane in job.scene.lanes}
        self._stems: dict[int, AmbixWriter | StereoWriter] = {
            lane_id: stereo(file, generated[lane_id])
            if kinds[lane_id] is LaneKind.HEAD_LOCKED
            else field(file, gain_db, generated[lane_id])
            for lane_id, file in job.stem_files.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def name_models(self, models: Mapping[int, tuple[str, ...]]) -> None:
        """Name the hashes of the models, by lane, in the notes of the files whose sound they made."""
        every = tuple(dict.fromkeys(model for each in models.values() for model in each))
        for writer in (self._field, self._ears):
            if writer is not None:
                writer.name_models(every)
        for lane_id, stem in self._stems.items():
            stem.name_models(models.get(lane_id, ()))

    def write(self, mixed: Mixed) -> None:
        """Append a block of the mix."""
        self._field.write(mixed.field)
        if self._ears is not None:
            self._ears.write(mixed.field, head_locked=mixed.head_locked)
        if self._bus is not None:
            self._bus.write(mixed.head_locked)
        for lane_id, writer in self._stems.items():
            writer.write(mixed.lanes[lane_id])

    def finish(self) -> tuple[FileLevels, ...]:
        """End the files and return their levels."""
        self._stack.close()
        others = (self._ears, self._bus, *self._stems.values())
        return (self._field.file_levels, *(writer.file_levels for writer in others if writer is not None))
