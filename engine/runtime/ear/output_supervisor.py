"""Keeps some output playing: the chosen device, else the default one, else a silent clock, and back.

Threads: everything here runs in the audio process's main thread.
"""

import time
from collections.abc import Callable
from typing import Final

from engine.contract.errors import DeviceError
from engine.runtime.ear.audio_output import AudioOutput, Render

STALL_S: Final = 4.0
"""A device that requests nothing for this long has disappeared, whatever its driver says."""
RETRY_S: Final = 3.0

OpenDevice = Callable[[str | None], AudioOutput]


class OutputSupervisor:
    """Starts and watches outputs, and reports changes.

    `open_device` returns an output that is open but does not request sound yet, or raises DeviceError.
    `hold(True)` must fade the sound to silence and return when that has been played. `callbacks` counts the requests
    for sound. `refresh` makes the system look for devices again; no device is open when it is called.
    `report` receives a sentence for the user, and whether it lasts.
    """

    def __init__(
        self,
        open_device: OpenDevice | None,
        open_silent: Callable[[], AudioOutput],
        render: Render,
        *,
        hold: Callable[[bool], None],
        callbacks: Callable[[], int],
        refresh: Callable[[], None],
        report: Callable[[str, bool], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_device = open_device
        self._open_silent = open_silent
        self._render = render
        self._hold = hold
        self._callbacks = callbacks
        self._refresh = refresh
        self._report = report
        self._now = now
        self._wanted: str | None = None
        self._gaps_before = 0
        self._output: AudioOutput | None = None
        self._chosen: str | None = None
        self._is_silent = False
        self._seen_callbacks = 0
        self._seen_at = 0.0
        self._retry_at = 0.0

    @property
    def name(self) -> str:
        """The name of the current output; empty if there is none."""
        return self._output.name if self._output is not None else ""

    @property
    def chosen(self) -> str | None:
        """The requested device for the current output: None is the system's default, or silence."""
        return self._chosen

    @property
    def rate_hz(self) -> int:
        """The sample rate of the current output; 0 if there is none."""
        return self._output.rate_hz if self._output is not None else 0

    @property
    def latency_s(self) -> float:
        """The latency of the current output in seconds."""
        return self._output.latency_s if self._output is not None else 0.0

    @property
    def gaps(self) -> int:
        """How often any device had nothing to play since the start."""
        return self._gaps_before + (self._output.gaps if self._output is not None else 0)

    def start(self, wanted: str | None) -> None:
        """Play on the chosen device, or on an available one."""
        self._wanted = wanted
        if self._open_device is None:
            self._go_silent()
            return
        failure = self._try(wanted, self._refresh_never)
        if failure is not None:
            self._fall_back(str(failure))

    def choose(self, wanted: str | None) -> None:
        """Change to another device; if that fails, the previous one continues and the user is notified."""
        if self._open_device is None:
            return
        self._hold(True)
        before, was_silent, name_before = self._chosen, self._is_silent, self.name
        self.stop()
        failure = self._try(wanted, self._refresh)
        if failure is None:
            self._wanted = wanted
        elif was_silent or self._try(before, self._refresh_never) is not None:
            self._fall_back(str(failure))
        else:
            self._report(f"{failure} The sound stays on '{name_before}'.", False)
        self._hold(False)

    def tick(self) -> None:
        """Check the output; call this many times per second.

        Raises DeviceError if nothing can play any more, or the internal error that stopped the output.
        """
        if self._output is None:
            return
        if self._output.fault is not None:
            raise self._output.fault
        if self._output.problem:
            self._handle_loss(self._output.problem)
        elif self._is_silent:
            if self._open_device is not None and self._now() >= self._retry_at:
                self._come_back()
        elif self._check_stalled():
            self._handle_loss(f"The sound device '{self._output.name}' no longer responds.")

    def stop(self) -> None:
        """Stop whatever plays. May be called twice."""
        if self._output is not None:
            self._output.stop()
            self._gaps_before += self._output.gaps
            self._output = None

    def _try(self, name: str | None, refresh: Callable[[], None]) -> DeviceError | None:
        """Open a device, after a rescan if it is not found at once."""
        assert self._open_device is not None
        failure: DeviceError | None = None
        for prepare in (self._refresh_never, refresh):
            try:
                prepare()
                output = self._open_device(name)
                output.start(self._render)
            except DeviceError as error:
                failure = error
                continue
            self._adopt(output, name, silent=False)
            return None
        return failure

    def _refresh_never(self) -> None:
        pass

    def _adopt(self, output: AudioOutput, chosen: str | None, *, silent: bool) -> None:
        self._output, self._chosen, self._is_silent = output, chosen, silent
        self._seen_callbacks, self._seen_at = self._callbacks(), self._now()
        self._retry_at = self._now() + RETRY_S

    def _go_silent(self) -> None:
        output = self._open_silent()
        output.start(self._render)
        self._adopt(output, None, silent=True)

    def _handle_loss(self, what: str) -> None:
        self.stop()
        if self._open_device is None:
            raise DeviceError(what)
        self._fall_back(what)

    def _fall_back(self, what: str) -> None:
        if self._try(None, self._refresh) is None:
            self._report(f"{what} The sound goes to '{self.name}' now.", False)
            return
        self._go_silent()
        self._report(
            f"{what} There is no other device, so the film plays in silence. A device that you connect is used "
            "within a few seconds.",
            True,
        )

    def _come_back(self) -> None:
        """Try the devices again from the silent clock, which keeps the pace until one opens."""
        self._retry_at = self._now() + RETRY_S
        assert self._open_device is not None
        for name in dict.fromkeys((self._wanted, None)):
            try:
                self._refresh()
                output = self._open_device(name)
            except DeviceError:
                continue
            self._hold(True)
            self.stop()
            try:
                output.start(self._render)
                self._adopt(output, name, silent=False)
                self._report(f"The sound goes to '{self.name}' now.", False)
            except DeviceError:
                self._go_silent()
            self._hold(False)
            return

    def _check_stalled(self) -> bool:
        callbacks = self._callbacks()
        if callbacks != self._seen_callbacks:
            self._seen_callbacks, self._seen_at = callbacks, self._now()
        return self._now() - self._seen_at > STALL_S
