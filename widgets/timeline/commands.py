"""Every command of the timeline: its name, its key and what it does, as actions for menus, buttons and keys."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from engine.contract.conventions import SAMPLE_RATE_HZ
from widgets.timeline.gain_keys import GainKeys
from widgets.timeline.geometry.ticks import RulerUnit
from widgets.timeline.gestures.block_commands import BlockCommands
from widgets.timeline.gestures.scene_commands import SceneCommands
from widgets.timeline.icons import timeline_icon
from widgets.timeline.state import TimelineState
from widgets.timeline.typing_in import Typing


@dataclass(frozen=True)
class Command:
    """`keys` are in Qt's notation, the first is shown; `does` is what happens.

    The keys act while the lanes have the keyboard; with `everywhere` in the whole window.
    """

    name: str
    text: str
    tip: str
    keys: tuple[str, ...]
    does: Callable[[], None]
    everywhere: bool = False


def command_list(
    state: TimelineState, blocks: BlockCommands, scene: SceneCommands, typing: Typing, gains: GainKeys,
    cancel: Callable[[], None],
) -> list[Command]:  # fmt: skip
    """Return all commands. None of their keys is a key of the window's."""
    second = SAMPLE_RATE_HZ
    return [
        Command("add_lane", "Add Lane", "Add a lane below the selected one", ("A",), typing.add_lane, True),
        Command("add_block", "Add Block", "Add a block at the playhead and type its words", ("B",), typing.add_block,
                True),
        Command("film_sound", "Add the Film's Own Sound", "Add a lane with the sound that the film came with",
                ("Ctrl+Alt+A",), scene.add_film_sound, True),
        Command("split", "Split", "Split the block at the playhead", ("S",), blocks.split, True),
        Command("duplicate", "Duplicate", "Copy the selected blocks behind themselves", ("D",), blocks.duplicate, True),
        Command("delete", "Delete", "Delete the selected blocks or marker", ("Del", "Backspace"), blocks.delete),
        Command("die", "Another Take", "Make another take of the same words", ("Shift+R",), blocks.roll_die, True),
        Command("edit", "Edit Words", "Type the words of the block", ("Return", "Enter"), typing.edit_block),
        Command("words_here", "Change Words Here", "Type other words from the playhead on", ("W",),
                typing.change_words),
        Command("rename", "Rename", "Rename the selected block, marker or lane", ("F2",), typing.rename),
        Command("block_gain", "Gain of the Block", "Put the keyboard on the gain of the selected blocks", ("Shift+G",),
                gains.type_block, True),
        Command("trim_start", "Start at the Playhead", "Trim the start to the playhead", ("[",), blocks.trim_start),
        Command("trim_end", "End at the Playhead", "Trim the end to the playhead", ("]",), blocks.trim_end),
        Command("fade_in", "Fade In", "Fade in until the playhead", ("Ctrl+Shift+F",), blocks.fade_in),
        Command("fade_out", "Fade Out", "Fade out from the playhead", ("Shift+F",), blocks.fade_out),
        Command("bed", "Fill as a Bed",
                "Play grains of the recording until the next block or the end; of a bed: play its file once",
                ("Shift+B",), blocks.toggle_beds, True),
        Command("earlier", "Move a Frame Earlier", "Move by a frame", ("Shift+Left",), partial(blocks.move, -1)),
        Command("later", "Move a Frame Later", "Move by a frame", ("Shift+Right",), partial(blocks.move, 1)),
        Command("second_earlier", "Move a Second Earlier", "Move by a second", ("Ctrl+Shift+Left",),
                partial(blocks.move, by_samples=-second)),
        Command("second_later", "Move a Second Later", "Move by a second", ("Ctrl+Shift+Right",),
                partial(blocks.move, by_samples=second)),
        Command("to_lane_above", "Move to the Lane Above", "Move the blocks a lane up", ("Shift+Up",),
                partial(blocks.move, by_rows=-1)),
        Command("to_lane_below", "Move to the Lane Below", "Move the blocks a lane down", ("Shift+Down",),
                partial(blocks.move, by_rows=1)),
        Command("previous", "Previous Block", "Select the previous block", ("Left",),
                partial(scene.select_beside, False)),
        Command("next", "Next Block", "Select the next block", ("Right",), partial(scene.select_beside, True)),
        Command("above", "Lane Above", "Select in the lane above", ("Up",), partial(scene.select_across, False)),
        Command("below", "Lane Below", "Select in the lane below", ("Down",), partial(scene.select_across, True)),
        Command("select_all", "Select All", "Select every block", ("Ctrl+A",), scene.select_all),
        Command("cancel", "Cancel", "Give up a drag, or select nothing", ("Esc",), cancel),
        Command("add_marker", "Add Marker", "Add a marker at the playhead", ("M",), scene.add_marker, True),
        Command("previous_marker", "Previous Marker", "Go to the previous marker", ("Alt+,",),
                partial(scene.go_to_marker, False), True),
        Command("next_marker", "Next Marker", "Go to the next marker", ("Alt+.",), partial(scene.go_to_marker, True),
                True),
        Command("loop_in", "Loop In", "Start the loop at the playhead", ("I",), scene.loop_in, True),
        Command("loop_out", "Loop Out", "End the loop at the playhead", ("O",), scene.loop_out, True),
        Command("toggle_loop", "Loop On or Off", "Turn the loop on or off", ("Shift+L",), scene.toggle_loop, True),
        Command("remove_loop", "Remove Loop", "Remove the loop", ("Shift+O",), scene.remove_loop),
        Command("frame_back", "Frame Back", "Go back by a frame", (",",), partial(scene.step, -1), True),
        Command("frame_on", "Frame On", "Go on by a frame", (".",), partial(scene.step, 1), True),
        Command("start", "To the Start", "Go to the start", ("Home",), scene.go_to_start),
        Command("end", "To the End", "Go to the end", ("End",), scene.go_to_end),
        Command("mute", "Mute Lane", "Mute the selected lane or unmute it", ("Shift+M",), scene.mute_lane),
        Command("solo", "Solo Lane", "Solo the selected lane or end its solo", ("Shift+S",), scene.solo_lane),
        Command("arm", "Arm Lane", "Generate the selected lane while the film plays, or not", ("Shift+A",),
                scene.arm_lane),
        Command("lock", "Head-Locked or Not",
                "Let the stereo or mono recordings of the selected lane stay with the head, or turn with the film",
                ("Shift+H",), scene.lock_lane),
        Command("gain", "Gain of the Lane", "Put the keyboard on the gain of the selected lane", ("G",),
                gains.type_lane),
        Command("master", "Master Gain", "Put the keyboard on the gain of all lanes together", ("Ctrl+G",),
                gains.type_master, True),
        Command("master_0", "Master Gain to 0 dB", "Set the gain of all lanes together to 0 dB", ("Ctrl+Alt+G",),
                gains.reset_master, True),
        Command("lane_up", "Move Lane Up", "Move the selected lane up", ("Ctrl+Shift+Up",),
                partial(scene.move_lane, -1)),
        Command("lane_down", "Move Lane Down", "Move the selected lane down", ("Ctrl+Shift+Down",),
                partial(scene.move_lane, 1)),
        Command("remove_lane", "Remove Lane", "Remove the selected lane with its blocks", ("Shift+Del",),
                scene.remove_lane),
        Command("colour", "Colour of the Lane", "Choose the colour of the selected lane", ("Shift+C",),
                typing.choose_colour),
        Command("snap", "Snap", "Snap to blocks, markers, the playhead and frames; hold Shift while dragging not to",
                ("N",), lambda: state.set_snaps(not state.snaps)),
        Command("unit", "Timecode or Frames", "Count timecode or frames", ("U",), partial(_other_unit, state)),
        Command("zoom_out", "Zoom Out", "Zoom out; also Ctrl with the wheel", ("-",), partial(state.zoom, 0.5)),
        Command("fit", "Whole Film", "Show the whole film", ("Shift+Z",), scene.fit),
        Command("zoom_in", "Zoom In", "Zoom in; also Ctrl with the wheel", ("+", "="), partial(state.zoom, 2.0)),
        Command("zoom_to", "Zoom to the Selection", "Show the selected blocks", ("Z",), scene.zoom_to_selection),
    ]  # fmt: skip


def actions_for(owner: QWidget, commands: list[Command], state: TimelineState) -> dict[str, QAction]:
    """Give a widget the commands as actions, whose keys act while it has the keyboard or everywhere, by name."""
    actions = {}
    for command in commands:
        action = QAction(command.text, owner)
        action.setShortcuts([QKeySequence(keys) for keys in command.keys])
        context = Qt.ShortcutContext.WindowShortcut if command.everywhere else Qt.ShortcutContext.WidgetShortcut
        action.setShortcutContext(context)
        keys = action.shortcuts()[0].toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{command.tip} ({keys})")
        action.setStatusTip(command.tip)
        if (icon := timeline_icon(command.name)) is not None:
            action.setIcon(icon)
        action.triggered.connect(partial(_run, command.does))
        owner.addAction(action)
        actions[command.name] = action
    snap = actions["snap"]
    snap.setCheckable(True)
    snap.setChecked(state.snaps)
    state.snap_changed.connect(snap.setChecked)
    return actions


def _run(does: Callable[[], None], _checked: bool = False) -> None:
    does()


def _other_unit(state: TimelineState) -> None:
    state.set_unit(RulerUnit.FRAMES if state.unit is RulerUnit.TIMECODE else RulerUnit.TIMECODE)
