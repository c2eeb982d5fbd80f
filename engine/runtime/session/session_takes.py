"""The part of a session that has to do with the take of what was heard of the live stream."""

from collections.abc import Callable
from pathlib import Path

from engine.contract.control import SettingsChange
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import EngineError, ExportError
from engine.contract.telemetry import TakeSummary
from engine.export.formats import Subtype
from engine.export.levels import Gain
from engine.runtime.processes.messages import TakeToGoOn
from engine.runtime.session.parts import SessionParts
from engine.runtime.session.reports import heard_until
from engine.runtime.session.telemetry_collector import TelemetryCollector
from engine.runtime.takes.coverage import holes_of
from engine.runtime.takes.current import version_now
from engine.runtime.takes.export import NOTHING_HEARD, ExportedTake, export_take
from engine.runtime.takes.folder import TakeFolder
from engine.runtime.takes.store import note_seen
from engine.runtime.takes.wording import missing_text


class SessionTakes:
    """What is recorded and how it is saved; only `save_take` may be called from other threads."""

    def __init__(self) -> None:
        self._parts: SessionParts | None = None
        self._telemetry = TelemetryCollector()

    def take_log(self) -> tuple[SettingsChange, ...]:
        """Return which settings held from which patch on, for this film."""
        return self._telemetry.log

    def take_summary(self) -> TakeSummary:
        """Return how much of the film can be exported, by the recorder's last report."""
        kept = self._telemetry.kept
        stretches = kept.stretches if kept is not None else ()
        return TakeSummary(stretches[-1][1] / SAMPLE_RATE_HZ if stretches else 0.0, missing_text(holes_of(stretches)))

    @property
    def take_to_go_on(self) -> TakeToGoOn | None:
        """The take of this film, for a session that follows this one; None if nothing was recorded."""
        kept, parts = self._telemetry.kept, self._parts
        return TakeToGoOn(kept.folder, heard_until(parts.state)) if kept is not None and parts is not None else None

    def save_take(
        self,
        out: Path,
        *,
        subtype: Subtype | None = None,
        gain: Gain = 0.0,
        binaural_out: Path | None = None,
        start_s: float = 0.0,
        progress: Callable[[float], None] = lambda fraction: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> ExportedTake:
        """Write what was heard from `start_s` of the film on, as it is now. May be called from any thread.

        Playback continues; meanwhile another film may be opened, or the loop may wrap. Returns its length and
        what is missing in it. Raises ExportError, or CancelledError; then no file is left.
        """
        parts, kept = self._running(), self._telemetry.kept
        if kept is None:
            raise ExportError(NOTHING_HEARD)
        version = version_now(kept, heard_until(parts.state))
        exported = export_take(
            TakeFolder(kept.folder),
            version,
            out,
            subtype=subtype,
            gain=gain,
            binaural_out=binaural_out,
            start_sample=round(start_s * SAMPLE_RATE_HZ),
            progress=progress,
            cancelled=cancelled,
        )
        note_seen(kept.folder, version.heard_samples)
        return exported

    def _running(self) -> SessionParts:
        if self._parts is None:
            raise EngineError("The sound engine is not running: choose Playback, Restart the Engine, then try again.")
        return self._parts
