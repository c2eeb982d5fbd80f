"""The audio child: from the ring to the device. A separate process, so that no other Python work can hold it up.

Threads: the main thread reads the session's requests, checks the device and measures what was heard; the device's
callback renders.
Nothing here imports torch, Qt or a video library.
"""

import contextlib
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Final, Literal

from engine.ambisonics.binaural import BinauralFilters
from engine.ambisonics.binaural_file import load_filters
from engine.ambisonics.intensity import levels_of
from engine.ambisonics.loudness_pieces import PieceMeter
from engine.contract.errors import EngineError
from engine.contract.telemetry import EngineNotice, OutputDevice
from engine.files.stopping import stopping_in_order
from engine.runtime.ear.heard_tap import CHANNELS
from engine.runtime.ear.null_output import NullOutput
from engine.runtime.ear.output_supervisor import OpenDevice, OutputSupervisor
from engine.runtime.ear.playback import Playback
from engine.runtime.ear.scene_sounds import SceneSounds
from engine.runtime.ear.sounddevice_output import SoundDeviceOutput, refresh_devices
from engine.runtime.processes.messages import GO_ON, ChooseDevice, ChooseHead, Failure, PieceHeard, Quit, RingAddress
from engine.runtime.processes.scene_messages import LevelsHeard, SilentSounds
from engine.runtime.shared.spsc_ring import RingReader
from engine.runtime.shared.state import SharedState

_TICK_S: Final = 0.05
_FADE_OUT_S: Final = 0.03
_SWITCH_INTERVAL_S: Final = 0.001
_NICENESS: Final = -10


@dataclass(frozen=True)
class RenderSetup:
    """The setup of the audio child; a silent output writes what it would have played to `played`.

    Through one of `sounds` the feeder of scenes tells about their sounds, once there is one; each start has its own.
    """

    address: RingAddress
    sounds: tuple[Connection, ...]
    played: Path | None
    output: Literal["device", "null"]
    device_name: str | None
    device_latency_s: float
    head: BinauralFilters | None = None


def render_main(setup: RenderSetup, session: Connection) -> None:
    """Run until the session sends Quit or disappears."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches every process; the session ends this one
    with contextlib.suppress(OSError, AttributeError):
        os.nice(_NICENESS)  # if the system allows: audio has the highest priority
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    try:
        state = SharedState(setup.address.state)
        ring = RingReader(setup.address.ring, setup.address.slots)
    except FileNotFoundError:
        return  # the session was closed before this process was ready
    try:
        with stopping_in_order():
            _serve(setup, session, ring, state)
    except (EOFError, ConnectionError):
        pass  # the session is gone, and with it the listener
    except EngineError as error:
        _tell(session, Failure(str(error), fatal=True))
    except Exception:
        message = f"The sound stopped because of an internal error. {GO_ON}"
        _tell(session, Failure(message, traceback.format_exc(), fatal=True))
    finally:
        ring.close()
        state.close()


def _serve(setup: RenderSetup, session: Connection, ring: RingReader, state: SharedState) -> None:
    playback = Playback(ring, state, setup.head or load_filters())
    scene = SceneSounds(playback.scene, state)
    gc.collect()
    gc.freeze()
    gc.disable()  # a collection in the callback would be a gap; nothing here makes cycles at a rate that matters

    def hold(on: bool) -> None:
        playback.held = on
        if on:
            time.sleep(_FADE_OUT_S + supervisor.latency_s)

    def open_device(name: str | None) -> SoundDeviceOutput:
        output = SoundDeviceOutput(name, setup.device_latency_s)
        with _inside_the_driver(state):
            output.open()
        return output

    def refresh() -> None:
        with _inside_the_driver(state):
            refresh_devices()

    opener: OpenDevice | None = open_device if setup.output == "device" else None
    supervisor = OutputSupervisor(
        opener,
        lambda: NullOutput(setup.played if setup.output == "null" else None),
        playback.render,
        hold=hold,
        callbacks=lambda: state.callbacks,
        refresh=refresh,
        report=lambda sentence, lasts: _tell(session, EngineNotice(sentence, topic="device", lasts=lasts)),
    )
    supervisor.start(setup.device_name)
    try:
        _follow(session, setup.sounds, supervisor, state, playback, scene)
        hold(True)
    finally:
        supervisor.stop()
        scene.close()


def _follow(
    session: Connection,
    sounds: tuple[Connection, ...],
    supervisor: OutputSupervisor,
    state: SharedState,
    playback: Playback,
    scene: SceneSounds,
) -> None:
    told: OutputDevice | None = None
    meter = PieceMeter(CHANNELS)
    silent: tuple[int, ...] = ()
    pipes = [session, *sounds]
    while True:
        if (piece := playback.heard.next_piece()) is not None:
            _tell(session, PieceHeard(meter.measure(piece)))
        while (block := playback.scene.tap.next_block()) is not None:
            _tell(session, LevelsHeard(levels_of(block)))
        state.beat_audio()
        state.device_gaps = supervisor.gaps
        plays = OutputDevice(supervisor.chosen, supervisor.name, supervisor.rate_hz)
        if plays != told:
            told = plays
            _tell(session, plays)
        now_silent = scene.silent() if state.play else ()
        if now_silent != silent:
            silent = now_silent
            _tell(session, SilentSounds(silent))
        for pipe in wait(pipes, _TICK_S):
            assert isinstance(pipe, Connection)
            try:
                message = pipe.recv()
            except (EOFError, OSError):
                if pipe is session:
                    raise
                pipes.remove(pipe)
                continue
            if isinstance(message, Quit):
                return
            if isinstance(message, ChooseDevice):
                supervisor.choose(message.name)
                told = None  # an answer is due, even if the device is unchanged
            elif isinstance(message, ChooseHead):
                playback.listen_with(message.filters or load_filters())
            else:
                scene.take(message)
        supervisor.tick()


def _tell(session: Connection, message: object) -> None:
    with contextlib.suppress(OSError):
        session.send(message)


@contextlib.contextmanager
def _inside_the_driver(state: SharedState) -> Iterator[None]:
    """Mark a call that may take long for a good reason."""
    state.opening_device = True
    try:
        with _quiet_stderr():
            yield
    finally:
        state.opening_device = False


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep the drivers' messages about missing devices off the terminal; errors come as exceptions."""
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (OSError, AttributeError):
        yield
        return
    try:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
