"""The colours of the two themes, each with one meaning. `COLOURS` are those in use now."""

from dataclasses import dataclass
from typing import Any, Final

from engine.contract.conventions import AcnChannel


@dataclass(frozen=True)
class Colours:
    """Colours as #rrggbb. Text on any of the three backgrounds has a contrast of 4.5 or more.

    A control that is on is filled with `chosen`; the one with the focus has a ring of `accent`. `good`, `warning` and
    `bad` are states, and colour-blind people tell them apart, as they do the `channels`. `ramp` leads from quiet to
    loud sound. `name` tells the themes apart.
    """

    name: str
    window: str
    panel: str
    raised: str
    border: str
    text: str
    muted: str
    disabled: str
    accent: str
    chosen: str
    accent_text: str
    good: str
    warning: str
    bad: str
    ramp: tuple[str, ...]
    channels: dict[AcnChannel, str]


DARK: Final = Colours(
    name="dark",
    window="#14171b",
    panel="#1b1f25",
    raised="#272d36",
    border="#363e4a",
    text="#e6eaf0",
    muted="#a3adbb",
    disabled="#6c7684",
    accent="#63b7c9",
    chosen="#2c5460",
    accent_text="#0c1518",
    good="#80e6af",
    warning="#e3bc5c",
    bad="#f67e70",
    ramp=("#33507f", "#3f93b5", "#8fd0b4", "#fbf3b0"),
    channels={AcnChannel.W: "#d5dbe4", AcnChannel.X: "#d689c4", AcnChannel.Y: "#92ab34", AcnChannel.Z: "#7a9ef3"},
)
"""Also for what lies over the film, in both themes."""
LIGHT: Final = Colours(
    name="light",
    window="#e9edf1",
    panel="#fbfcfd",
    raised="#dfe4ea",
    border="#b4bdc8",
    text="#1a2027",
    muted="#4a5460",
    disabled="#8a95a2",
    accent="#0f6a80",
    chosen="#a9d5e0",
    accent_text="#ffffff",
    good="#075931",
    warning="#885c07",
    bad="#b10137",
    ramp=("#a9c3e0", "#4f8fb8", "#2a6a5a", "#3a3200"),
    channels={AcnChannel.W: "#4a5460", AcnChannel.X: "#9a1e91", AcnChannel.Y: "#246e17", AcnChannel.Z: "#3451c8"},
)


class _InUse(Colours):
    """The colours of the theme in use, whichever it is at the moment when one is read."""

    def __init__(self) -> None:
        pass

    def __getattribute__(self, name: str) -> Any:
        return getattr(_theme[0], name)


_theme = [DARK]  # of the one application, like Qt's own palette
COLOURS: Final[Colours] = _InUse()
"""Read these when painting and keep none: the theme changes while the window is open. A kept picture is
kept with `COLOURS.name`."""


def use_colours(colours: Colours) -> None:
    """Let `COLOURS` be those of a theme; `apply_theme` calls it."""
    _theme[0] = colours
