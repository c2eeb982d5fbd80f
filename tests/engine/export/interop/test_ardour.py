"""A workstation plays an exported field: Ardour without a window (`apt-get install ardour`, tried with 7.3).

Its Lua imports no files without the editor. A session that refers to a file in its audio folder is what an import
leaves behind, so the test writes that reference into the session. Ardour reads the file and its time reference, and
plays it through a track.
"""

import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.ambisonics.encoding import encode_point
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import Direction, angle_between
from engine.export.ambix_wav import AmbixWriter
from engine.export.delivery.deliver import deliver
from engine.export.delivery.order import Order
from engine.export.reading.ambix_reader import read_ambix

pytestmark = pytest.mark.slow

SAMPLES = 57_600
DIRECTION = Direction(60.0, 20.0)
TIME_OF_DAY_S = 3_600.0
SCRIPT = Path(__file__).with_name("session.lua")
SUPERCLOCKS = 282_240_000 // SAMPLE_RATE_HZ
"""Ardour 7 writes times in units that all rates divide."""


def ardour(*arguments: str | Path) -> str:
    program = shutil.which("ardour7-lua")
    if program is None:
        pytest.skip("ardour7-lua is not on this machine")
    done = subprocess.run(
        [program, str(SCRIPT), *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def put_on_track(session: Path, sound: Path) -> None:
    """Copy a file of four channels into a session and onto its track, from time 0."""
    shutil.copy(sound, session / "interchange" / "session" / "audiofiles")
    document = ElementTree.parse(session / "session.ardour")
    root = document.getroot()
    sources, playlist = root.find("Sources"), root.find("Playlists/Playlist")
    assert sources is not None
    assert playlist is not None
    region = {
        "id": "9100", "name": "take", "type": "audio", "channels": "4", "start": "a0", "sync-position": "a0",
        "length": f"a{SAMPLES * SUPERCLOCKS}@a0", "layer": "0", "muted": "0", "opaque": "1", "locked": "0",
        "automatic": "0", "whole-file": "0", "import": "0", "external": "0", "sync-marked": "0",
        "scale-amplitude": "1", "envelope-active": "0", "default-fade-in": "0", "default-fade-out": "0",
        "fade-in-active": "0", "fade-out-active": "0", "fade-before-fx": "0",
    }  # fmt: skip
    for channel in range(4):
        number = str(9_000 + channel)
        ElementTree.SubElement(sources, "Source", {
            "id": number, "name": sound.name, "type": "audio", "flags": "Broadcast", "channel": str(channel),
            "take-id": "", "origin": "", "gain": "1",
        })  # fmt: skip
        region[f"source-{channel}"] = region[f"master-source-{channel}"] = number
    ElementTree.SubElement(playlist, "Region", region)
    root.set("id-counter", "10000")
    document.write(session / "session.ardour")


def test_ardour_plays_the_field_and_reads_its_time(tmp_path: Path) -> None:
    noise = 0.1 * np.random.default_rng(7).standard_normal(SAMPLES)
    with AmbixWriter(tmp_path / "take.wav") as writer:
        writer.write(encode_point(noise, DIRECTION))
    order = replace(Order(tmp_path / "take.wav", tmp_path / "out.wav", "wav"), time_of_day_s=TIME_OF_DAY_S)
    deliver(order)
    session = tmp_path / "session"
    ardour("make", session)
    put_on_track(session, order.out)
    told = ardour("bounce", session, str(SAMPLES))
    assert f"time reference {round(TIME_OF_DAY_S * SAMPLE_RATE_HZ)}" in told
    parts = sorted(
        (session / "interchange" / "session" / "audiofiles").glob("back%*.wav"), key=lambda p: int(p.stem[5:])
    )
    assert len(parts) == 4
    back = np.stack([soundfile.read(part)[0] for part in parts])
    field, _ = read_ambix(order.out)
    found, _ = direction_and_diffuseness(back)
    assert np.rad2deg(angle_between(found, DIRECTION.unit_vector())) <= 0.5
    level_db = 10.0 * np.log10(np.mean(np.square(back), axis=1) / np.mean(np.square(field), axis=1))
    assert np.abs(level_db).max() <= 0.1
    np.testing.assert_allclose(back, field, atol=1e-6)  # with all faders at 0 dB nothing changes
