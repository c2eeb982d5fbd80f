"""Whether the graphics card should project the film: only if OpenGL is real hardware."""

from typing import Final

from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext, QSurfaceFormat

_RENDERER: Final = 0x1F01
_SOFTWARE: Final = ("llvmpipe", "softpipe", "swrast", "software", "swiftshader", "gdi generic", "virgl", "svga3d")
_WITHOUT_GL: Final = ("offscreen", "minimal", "vnc")


def renderer_name() -> str | None:
    """Return the name of the OpenGL 3.3 renderer, or None if there is none. Needs a QGuiApplication."""
    if QGuiApplication.platformName() in _WITHOUT_GL:
        return None
    wanted = QSurfaceFormat()
    wanted.setVersion(3, 3)
    wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    surface = QOffscreenSurface()
    surface.setFormat(wanted)
    surface.create()
    context = QOpenGLContext()
    context.setFormat(wanted)
    if not context.create() or not context.makeCurrent(surface):
        return None
    try:
        if context.format().version() < (3, 3):
            return None
        return str(context.functions().glGetString(_RENDERER))
    finally:
        context.doneCurrent()
        surface.destroy()


def is_hardware(renderer: str | None) -> bool:
    """Return whether a renderer is a graphics card. Software renderers are slower than the processor path here."""
    return renderer is not None and not any(name in renderer.lower() for name in _SOFTWARE)
