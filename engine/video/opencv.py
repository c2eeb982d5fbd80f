"""The one place that imports OpenCV: its wheel points Qt at its own plugins, which breaks the window."""

import os

import cv2

for _name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
    os.environ.pop(_name, None)

__all__ = ["cv2"]
