import pytest

from engine.contract.conventions import DISPLAY_ORDER, AcnChannel
from engine.contract.heard_channels import EVERY_CHANNEL
from widgets.meters.channel_meters import ChannelMeters
from widgets.meters.channel_switches import ChannelSwitches


@pytest.fixture
def switches(qtbot):
    made = ChannelSwitches()
    qtbot.addWidget(made)
    return made


def test_each_press_is_told_once(switches, qtbot):
    told = []
    switches.changed.connect(told.append)
    switches.solo[AcnChannel.X].click()
    switches.mute[AcnChannel.Z].click()
    assert told == [
        EVERY_CHANNEL.with_solo(AcnChannel.X, True),
        EVERY_CHANNEL.with_solo(AcnChannel.X, True).with_mute(AcnChannel.Z, True),
    ]


def test_one_press_ends_all_of_it(switches):
    for channel in DISPLAY_ORDER:
        switches.solo[channel].click()
        switches.mute[channel].click()
    told = []
    switches.changed.connect(told.append)
    assert switches.all.isEnabled()
    switches.all.click()
    assert told == [EVERY_CHANNEL]
    assert not switches.all.isEnabled()
    assert not any(button.isChecked() for button in (*switches.solo.values(), *switches.mute.values()))


def test_the_buttons_stand_under_their_meters(switches, qtbot):
    meters = ChannelMeters()
    qtbot.addWidget(meters)
    for part in (meters, switches):
        part.resize(150, part.sizeHint().height())
        part.show()
    for place, channel in enumerate(DISPLAY_ORDER):
        assert switches.solo[channel].geometry().center().x() == pytest.approx(meters._bar(place).center().x(), abs=2)


def test_every_switch_says_what_it_does(switches):
    names = [button.accessibleName() for button in (*switches.solo.values(), *switches.mute.values())]
    assert names == [f"{what} {channel}" for what in ("Solo", "Mute") for channel in "WXYZ"]
