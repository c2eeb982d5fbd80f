"""Every figure of the report: name, unit, which direction is better, source. Keys are the report's."""

import itertools
from dataclasses import dataclass
from typing import Final

from engine.evaluation.measures.direction import BAND_EDGES_HZ

GENERATED: Final = "generated"
CHANCE: Final = "chance"
RETRIEVED: Final = "retrieve_and_pan"
REFERENCE: Final = "reference"
SYSTEMS: Final = (GENERATED, CHANCE, RETRIEVED, REFERENCE)
SYSTEM_NAMES: Final = {
    GENERATED: "Generated",
    CHANCE: "Chance",
    RETRIEVED: "Retrieve and pan",
    REFERENCE: "Reference itself",
}

BAND_KEYS: Final = tuple(f"band_{low}_{high}_hz_angle_rad" for low, high in itertools.pairwise(BAND_EDGES_HZ))


@dataclass(frozen=True)
class Metric:
    """`better` is "lower", "higher" or "near X". An angle's `unit` is rad, and the report gives degrees beside it."""

    key: str
    group: str
    name: str
    unit: str
    better: str
    what: str
    source: str


_YAMNET = "YAMNet (TensorFlow Models) on W at -20 dBFS, heard up to 7.5 kHz"
_AISFX = "aiSFX (Ma and Lerch, ISMIR 2022) on W at -20 dBFS, the full band"
_INTENSITY = "active intensity of W, X, Y, Z, 500 Hz - 8 kHz (the paper analyses the mean of the channels, here W)"
_OWN = "own measure"
_PAIRED = "sync.py; peaks paired as AV-Align does (Yariv 2024), F-measure as in MIREX"

_CLIP, _TIME, _BAND = "Direction of the whole clip", "Direction over time", "Direction by band"
_SYNC = "Sound and picture"
_SOUND, _SEAM, _NEW, _CODEC, _SPEED = "Sound", "Seams between patches", "Memorising", "Codec", "Speed"

METRICS: Final = (
    Metric(
        "fd", _SOUND, "FD", "squared embedding units", "lower",
        "Frechet distance of the patches' embeddings, generated against reference. Chance: pink noise. Biased upwards "
        "by small sets.",
        f"Heusel 2017, Kilgour 2019; {_YAMNET}",
    ),
    Metric(
        "kid", _SOUND, "KID", "1", "lower",
        "Kernel distance of the same embeddings, unbiased at any number of clips, may be below 0. Chance: pink noise.",
        f"Binkowski 2018, kernel (x.y/d + 1)^3, own pairs left out; {_YAMNET}",
    ),
    Metric(
        "fd_aisfx", _SOUND, "FD, full band", "squared embedding units", "lower",
        "As FD, with an embedding that hears up to 22 kHz, patches of 2.3 s.", f"Heusel 2017, Kilgour 2019; {_AISFX}",
    ),
    Metric(
        "kid_aisfx", _SOUND, "KID, full band", "1", "lower",
        "As KID, with an embedding that hears up to 22 kHz.", f"Binkowski 2018, as KID; {_AISFX}",
    ),
    Metric(
        "kl_nats", _SOUND, "KL", "nat", "lower",
        "Divergence of mean class scores, reference || generated. Chance: the takes against other clips' references.",
        f"as in AudioLDM's evaluation (Liu 2023); {_YAMNET}",
    ),
    Metric(
        "class_agreement", _SOUND, "Text agreement", "share", "higher",
        "Share of clips whose strongest of 12 classes is one that the caption names. Chance: named classes / 12.",
        f"own list of words and AudioSet names; {_YAMNET}",
    ),
    Metric(
        "clip_azimuth_rad", _CLIP, "Azimuth error", "rad", "lower", "One vector per clip; silence is pi.", _INTENSITY
    ),
    Metric(
        "clip_elevation_rad", _CLIP, "Elevation error", "rad", "lower", "As above; silence counts pi/2.", _INTENSITY
    ),
    Metric("clip_angle_rad", _CLIP, "Great-circle error", "rad", "lower", "As above; silence counts pi.", _INTENSITY),
    Metric(
        "time_azimuth_rad", _TIME, "Azimuth error", "rad", "lower",
        "Mean over 1-s segments in which the truth has a direction and the take sounds; complete silence counts pi.",
        _INTENSITY,
    ),
    Metric("time_elevation_rad", _TIME, "Elevation error", "rad", "lower", "As above.", _INTENSITY),
    Metric("time_angle_rad", _TIME, "Great-circle error", "rad", "lower", "As above.", _INTENSITY),
    Metric(
        "silent_share", _TIME, "Silent seconds", "share", "lower",
        "Share of the segments with a true direction in which the take is below -70 dBFS.", _OWN,
    ),
    Metric(
        "wcs", _TIME, "wCS", "-1 to 1", "higher",
        "Weighted cosine of up to four located sources every half second, without classes. Chance: sources anywhere.",
        "name from the paper; own estimator (sources_in of engine.annotation), see wcs.py",
    ),
    *(
        Metric(
            key, _BAND, f"{low} - {high} Hz", "rad", "lower",
            "Great-circle error of the whole clip in an octave that sounds.",
            "active intensity of W, X, Y, Z by octave",
        )
        for key, (low, high) in zip(BAND_KEYS, itertools.pairwise(BAND_EDGES_HZ), strict=True)
    ),
    Metric(
        "av_onset_f", _SYNC, "Onsets paired", "F-measure", "higher",
        "2 pairs / (onsets of sound + onsets of picture), one to one within 0.25 s. Chance: the take shifted in a "
        "circle.", _PAIRED,
    ),
    Metric(
        "av_onset_share", _SYNC, "Onsets of sound with one of the picture", "share", "higher",
        "Share of the onsets of W with an onset of the picture within 0.25 s. Chance as above.", _PAIRED,
    ),
    Metric(
        "av_offset_s", _SYNC, "Distance to the nearest onset of the picture", "s", "lower",
        "Median over the onsets of W. Chance as above.", f"{_OWN}, sync.py",
    ),
    Metric(
        "av_lag_s", _SYNC, "Lag", "s", "lower",
        "Size of the shift, up to 1 s, at which spectral flux and change of the picture correlate best. Chance as "
        "above.", f"{_OWN}, sync.py",
    ),
    Metric(
        "seam_click_db", _SEAM, "Click", "dB", "near 0",
        "Level of the second difference of W at the joints every 160 ms over that elsewhere.", f"{_OWN}, seam.py",
    ),
    Metric(
        "seam_share", _SEAM, "Joints that stand out", "share", "near 0.05",
        "Share of the joints above the 95th percentile of the places around.", f"{_OWN}, seam.py",
    ),
    Metric(
        "seam_change_db", _SEAM, "Change of sound", "dB", "near 0",
        "Spectral difference of the 20 ms before and after a joint, more than elsewhere.", f"{_OWN}, seam.py",
    ),
    Metric(
        "novelty", _NEW, "Distance to nearest training clip", "cosine distance", "near the reference",
        "Near 0: memorised. Chance: mean distance to all training clips.", f"{_OWN}; mean embedding of {_YAMNET}",
    ),
    Metric(
        "codec_log_mel_db", _CODEC, "Log-mel distance", "dB", "lower",
        "W against its reference, 64 bands, every 10 ms. Chance: other clips' references.",
        "engine.evaluation.measures.codec_metrics",
    ),
    Metric(
        "codec_doa_deg", _CODEC, "Direction shift", "deg", "lower",
        "Median over the seconds of the reference that sound. Chance: any direction.",
        "engine.evaluation.measures.codec_metrics",
    ),
    Metric(
        "codec_level_db", _CODEC, "Level difference", "dB", "lower",
        "RMS of W against its reference. Chance: other clips' references.", _OWN,
    ),
    Metric(
        "first_audio_s", _SPEED, "First audio", "s", "lower",
        "From the start of rendering to the first patch, models loaded.", "report of `generate`",
    ),
    Metric(
        "rtf", _SPEED, "Real-time factor", "1", "lower", "Time to make a patch over its 160 ms.", "report of `generate`"
    ),
)  # fmt: skip
