"""The film projected by the graphics card: one triangle, one texture, the geometry of `view_geometry`.

The energy map over it is computed per pixel, from the matrix of the beams.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QMatrix3x3, QMatrix4x4, QSurfaceFormat, QVector2D, QVector3D
from PySide6.QtOpenGL import (
    QOpenGLShader,
    QOpenGLShaderProgram,
    QOpenGLTexture,
    QOpenGLVertexArrayObject,
)
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget
from shiboken6 import VoidPtr

from engine.contract.view import FRONT, ViewOrientation, head_axes
from widgets.film.energy_map import LEAST_SHARE
from widgets.film.view_drag import FOV_DEFAULT_RAD
from widgets.parts.pixels import rgb_of
from widgets.parts.theme import DARK

_TRIANGLES: Final = 0x0004
_COLOR_BUFFER: Final = 0x4000

_VERTEX: Final = """#version 330 core
out vec2 place;
void main() {
    vec2 corner = vec2((gl_VertexID & 1) * 4 - 1, (gl_VertexID & 2) * 2 - 1);
    place = corner;
    gl_Position = vec4(corner, 0.0, 1.0);
}
"""
_FRAGMENT: Final = """#version 330 core
in vec2 place;
out vec4 colour;
uniform sampler2D film;
uniform mat3 head;
uniform mat3 upright;
uniform vec2 reach;
uniform mat4 beams;
uniform float strength;
uniform float least;
uniform vec3 ramp[4];
const float PI = 3.14159265358979;
void main() {
    vec3 ray = head * vec3(1.0, -place.x * reach.x, place.y * reach.y);
    vec3 in_film = upright * ray;
    float azimuth = atan(in_film.y, in_film.x);
    float elevation = atan(in_film.z, length(in_film.xy));
    vec2 at = vec2(0.5 - azimuth / (2.0 * PI), 0.5 - elevation / PI);
    // An explicit level: across the wrap, neighbours are a whole picture apart and would choose the smallest one.
    vec3 seen = textureLod(film, at, 0.0).rgb;
    if (strength > 0.0) {
        vec4 beam = vec4(1.0, normalize(ray));
        float shown = clamp((dot(beam, beams * beam) - least) / (1.0 - least), 0.0, 1.0);
        int stop = min(int(shown * 3.0), 2);
        seen = mix(seen, mix(ramp[stop], ramp[stop + 1], shown * 3.0 - float(stop)), strength * shown * shown);
    }
    colour = vec4(seen, 1.0);
}
"""
_PIXELS: Final = (QOpenGLTexture.PixelFormat.BGRA, QOpenGLTexture.PixelType.UInt8)


class PanoramaShader(QOpenGLWidget):
    """Needs OpenGL 3.3; `widgets.film.gl_probe` says whether that is worth it here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        surface = QSurfaceFormat()
        surface.setVersion(3, 3)
        surface.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
        self.setFormat(surface)
        self._view, self._fov_rad = FRONT, FOV_DEFAULT_RAD
        self._upright = np.eye(3)
        self._beams, self._strength = np.zeros((4, 4)), 0.0
        self._frame: NDArray[np.uint8] | None = None
        self._is_new = False
        self._program: QOpenGLShaderProgram | None = None
        self._texture: QOpenGLTexture | None = None
        self._corners: QOpenGLVertexArrayObject | None = None

    def set_frame(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show a picture (H, W, 4): blue, green, red, 255."""
        self._frame, self._is_new = pixels, True
        self.update()

    def set_view(self, view: ViewOrientation, fov_rad: float) -> None:
        """Look in a direction with a horizontal field of view."""
        self._view, self._fov_rad = view, fov_rad
        self.update()

    def set_upright(self, upright: NDArray[np.float64]) -> None:
        """Look for a direction of the scene where a matrix (3, 3) turns it to: the horizon is corrected."""
        self._upright = upright
        self.update()

    def set_map(self, beams: NDArray[np.float64], strength: float) -> None:
        """Draw the energy map of a matrix (4, 4) of beams, 0 (not at all) to 1; see `EnergyMap.form`."""
        if strength > 0.0 or self._strength > 0.0:
            self.update()
        self._beams, self._strength = beams, strength

    def initializeGL(self) -> None:
        """Compile the shaders and make the buffers."""
        self.context().aboutToBeDestroyed.connect(self.release)
        self._program = QOpenGLShaderProgram(self)
        self._program.addShaderFromSourceCode(QOpenGLShader.ShaderTypeBit.Vertex, _VERTEX)
        self._program.addShaderFromSourceCode(QOpenGLShader.ShaderTypeBit.Fragment, _FRAGMENT)
        self._program.link()
        self._corners = QOpenGLVertexArrayObject(self)
        self._corners.create()

    def paintGL(self) -> None:
        """Paint the view of the newest picture."""
        functions = self.context().functions()
        functions.glClearColor(0.0, 0.0, 0.0, 1.0)
        functions.glClear(_COLOR_BUFFER)
        if self._frame is None or self._program is None or self._corners is None:
            return
        if self._is_new:
            self._upload(self._frame)
        if self._texture is None:
            return
        reach = float(np.tan(self._fov_rad / 2.0))
        self._program.bind()
        self._texture.bind(0)
        self._program.setUniformValue1i(self._program.uniformLocation("film"), 0)
        for name, matrix in (("head", head_axes(self._view)), ("upright", self._upright)):
            turn = QMatrix3x3(matrix.ravel().tolist())
            self._program.setUniformValue(self._program.uniformLocation(name), turn)
        lens = QVector2D(reach, reach * self.height() / max(self.width(), 1))
        self._program.setUniformValue(self._program.uniformLocation("reach"), lens)
        self._set_map_uniforms(self._program)
        self._corners.bind()
        functions.glDrawArrays(_TRIANGLES, 0, 3)
        self._corners.release()
        self._texture.release()
        self._program.release()

    def _set_map_uniforms(self, program: QOpenGLShaderProgram) -> None:
        program.setUniformValue1f(program.uniformLocation("strength"), self._strength)
        if self._strength > 0.0:
            program.setUniformValue1f(program.uniformLocation("least"), LEAST_SHARE)
            program.setUniformValue(program.uniformLocation("beams"), QMatrix4x4(self._beams.ravel().tolist()))
            for place, colour in enumerate(DARK.ramp):
                red, green, blue = (rgb_of(colour) / 255.0).tolist()
                program.setUniformValue(program.uniformLocation(f"ramp[{place}]"), QVector3D(red, green, blue))

    def _upload(self, pixels: NDArray[np.uint8]) -> None:
        """Bring a picture into the texture, which is allocated once for pictures of one size."""
        rows, columns = pixels.shape[:2]
        texture = self._texture
        if texture is None or (texture.width(), texture.height()) != (columns, rows):
            if texture is not None:
                texture.destroy()
            texture = self._texture = _texture(columns, rows)
        data: Any = np.ascontiguousarray(
            pixels
        ).data  # the stubs of VoidPtr and setData know addresses as numbers alone
        upload: Any = texture.setData
        upload(*_PIXELS, VoidPtr(data))
        self._is_new = False

    def release(self) -> None:
        """Release the graphics memory; call this while Qt exists. May be called twice."""
        if self._texture is None and self._program is None:
            return
        self.makeCurrent()
        if self._texture is not None:
            self._texture.destroy()
        if self._corners is not None:
            self._corners.destroy()
        self._texture = self._corners = self._program = None
        self.doneCurrent()


def _texture(columns: int, rows: int) -> QOpenGLTexture:
    texture = QOpenGLTexture(QOpenGLTexture.Target.Target2D)
    texture.setFormat(QOpenGLTexture.TextureFormat.RGBA8_UNorm)
    texture.setSize(columns, rows)
    texture.setMipLevels(1)
    texture.setMinMagFilters(QOpenGLTexture.Filter.Linear, QOpenGLTexture.Filter.Linear)
    texture.setWrapMode(QOpenGLTexture.CoordinateDirection.DirectionS, QOpenGLTexture.WrapMode.Repeat)
    texture.setWrapMode(QOpenGLTexture.CoordinateDirection.DirectionT, QOpenGLTexture.WrapMode.ClampToEdge)
    texture.allocateStorage(*_PIXELS)
    return texture
