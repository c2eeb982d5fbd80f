"""Which channels of the field are heard: solo and mute at the ear. They change nothing that is kept or exported."""

from dataclasses import dataclass, replace

from engine.contract.conventions import DISPLAY_ORDER, AcnChannel


@dataclass(frozen=True)
class HeardChannels:
    """The muted and the soloed channels. A channel is heard if it is not muted and no other one alone is soloed."""

    muted: frozenset[AcnChannel] = frozenset()
    soloed: frozenset[AcnChannel] = frozenset()

    def is_heard(self, channel: AcnChannel) -> bool:
        """Return whether a channel is heard."""
        return channel not in self.muted and (not self.soloed or channel in self.soloed)

    @property
    def is_whole(self) -> bool:
        """Whether every channel is heard."""
        return all(map(self.is_heard, AcnChannel))

    @property
    def gains(self) -> tuple[float, ...]:
        """One gain per channel in ACN order: 1 for a channel that is heard, else 0."""
        return tuple(float(self.is_heard(channel)) for channel in AcnChannel)

    def with_mute(self, channel: AcnChannel, on: bool) -> "HeardChannels":
        """Return the same with a channel muted or not."""
        return replace(self, muted=self.muted | {channel} if on else self.muted - {channel})

    def with_solo(self, channel: AcnChannel, on: bool) -> "HeardChannels":
        """Return the same with a channel soloed or not."""
        return replace(self, soloed=self.soloed | {channel} if on else self.soloed - {channel})

    @property
    def sentence(self) -> str:
        """What the user hears, and how it ends; empty if every channel is heard."""
        if self.is_whole:
            return ""
        names = [channel.name for channel in DISPLAY_ORDER if self.is_heard(channel)]
        heard = "no channel" if not names else "only " + " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        return f"You hear {heard}. Files get every channel."


EVERY_CHANNEL = HeardChannels()
