"""The generation child: film and settings -> model -> ring. A separate process keeps torch away from the window.

Threads: the main thread loads the model and generates (the only inference thread); a listener takes the session's
requests, also while the model loads; the recorder writes the take. Frames come from the window's decoder, or a
conditioning feed reads the film ahead.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import numpy as np

from engine.contract.control import GenerationSettings, Prompt
from engine.contract.conventions import CONDITIONING_FRAME_SIZE
from engine.contract.generation import PatchRequest, PatchSource
from engine.contract.video import VideoInfo
from engine.runtime.film.board_frames import BoardFrames
from engine.runtime.film.conditioning_feed import ConditioningFeed, FilmFrames
from engine.runtime.film.live_frames import LiveFrames
from engine.runtime.film.picture_board import BoardReader
from engine.runtime.generation.heard_live import HeardLive
from engine.runtime.generation.loop import GenerationLoop
from engine.runtime.processes.mailbox import Mailbox
from engine.runtime.processes.messages import (
    GO_ON,
    NewSettings,
    Rest,
    RingAddress,
    SourceReady,
    TakeRequest,
)
from engine.runtime.processes.serving import Inbox, Tell, serve
from engine.runtime.shared.spsc_ring import RingWriter
from engine.runtime.shared.state import SharedState
from engine.runtime.takes.recorder import TakeRecorder

_LAST_SOUND_S: Final = 0.4


@dataclass(frozen=True)
class GenerationSetup:
    """The setup of the generation child; `source_factory` must pickle, takes are kept in the folder `takes`."""

    address: RingAddress
    takes: Path
    source_factory: Callable[[], PatchSource]
    buffer_s: float


class _Inbox(Inbox):
    """The session's latest requests."""

    def __init__(self) -> None:
        super().__init__()
        self.settings: Mailbox[GenerationSettings] = Mailbox(GenerationSettings())
        self.takes: Mailbox[TakeRequest | Rest | None] = Mailbox(None)
        self.heard = HeardLive()

    def keep(self, message: object) -> None:
        if isinstance(message, NewSettings):
            self.settings.put_version(message.version, message.settings)
        elif isinstance(message, TakeRequest | Rest):
            self.heard.follow(message)
            self.takes.put(message)


def generation_main(setup: GenerationSetup, session: Connection) -> None:
    """Run until the session sends Quit or disappears."""
    inbox = _Inbox()
    broken = f"The generator stopped because of an internal error. {GO_ON}"
    serve(inbox, session, lambda tell: _generate(setup, inbox, tell), broken)


def _generate(setup: GenerationSetup, inbox: _Inbox, tell: Tell) -> None:
    with contextlib.ExitStack() as stack:
        state = SharedState(setup.address.state)
        stack.callback(state.close)
        ring = RingWriter(setup.address.ring, setup.address.slots)
        stack.callback(ring.close)
        board = BoardReader(setup.address.board)
        stack.callback(board.close)
        began_s = time.perf_counter()
        source = setup.source_factory()
        _warm_up(source)
        tell(SourceReady(source.checkpoint_sha256, time.perf_counter() - began_s))
        recorder = TakeRecorder(setup.takes, lambda: inbox.heard.now(state), tell, source.checkpoint_sha256)
        stack.callback(recorder.close, _LAST_SOUND_S)
        loop = GenerationLoop(
            source,
            ring,
            state,
            recorder,
            inbox.settings,
            inbox.takes,
            lambda take: _frames_of(take, board),
            tell,
            inbox.wake,
            inbox.quit,
            setup.buffer_s,
        )
        loop.run()


def _warm_up(source: PatchSource) -> None:
    """Generate one patch with all conditions and discard it: the first one is slow, and that must not be audible."""
    width, height = CONDITIONING_FRAME_SIZE
    grey = np.full((height, width, 3), 128, np.uint8)
    source.reset(0)
    source.next_patch(PatchRequest(Prompt("warm up"), grey, 0, np.array([1.0, 0.0, 0.0]), steps=1))


def _frames_of(take: TakeRequest, board: BoardReader) -> FilmFrames:
    if take.film.is_live:
        return LiveFrames(board, take.film_number)
    return BoardFrames(board, take.film_number, lambda: _own_frames(take.film))


def _own_frames(film: VideoInfo) -> ConditioningFeed:
    from engine.video.conditioning import ConditioningReader

    return ConditioningFeed(lambda: ConditioningReader(film, in_background=True))
