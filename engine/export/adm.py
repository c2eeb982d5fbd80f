"""Notes of the Audio Definition Model for first-order AmbiX: the chunks chna and axml of a BW64 file.

The channels refer to the common definitions of ITU-R BS.2094 (pack AP_00040001: first order, ACN, SN3D), so that no
format is defined again. Sources: ITU-R BS.2076-2 (the model), BS.2088-1 (the chunks).
"""

import re
import struct
from typing import Final
from xml.sax.saxutils import quoteattr

from engine.contract.conventions import FOA_CHANNELS

PACK: Final = "AP_00040001"
_NOT_XML: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""Characters that XML cannot hold, and bytes of a file name that are no text."""
_PROGRAMME, _CONTENT, _OBJECT = "APR_1001", "ACO_1001", "AO_1001"


def track_format(channel: int) -> str:
    """Return the track format of an ACN channel, 0 to 3."""
    return f"AT_0004000{channel + 1}_01"


def track_uid(channel: int) -> str:
    """Return the name of the track of an ACN channel, 0 to 3."""
    return f"ATU_{channel + 1:08d}"


def chna_content() -> bytes:
    """Return the content of the chunk that assigns the four channels of the file to track formats."""
    entries = (
        struct.pack(
            "<H12s14s11sx",
            channel + 1,
            track_uid(channel).encode(),
            track_format(channel).encode(),
            PACK.encode(),
        )
        for channel in range(FOA_CHANNELS)
    )
    return struct.pack("<HH", FOA_CHANNELS, FOA_CHANNELS) + b"".join(entries)


def axml_text(name: str, rate_hz: int, bits: int) -> str:
    """Return the text of the axml chunk; `name` is that of the programme."""
    uids = "".join(f"<audioTrackUIDRef>{track_uid(n)}</audioTrackUIDRef>" for n in range(FOA_CHANNELS))
    tracks = "".join(
        f'<audioTrackUID UID="{track_uid(n)}" sampleRate="{rate_hz}" bitDepth="{bits}">'
        f"<audioTrackFormatIDRef>{track_format(n)}</audioTrackFormatIDRef>"
        f"<audioPackFormatIDRef>{PACK}</audioPackFormatIDRef></audioTrackUID>"
        for n in range(FOA_CHANNELS)
    )
    label = quoteattr(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", name))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<ebuCoreMain xmlns="urn:ebu:metadata-schema:ebuCore_2014"><coreMetadata><format><audioFormatExtended>'
        f'<audioProgramme audioProgrammeID="{_PROGRAMME}" audioProgrammeName={label}>'
        f"<audioContentIDRef>{_CONTENT}</audioContentIDRef></audioProgramme>"
        f'<audioContent audioContentID="{_CONTENT}" audioContentName={label}>'
        f"<audioObjectIDRef>{_OBJECT}</audioObjectIDRef></audioContent>"
        f'<audioObject audioObjectID="{_OBJECT}" audioObjectName={label}>'
        f"<audioPackFormatIDRef>{PACK}</audioPackFormatIDRef>{uids}</audioObject>"
        f"{tracks}</audioFormatExtended></format></coreMetadata></ebuCoreMain>"
    )
