"""The parts of a running session: shared memory, two children, a decoder; started together, ended together."""

import contextlib
from pathlib import Path
from typing import Final

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.errors import WorkerError, reason_of
from engine.runtime.ear.render_worker import RenderSetup, render_main
from engine.runtime.film.decoding import open_decoder
from engine.runtime.film.for_model import PicturesForModel
from engine.runtime.film.live_camera import LiveCamera, open_camera
from engine.runtime.film.picture_board import PictureBoard
from engine.runtime.film.pictures import Pictures
from engine.runtime.film.video_worker import VideoWorker
from engine.runtime.generation.worker import GenerationSetup
from engine.runtime.processes.child_watch import ChildWatch
from engine.runtime.processes.children import Children
from engine.runtime.processes.messages import Failure, RingAddress
from engine.runtime.session.config import SessionConfig
from engine.runtime.session.live_generation import LiveGeneration
from engine.runtime.session.scene_player import ScenePlayer
from engine.runtime.shared.spsc_ring import SLOT_SAMPLES, RingOwner
from engine.runtime.shared.state import SharedState

_END_S: Final = 1.2
_HUNG_S: Final = 3.0
_FEWEST_SLOTS: Final = 64
"""A lap of 10 ms fills a slot: this many hold what playback waits for after a gap."""
_DRIVER_S: Final = 15.0
_START_S: Final = 30.0


class SessionParts:
    """Starts everything on construction, or raises WorkerError and leaves nothing behind."""

    def __init__(self, config: SessionConfig) -> None:
        self._resources = contextlib.ExitStack()
        try:
            self._start(config)
        except OSError as error:
            self._resources.close()
            raise WorkerError(f"The engine could not be started: {reason_of(error)}. Restart SwanSphere.") from error
        except BaseException:
            self._resources.close()
            raise

    def close(self) -> None:
        """End everything, in reverse order. May be called twice."""
        self._resources.close()

    def hung_audio(self) -> Failure | None:
        """Return the message about an audio process that hangs, and end it; call this many times per second."""
        limit_s = _DRIVER_S if self.state.opening_device else _HUNG_S
        is_hung = self._audio_watch.check_hung(self.state.audio_beats, limit_s if self.state.audio_beats else _START_S)
        return self.audio.end_hung() if is_hung else None

    def _start(self, config: SessionConfig) -> None:
        buffer_samples = round(config.buffer_s * SAMPLE_RATE_HZ)
        slots = max(_FEWEST_SLOTS, -(-(buffer_samples + 2 * PATCH_SAMPLES) // SLOT_SAMPLES))
        self.state = SharedState()
        self._resources.callback(self.state.close)
        self.ring = RingOwner(slots)
        self._resources.callback(self.ring.close)
        board = PictureBoard()
        self._resources.callback(board.close)
        self.children = Children()
        self._resources.callback(self.children.end, _END_S)
        self.scene = ScenePlayer(self.state)
        self._resources.callback(self.scene.close)
        address = RingAddress(self.ring.name, slots, self.state.name, board.name)
        setup = GenerationSetup(address, config.takes_folder, config.source_factory, config.buffer_s)
        self.generation = LiveGeneration(setup, self.state)
        self._resources.callback(self.generation.close)
        self.audio = self.children.start(
            "audio",
            render_main,
            RenderSetup(
                address,
                self.scene.sounds,
                _played(config.capture_dir),
                config.output,
                config.device_name,
                config.device_latency_s,
                config.head,
            ),
        )
        self._audio_watch = ChildWatch()
        self.children.listen()
        model = PicturesForModel(board, self.state, config.buffer_s, config.device_latency_s, config.most_picture_bytes)
        films = VideoWorker(open_decoder, self.children.tell, model)
        self.video = Pictures(films, LiveCamera(open_camera, self.children.tell, board))
        self._resources.callback(self.video.close)
        self._resources.callback(self.scene.ask_to_end)
        self._resources.callback(self.generation.ask_to_end)
        self._resources.callback(self.children.ask_to_end)  # first: they end while the rest is cleaned up


def _played(capture_dir: Path | None) -> Path | None:
    if capture_dir is None:
        return None
    capture_dir.mkdir(parents=True, exist_ok=True)
    return capture_dir / "played.wav"
