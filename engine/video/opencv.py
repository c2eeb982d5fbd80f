"""The only place that imports OpenCV; it undoes the side effects of the wheel.

The wheel points Qt at its own plugins, which breaks the window. And its helper threads wait for each other in a busy
loop: for a view of 920 x 405 that saves no time and takes as much of a second core, which the sound needs.
"""

import os
from typing import Any

import cv2 as _cv2

for _name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
    os.environ.pop(_name, None)

cv2: Any = _cv2  # its stubs widen every picture to any number
cv2.setNumThreads(1)

__all__ = ["cv2"]
