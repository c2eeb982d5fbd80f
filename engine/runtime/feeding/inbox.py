"""What the session last asked of the feeder."""

from engine.runtime.processes.scene_messages import SceneToPlay, TakesUnderWay
from engine.runtime.processes.serving import Inbox


class FeedingInbox(Inbox):
    """The newest of each kind of message; each attribute is replaced as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self.scene: SceneToPlay | None = None
        self.under_way: TakesUnderWay | None = None

    def keep(self, message: object) -> None:
        """Keep a scene, or the takes under way."""
        if isinstance(message, SceneToPlay):
            self.scene = message
        elif isinstance(message, TakesUnderWay):
            self.under_way = message
