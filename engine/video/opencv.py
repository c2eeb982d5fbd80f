"""The one place that imports OpenCV, and mends what its wheel does to the rest of the program.

It points Qt at plugins of its own, which breaks the window. And its helper threads wait for each other in a busy loop:
for a view of 920 x 405 that gains no time and takes as much of a second core again, which the sound needs.
"""

import os

import cv2

for _name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
    os.environ.pop(_name, None)

cv2.setNumThreads(1)

__all__ = ["cv2"]
