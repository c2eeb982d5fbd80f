"""What a running session is made of: shared memory, two children, a decoder; started together, ended together."""

import contextlib
from pathlib import Path
from typing import Final

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.errors import WorkerError
from engine.runtime.children import Children
from engine.runtime.generation_worker import GenerationSetup, generation_main
from engine.runtime.messages import RingAddress
from engine.runtime.render_worker import RenderSetup, render_main
from engine.runtime.session_config import SessionConfig
from engine.runtime.shared_state import SharedState
from engine.runtime.spsc_ring import SLOT_SAMPLES, RingOwner
from engine.runtime.video_worker import VideoWorker, open_decoder

_END_S: Final = 1.2


class SessionParts:
    """Starts everything on construction, or raises WorkerError and leaves nothing behind."""

    def __init__(self, config: SessionConfig) -> None:
        self._resources = contextlib.ExitStack()
        try:
            self._start(config)
        except OSError as error:
            self._resources.close()
            raise WorkerError(f"The engine could not be started: {error.strerror or error}.") from error
        except BaseException:
            self._resources.close()
            raise

    def close(self) -> None:
        """End everything, the last first. May be called twice."""
        self._resources.close()

    def _start(self, config: SessionConfig) -> None:
        buffer_samples = round(config.buffer_s * SAMPLE_RATE_HZ)
        slots = -(-(buffer_samples + 2 * PATCH_SAMPLES) // SLOT_SAMPLES)
        self.state = SharedState()
        self._resources.callback(self.state.close)
        self.ring = RingOwner(slots)
        self._resources.callback(self.ring.close)
        self.children = Children()
        self._resources.callback(self.children.end, _END_S)
        address = RingAddress(self.ring.name, slots, self.state.name)
        self.generation = self.children.start(
            "generation",
            generation_main,
            GenerationSetup(address, config.takes_folder, config.source_factory, config.buffer_s),
        )
        self.audio = self.children.start(
            "audio",
            render_main,
            RenderSetup(
                address, _played(config.capture_dir), config.output, config.device_name, config.device_latency_s
            ),
        )
        self.children.listen()
        self.video = VideoWorker(open_decoder, self.children.tell)
        self._resources.callback(self.video.close)
        self._resources.callback(self.children.ask_to_end)  # first of all: they end while the rest is put away


def _played(capture_dir: Path | None) -> Path | None:
    if capture_dir is None:
        return None
    capture_dir.mkdir(parents=True, exist_ok=True)
    return capture_dir / "played.wav"
