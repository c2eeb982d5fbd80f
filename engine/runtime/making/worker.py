"""The process that makes takes: scenes and the playhead in, takes on disk and progress out.

It is a separate process, so that nothing that happens while takes are made can stop the sound that plays.
"""

import contextlib
import signal
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

from engine.contract.errors import EngineError
from engine.contract.generation import StreamSource
from engine.files.stopping import stopping_in_order
from engine.runtime.making.inbox import MakingInbox
from engine.runtime.making.loop import MakingLoop
from engine.runtime.making.yielding import YieldingThread
from engine.runtime.processes.messages import Failure, SourceReady


def making_main(model: Callable[[], StreamSource], session: Connection) -> None:
    """Run until the session sends Quit or disappears; `model` loads the weights and must pickle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches every process; the session ends this one
    inbox = MakingInbox()
    threading.Thread(target=inbox.listen, args=(session,), name="listener", daemon=True).start()

    def tell(message: object) -> None:
        with contextlib.suppress(OSError):
            session.send(message)

    try:
        with stopping_in_order(), YieldingThread() as thread:
            began_s = time.perf_counter()
            loaded = model()
            tell(SourceReady(loaded.checkpoint_sha256, time.perf_counter() - began_s))
            MakingLoop(loaded, inbox, tell, thread.run_patch).run()
    except EngineError as error:
        tell(Failure(str(error), traceback.format_exc(), fatal=True))
    except Exception:
        if not inbox.quit.is_set():
            message = "Takes are not made any more because of an internal error. The finished part is kept."
            tell(Failure(message, traceback.format_exc(), fatal=True))
    finally:
        inbox.done.set()
