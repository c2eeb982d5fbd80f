"""The A-weighting curve of hearing (IEC 61672) as a short symmetric filter, for losses."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import bilinear, firls, freqz

_POLES_HZ = (20.598997, 107.65265, 737.86223, 12194.217)
_GAIN_AT_1_KHZ_DB = 1.9997


def a_weighting_taps(rate_hz: int, taps: int = 101) -> NDArray[np.float64]:
    """Return an odd number of taps fitted by least squares to the curve's magnitude (Wright and Välimäki 2020).

    So few taps follow the curve within 3 dB from 100 Hz to 8 kHz (at 48 kHz); below they cut less, above more.
    """
    low, second, third, high = (2.0 * np.pi * pole for pole in _POLES_HZ)
    numerator = [high**2 * 10.0 ** (_GAIN_AT_1_KHZ_DB / 20.0), 0.0, 0.0, 0.0, 0.0]
    denominator = np.poly([-low, -low, -second, -third, -high, -high])
    b, a = bilinear(numerator, denominator, fs=rate_hz)
    frequency_hz, response = freqz(b, a, worN=512, fs=rate_hz)
    fitted: NDArray[np.float64] = firls(taps, frequency_hz, np.abs(response), fs=rate_hz)
    return fitted
