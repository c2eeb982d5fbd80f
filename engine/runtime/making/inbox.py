"""What the window's process last asked for."""

from typing import Final

from engine.contract.making import Playhead
from engine.runtime.making.messages import CancelCandidates, MakeCandidates, SceneToMake
from engine.runtime.processes.serving import Inbox

_GRACE_S: Final = 2.0


class MakingInbox(Inbox):
    """The newest of each kind of message; each attribute is replaced as a whole."""

    def __init__(self) -> None:
        super().__init__(_GRACE_S)
        self.scene: SceneToMake | None = None
        self.playhead = Playhead()
        self.candidates: MakeCandidates | None = None

    def keep(self, message: object) -> None:
        """Keep a scene, the playhead or the candidates that are wanted."""
        if isinstance(message, SceneToMake):
            self.scene = message
        elif isinstance(message, Playhead):
            self.playhead = message
        elif isinstance(message, MakeCandidates):
            self.candidates = message
        elif isinstance(message, CancelCandidates):
            wanted = self.candidates
            if wanted is not None and wanted.request == message.request:
                self.candidates = None
