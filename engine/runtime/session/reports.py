"""What a session reports about itself: the engine's state and its figures."""

from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.telemetry import EngineMetrics, EngineState
from engine.runtime.ear.ring_deck import START_SAMPLES
from engine.runtime.generation.step_controller import StepLimits
from engine.runtime.session.config import SessionConfig
from engine.runtime.session.parts import SessionParts
from engine.runtime.session.telemetry_collector import TelemetryCollector
from engine.runtime.session.wanted_take import WantedTake
from engine.runtime.shared.epochs import take_of
from engine.runtime.shared.played import Dropouts
from engine.runtime.shared.state import Phase, SharedState

_PLAYING_STATES: Final = {Phase.PLAYING: EngineState.PLAYING, Phase.REBUFFERING: EngineState.REBUFFERING}


def engine_state(
    state: SharedState, telemetry: TelemetryCollector, take: WantedTake, film_end: int | None
) -> EngineState:
    """Return the state of an engine that was asked for a take; `film_end` in samples is None without a film."""
    if telemetry.has_failed:
        return EngineState.FAILED
    if not telemetry.is_ready and not state.wants_scene:
        return EngineState.LOADING
    if film_end is None:
        return EngineState.IDLE
    if state.ended:
        return EngineState.ENDED
    phase = state.phase if take_of(state.clock.epoch) == take_of(take.epoch) else Phase.WAITING
    if not state.play:
        primed = state.wants_scene or state.reached >= (take.epoch, min(take.start_sample + START_SAMPLES, film_end))
        return EngineState.PAUSED if primed or phase is not Phase.WAITING else EngineState.PRIMING
    return _PLAYING_STATES.get(phase, EngineState.PRIMING)


def engine_metrics(
    state: EngineState,
    position_s: float,
    config: SessionConfig,
    parts: SessionParts,
    telemetry: TelemetryCollector,
    counted_from: Dropouts,
    chosen_steps: int | None,
) -> EngineMetrics:
    """Return the figures for the window; dropouts are counted from `counted_from` on.

    `chosen_steps` are the flow steps that the user chose, None if the engine chooses.
    """
    dropouts = parts.state.dropouts.since(counted_from)
    return EngineMetrics(
        state=state,
        position_s=position_s,
        generated_until_s=telemetry.generated_end / SAMPLE_RATE_HZ,
        buffer_goal_s=config.buffer_s,
        buffered_s=parts.ring.filled_samples / SAMPLE_RATE_HZ,
        patch_ms=telemetry.patch_ms,
        realtime_factor=telemetry.realtime_factor,
        flow_steps=telemetry.flow_steps,
        is_reduced=(
            chosen_steps is None
            and not parts.state.wants_scene
            and state in (EngineState.PLAYING, EngineState.REBUFFERING)
            and 0 < telemetry.flow_steps < StepLimits().first
        ),
        underruns=dropouts.underruns,
        underrun_s=dropouts.underrun_samples / SAMPLE_RATE_HZ,
        device_gaps=dropouts.device_gaps,
        late_pictures=telemetry.late_pictures,
        device_name=telemetry.device.name,
        device_rate_hz=telemetry.device.rate_hz,
        checkpoint=config.checkpoint_label or telemetry.checkpoint_sha256[:12],
    )


def heard_until(state: SharedState) -> tuple[int, int]:
    """Return the epoch and the film sample up to which the take was heard."""
    clock = state.clock
    return clock.epoch, clock.until_sample
