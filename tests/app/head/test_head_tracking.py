"""From a datagram to picture and sound, through the real window's wiring."""

import math
import socket
import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.osc.listener import HOST, OscListener
from engine.contract.errors import InvalidInputError
from tests.app.osc.packets import osc


@pytest.fixture
def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def tracker():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        yield made


def test_it_is_off_at_first_and_no_port_is_open(app) -> None:
    assert app.wiring.head.listener.port is None
    assert not app.wiring.head.panel.on.isChecked()


def test_a_turn_of_the_head_turns_picture_and_sound(app, session, qtbot, tracker, free_port) -> None:
    app.bridge.start()
    head = app.wiring.head
    head.panel.port.setValue(free_port)
    head.panel.on.click()
    assert head.listener.port == free_port
    tracker.sendto(osc("/ypr", 90.0, -10.0, 0.0), (HOST, free_port))
    qtbot.waitUntil(lambda: bool(app.window.panorama.views), timeout=2000)
    view = app.window.panorama.views[-1]
    assert (view.yaw_rad, view.pitch_rad) == pytest.approx((math.pi / 2, math.radians(-10.0)))
    assert ("set_view", view) in session.calls
    assert head.panel.said.text() == "Yaw 90° left, pitch 10° down, roll 0°"
    app.window.menus.recentre_action.trigger()
    tracker.sendto(osc("/ypr", 60.0, -10.0, 0.0), (HOST, free_port))
    qtbot.waitUntil(lambda: "30° right" in head.panel.said.text(), timeout=2000)
    head.panel.on.click()
    assert head.listener.port is None


def test_a_port_in_use_is_said_and_nothing_is_turned_on(app, free_port) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((HOST, free_port))
        head = app.wiring.head
        head.panel.port.setValue(free_port)
        head.panel.on.click()
        assert f"Port {free_port} is in use" in head.panel.said.text()
        assert not head.panel.on.isChecked()
        assert head.listener.port is None


def test_it_listens_on_this_machine_only(qtbot) -> None:
    listener = OscListener(newest=16)
    listener.start(0)
    assert listener._socket is not None
    assert listener._socket.getsockname()[0] == "127.0.0.1"
    taken = listener.port
    assert taken is not None
    second = OscListener(newest=16)
    with pytest.raises(InvalidInputError, match="in use"):
        second.start(taken)
    listener.stop()
    listener.stop()


def test_a_flood_costs_little_and_its_newest_message_counts(qtbot, tracker) -> None:
    listener = OscListener(newest=16)
    listener.start(0)
    batches: list[list[bytes]] = []
    listener.received.connect(batches.append)
    end = time.monotonic() + 0.4
    sent = 0
    while time.monotonic() < end:
        for _ in range(20):
            sent += 1
            tracker.sendto(osc("/yaw", float(sent % 360)), (HOST, listener.port))
        QTest.qWait(1)
    last = osc("/yaw", 77.0)
    qtbot.wait(100)
    tracker.sendto(last, (HOST, listener.port))
    qtbot.waitUntil(lambda: batches[-1][-1] == last, timeout=2000)
    assert sent > 300
    assert len(batches) <= 0.8 / 0.008
    assert max(map(len, batches)) <= 16
    listener.stop()


def test_port_and_inverted_axes_are_remembered_but_not_that_it_was_on(app, free_port) -> None:
    panel = app.wiring.head.panel
    panel.port.setValue(free_port)
    panel.axes[1].click()
    panel.on.click()
    app.close()
    assert app.settings.head_port == free_port
    assert app.settings.head_inverted == (False, True, False)
    assert app.wiring.head.listener.port is None


def test_the_dialog_opens_by_its_key_and_leaves_the_window_usable(active, app, qtbot) -> None:
    QTest.keyClick(active, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert app.wiring.head.dialog.isVisible()
    assert not app.wiring.head.dialog.isModal()
    app.wiring.head.dialog.close()
