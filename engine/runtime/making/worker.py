"""The process that makes takes: scenes and the playhead in, takes on disk and progress out.

It is a separate process, so that nothing that happens while takes are made can stop the sound that plays.
"""

import time
from collections.abc import Callable
from multiprocessing.connection import Connection

from engine.contract.generation import StreamSource
from engine.runtime.making.inbox import MakingInbox
from engine.runtime.making.loop import MakingLoop
from engine.runtime.making.yielding import YieldingThread
from engine.runtime.processes.messages import SourceReady
from engine.runtime.processes.serving import Tell, serve


def making_main(model: Callable[[], StreamSource], session: Connection) -> None:
    """Run until the session sends Quit or disappears; `model` loads the weights and must pickle."""
    inbox = MakingInbox()

    def work(tell: Tell) -> None:
        with YieldingThread() as thread:
            began_s = time.perf_counter()
            loaded = model()
            tell(SourceReady(loaded.checkpoint_sha256, time.perf_counter() - began_s))
            MakingLoop(loaded, inbox, tell, thread.run_patch).run()

    serve(inbox, session, work, "Takes are not made any more because of an internal error. The finished part is kept.")
