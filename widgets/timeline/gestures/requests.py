"""A request for an edit, which the owner of the scene makes or refuses."""

from dataclasses import dataclass

from engine.contract.scene.edits.change import Edit


@dataclass(frozen=True)
class EditRequest:
    """An edit that the user wants.

    `gesture` is 0, or the number of a drag. All edits of one drag say where things end up, so each replaces the one
    before: the owner applies it to the scene as it was before the drag (History keeps that scene in its last step).
    Otherwise a block that is trimmed and pulled out again in one drag would lose its fades.
    """

    edit: Edit
    gesture: int = 0
