from dataclasses import dataclass, field

import pytest

from engine.contract.errors import DeviceError
from engine.runtime.ear.output_supervisor import RETRY_S, STALL_S, OutputSupervisor


@dataclass
class World:
    """The devices that are plugged in, and everything that happens to them."""

    plugged: set = field(default_factory=lambda: {None, "Headphones"})
    now_s: float = 0.0
    callbacks: int = 0
    reports: list = field(default_factory=list)
    playing: list = field(default_factory=list)
    held: bool = False
    refreshed_while_open: bool = False

    def supervisor(self, has_devices: bool = True) -> OutputSupervisor:
        return OutputSupervisor(
            self.open if has_devices else None,
            lambda: FakeOutput(self, "silence"),
            lambda out, latency_s: None,
            hold=lambda on: setattr(self, "held", on),
            callbacks=lambda: self.callbacks,
            refresh=self.refresh,
            report=lambda sentence, lasts: self.reports.append(sentence),
            now=lambda: self.now_s,
        )

    def open(self, name):
        if name not in self.plugged:
            raise DeviceError(f"The sound device '{name}' cannot be opened.")
        return FakeOutput(self, name or "Speakers")

    def refresh(self):
        self.refreshed_while_open |= any(output.name != "silence" for output in self.playing)

    def run(self, supervisor, seconds, alive=True):
        for _ in range(int(seconds / 0.05)):
            self.now_s += 0.05
            self.callbacks += alive
            supervisor.tick()


class FakeOutput:
    def __init__(self, world, name):
        self.world, self.name, self.problem = world, name, ""
        self.rate_hz, self.latency_s, self.gaps, self.fault = 48_000, 0.06, 0, None

    def start(self, render):
        assert not self.world.playing, "two outputs would ask at once"
        self.world.playing.append(self)

    def stop(self):
        if self in self.world.playing:
            self.world.playing.remove(self)


@pytest.fixture
def world():
    return World()


def test_the_wanted_device_plays_and_nobody_is_bothered(world):
    supervisor = world.supervisor()
    supervisor.start("Headphones")
    world.run(supervisor, 10.0)
    assert supervisor.name == "Headphones"
    assert world.reports == []
    supervisor.stop()
    supervisor.stop()
    assert world.playing == []


def test_a_device_that_was_pulled_out_gives_way_to_the_default(world):
    supervisor = world.supervisor()
    supervisor.start("Headphones")
    world.plugged.remove("Headphones")
    world.playing[0].problem = "The sound device 'Headphones' has been disconnected."
    world.run(supervisor, 0.1)
    assert supervisor.name == "Speakers"
    assert len(world.reports) == 1
    assert "Headphones" in world.reports[0]
    assert "Speakers" in world.reports[0]


def test_a_device_that_falls_silent_has_gone_too(world):
    supervisor = world.supervisor()
    supervisor.start("Headphones")
    world.run(supervisor, STALL_S - 0.5, alive=False)
    assert world.reports == []
    world.run(supervisor, 1.0, alive=False)
    assert supervisor.name == "Speakers"
    assert "no longer responds" in world.reports[0]


def test_without_any_device_the_clock_goes_on_and_a_new_device_is_taken_up(world):
    world.plugged.clear()
    supervisor = world.supervisor()
    supervisor.start("Headphones")
    assert supervisor.name == "silence"
    assert "silence" in world.reports[0]
    world.run(supervisor, 2.5 * RETRY_S)
    assert supervisor.name == "silence"
    world.plugged.add("Headphones")
    world.run(supervisor, RETRY_S + 0.1)
    assert (supervisor.name, supervisor.chosen) == ("Headphones", "Headphones")
    assert len(world.reports) == 2
    assert "goes to 'Headphones' now" in world.reports[1]
    assert not world.held
    assert not world.refreshed_while_open


def test_choosing_a_device_that_cannot_be_opened_keeps_the_one_before(world):
    supervisor = world.supervisor()
    supervisor.start(None)
    supervisor.choose("Radio")
    assert supervisor.name == "Speakers"
    assert "Radio" in world.reports[0]
    assert "stays" in world.reports[0]
    assert supervisor.chosen is None
    assert not world.held
    supervisor.choose("Headphones")
    assert supervisor.name == "Headphones"
    assert not world.refreshed_while_open


def test_without_devices_on_purpose_it_stays_silent(world):
    supervisor = world.supervisor(has_devices=False)
    supervisor.start("Headphones")
    supervisor.choose("Headphones")
    world.run(supervisor, 2 * RETRY_S)
    assert supervisor.name == "silence"
    assert world.reports == []


def test_after_a_fall_back_a_failed_choice_stays_with_what_plays(world):
    supervisor = world.supervisor()
    supervisor.start("Radio")
    assert (supervisor.name, supervisor.chosen) == ("Speakers", None)
    supervisor.choose("Gramophone")
    assert (supervisor.name, supervisor.chosen) == ("Speakers", None)
    assert "stays on 'Speakers'" in world.reports[-1]


def test_gaps_of_all_devices_are_counted_together(world):
    supervisor = world.supervisor()
    supervisor.start(None)
    world.playing[0].gaps = 3
    assert supervisor.gaps == 3
    supervisor.choose("Headphones")
    world.playing[0].gaps = 2
    assert supervisor.gaps == 5
    supervisor.stop()
    assert supervisor.gaps == 5


def test_without_any_output_at_all_it_is_an_error(world):
    supervisor = world.supervisor(has_devices=False)
    supervisor.start(None)
    world.playing[0].problem = "The silent output stopped."
    with pytest.raises(DeviceError, match="silent output"):
        supervisor.tick()


def test_a_fault_of_the_program_is_not_blamed_on_the_device(world):
    supervisor = world.supervisor()
    supervisor.start("Headphones")
    world.playing[0].fault = RuntimeError("broken on purpose")
    with pytest.raises(RuntimeError, match="on purpose"):
        supervisor.tick()
    assert world.reports == []
