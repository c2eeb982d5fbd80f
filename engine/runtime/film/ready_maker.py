"""Makes pictures ready to show while the decoder is busy with later ones. Threads: a separate one."""

import threading
from collections.abc import Callable

from engine.contract.video import ScreenFrame
from engine.runtime.film.look_ahead import LookAhead


class ReadyMaker:
    """Takes pictures that wait from `ahead` and gives them back ready, both while it holds `changed`.

    `failed` is called, with `changed` held, for a picture that cannot be shown.
    """

    def __init__(self, ahead: LookAhead, changed: threading.Condition, failed: Callable[[Exception], None]) -> None:
        self._ahead = ahead
        self._changed = changed
        self._failed = failed
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="pictures", daemon=True)
        self._thread.start()

    def close(self, within_s: float) -> None:
        """End the thread; waits for it at most `within_s` seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(within_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._closing and (waiting := self._ahead.begin_next()) is None:
                    self._changed.wait()
                if self._closing:
                    return
            assert waiting is not None
            try:
                frame = ScreenFrame(waiting.epoch, waiting.picture.from_s, waiting.picture.for_eye())
            except Exception as error:
                with self._changed:
                    if self._ahead.is_making(waiting):
                        self._failed(error)
                continue
            with self._changed:
                self._ahead.finish(waiting, frame)
