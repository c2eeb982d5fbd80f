"""The iXML chunk of a WAV: names and functions of its tracks, and the same notes as its bext chunk.

Source: "iXML specification", revision 2.10; its functions ACN0-FOA ... ACN3-FOA are first-order ambisonics.
"""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from engine.contract.conventions import AcnChannel

Tracks = Sequence[tuple[str, str]]
"""Name and function of each channel, in the order of the file."""

AMBIX_TRACKS: Final[Tracks] = tuple((acn.name, f"ACN{acn:d}-FOA") for acn in AcnChannel)
HEAD_LOCKED_TRACKS: Final[Tracks] = (("Head-locked left", "LEFT"), ("Head-locked right", "RIGHT"))
ORIGINATOR: Final = "SwanSphere"


def ixml_text(tracks: Tracks, description: str, time_reference_samples: int, rate_hz: int) -> str:
    """Return the text of the chunk; `time_reference_samples` is at the rate of the file."""
    listed = "".join(
        f"<TRACK><CHANNEL_INDEX>{number}</CHANNEL_INDEX><INTERLEAVE_INDEX>{number}</INTERLEAVE_INDEX>"
        f"<NAME>{escape(name)}</NAME><FUNCTION>{function}</FUNCTION></TRACK>"
        for number, (name, function) in enumerate(tracks, 1)
    )
    high, low = divmod(time_reference_samples, 1 << 32)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><BWFXML><IXML_VERSION>2.10</IXML_VERSION>'
        f"<SPEED><FILE_SAMPLE_RATE>{rate_hz}</FILE_SAMPLE_RATE><TIMESTAMP_SAMPLE_RATE>{rate_hz}</TIMESTAMP_SAMPLE_RATE>"
        f"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>{high}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>"
        f"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>{low}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO></SPEED>"
        f"<BEXT><BWF_DESCRIPTION>{escape(description)}</BWF_DESCRIPTION><BWF_ORIGINATOR>{ORIGINATOR}</BWF_ORIGINATOR>"
        f"<BWF_TIME_REFERENCE_HIGH>{high}</BWF_TIME_REFERENCE_HIGH>"
        f"<BWF_TIME_REFERENCE_LOW>{low}</BWF_TIME_REFERENCE_LOW></BEXT>"
        f"<TRACK_LIST><TRACK_COUNT>{len(tracks)}</TRACK_COUNT>{listed}</TRACK_LIST></BWFXML>"
    )
