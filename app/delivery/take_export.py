"""Exports one sound: a take that was heard, a kept take, or a film that is rendered again."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from app.delivery.file_format import FileFormat, OrderFacts
from app.delivery.film_part import film_part
from app.delivery.job import Exported, LoadModel
from app.delivery.pacing import Cancelled, Pacing, Progress
from app.delivery.publishing import private_folder, publish
from app.delivery.scene_film import turned_part
from engine.contract.control import GenerationSettings
from engine.contract.errors import ExportError
from engine.contract.video import NO_CHOICE, UPRIGHT, FilmChoice, Pose
from engine.export.delivery.deliver import deliver

_COST_OF_COPYING: Final = 0.1
_COST_OF_RENDERING: Final = 12.0
"""How much longer than delivering it takes to bring the sound: to copy a take, to generate it."""


class SoundToExport(Protocol):
    """Where the sound of an export comes from; it begins at time 0 of the film."""

    @property
    def cost(self) -> float:
        """How long it takes to bring the sound, as a multiple of delivering it."""

    def bring(self, scratch: Path, source: LoadModel, progress: Progress, cancelled: Cancelled) -> tuple[Path, str]:
        """Return a file of AmbiX, made in `scratch` if need be, and a sentence on what is missing in it, or "".

        Raises an EngineError.
        """


@dataclass(frozen=True)
class TakeFile:
    """An existing file."""

    path: Path
    missing: str = ""
    cost: float = 0.0

    def bring(self, scratch: Path, source: LoadModel, progress: Progress, cancelled: Cancelled) -> tuple[Path, str]:
        """Return the file; see `SoundToExport`."""
        return self.path, self.missing


@dataclass(frozen=True)
class KeptTakeSound:
    """A take in a folder, which is no longer recorded."""

    take: Path
    cost: float = _COST_OF_COPYING

    def bring(self, scratch: Path, source: LoadModel, progress: Progress, cancelled: Cancelled) -> tuple[Path, str]:
        """Copy the take; see `SoundToExport`."""
        from engine.runtime.takes.export import export_kept_take

        out = scratch / "take.wav"
        taken = export_kept_take(self.take, out, progress=progress, cancelled=cancelled)
        return out, taken.missing


@dataclass(frozen=True)
class FilmSound:
    """The sound of a whole film, generated from its start to its end, to be turned by `horizon` afterwards."""

    film: Path
    choice: FilmChoice
    settings: GenerationSettings
    cost: float = _COST_OF_RENDERING
    horizon: Pose = UPRIGHT

    def bring(self, scratch: Path, source: LoadModel, progress: Progress, cancelled: Cancelled) -> tuple[Path, str]:
        """Generate the sound; see `SoundToExport`."""
        from engine.runtime.offline.render import OfflineJob, render_offline

        out = scratch / "take.wav"
        job = OfflineJob(self.film, self.settings, None, out, choice=self.choice, horizon=self.horizon)
        render_offline(job, source(), load_s=0.0, progress=progress, cancelled=cancelled)
        return out, ""


@dataclass(frozen=True)
class TakeExport:
    """One file to write. `film` is whose pictures are copied, and `time_of_day_s` that of its time 0.

    Pictures and sound are turned by `horizon`, as they were in the window.
    """

    sound: SoundToExport
    form: FileFormat
    out: Path
    range_s: tuple[float, float] | None = None
    film: Path | None = None
    choice: FilmChoice = NO_CHOICE
    time_of_day_s: float = 0.0
    horizon: Pose = UPRIGHT

    @property
    def folder(self) -> Path:
        """The folder of the file; see `Job`."""
        return self.out.parent

    def run(self, source: LoadModel, progress: Progress, cancelled: Cancelled) -> Exported:
        """Write the file; see `Job`."""
        facts = self._facts()
        pacing = Pacing([self.sound.cost, 1.0], progress, cancelled)
        with private_folder(self.folder) as scratch:
            take, missing = self.sound.bring(scratch, source, pacing.next(), cancelled)
            place = scratch / "out"
            place.mkdir()
            order = self.form.order(take, place / self.out.name, **facts)
            done = deliver(order, pacing.next(), cancelled)
            publish({order.out: self.out})
        progress(1.0)
        remarks = tuple(sentence for sentence in (missing, *done.notices) if sentence)
        return Exported((replace(done, out=self.out),), remarks)

    def _facts(self) -> OrderFacts:
        """Return what the order says of times and pictures; a bad film is found before the work."""
        facts = OrderFacts(
            range_s=self.range_s, convention="ambix", time_of_day_s=self.time_of_day_s, turned=self.horizon
        )
        if not self.form.has_pictures:
            return facts
        if self.film is None:
            raise ExportError("There is no film whose pictures could be copied: choose a sound format.")
        from engine.video.chosen import film_as_chosen

        info = film_as_chosen(self.film, self.choice)
        facts["film"] = turned_part(film_part(info, self.range_s), self.horizon)
        facts["film_s"] = info.duration_s
        return facts
