"""Solo and mute of the channels: from the key to the ear, said while they are on."""

from PySide6.QtCore import Qt

from engine.contract.conventions import AcnChannel
from engine.contract.heard_channels import EVERY_CHANNEL
from tests.app.fake_session import FakeSession

CTRL = Qt.KeyboardModifier.ControlModifier


def test_a_key_solos_a_channel_and_one_key_ends_everything(active, session, qtbot):
    qtbot.keyClick(active, Qt.Key.Key_6, CTRL)
    assert session.calls[-1] == ("set_channels", EVERY_CHANNEL.with_solo(AcnChannel.X, True))
    qtbot.keyClick(active, Qt.Key.Key_7, Qt.KeyboardModifier.AltModifier)
    assert active.notices.messages == ["You hear only X. Files get every channel. Ctrl+0 ends it."]
    qtbot.keyClick(active, Qt.Key.Key_0, CTRL)
    assert session.calls[-1] == ("set_channels", EVERY_CHANNEL)
    assert active.notices.messages == []


def test_it_survives_a_restart_of_the_engine(active, app, session: FakeSession):
    active.channels.mute[AcnChannel.W].click()
    session.calls.clear()
    app.wiring.restart_engine()
    assert ("set_channels", EVERY_CHANNEL.with_mute(AcnChannel.W, True)) in session.calls
    assert any("only X, Y and Z" in message for message in active.notices.messages)
