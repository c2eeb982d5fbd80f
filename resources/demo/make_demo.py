"""Renders the demo scene: a night by the sea, all of it drawn by this file.

    python resources/demo/make_demo.py resources/demo/demo.mp4

Sea to the right (azimuth -90), a camp fire at the front left (+35), a helicopter that crosses from the left over the
front to the right, a lighthouse behind. Equirectangular, mono, 20 s.
"""

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

WIDTH, HEIGHT, FPS, SECONDS = 1024, 512, 24, 20


def main(out: Path) -> None:
    """Write the film."""
    scene = Scene()
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "27", "preset": "slow", "g": "30"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = Fraction(1, FPS)
        for index in range(FPS * SECONDS):
            frame = av.VideoFrame.from_ndarray(scene.picture(index / FPS), format="rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


class Scene:
    """Everything that does not move is computed once."""

    def __init__(self) -> None:
        rng = np.random.default_rng(4)
        x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
        self.azimuth = np.pi * (1 - 2 * (x + 0.5) / WIDTH)
        self.elevation = np.pi / 2 * (1 - 2 * (y + 0.5) / HEIGHT)
        up = np.clip(self.elevation / (np.pi / 2), 0, 1)
        glow = np.exp(-((angle(self.azimuth, np.radians(-90)) / 1.1) ** 2)) * np.exp(-up * 5)
        sky = lerp((26, 34, 66), (7, 10, 26), up**0.6) + glow[..., None] * np.array([150, 74, 52.0])
        self.sky = sky + self.stars(rng)[..., None] + self.moon()
        self.ground, self.shore = self.land(rng)
        self.hills = self.elevation < self.ridge(rng)
        self.fire_flicker = rng.uniform(0.7, 1.0, SECONDS * 12 + 2)
        self.sparks = rng.uniform(0, 1, (14, 3))

    def picture(self, t: float) -> np.ndarray:
        """Return the frame (512, 1024, 3) at a time in seconds."""
        image = self.sky.copy()
        image[self.hills & (self.elevation > 0)] = (9, 12, 22)
        below = self.elevation <= 0
        image[below] = self.ground[below]
        image = self.sea(image, t)
        image = self.lighthouse(image, t)
        image = self.fire(image, t)
        image = self.helicopter(image, t)
        return np.clip(image, 0, 255).astype(np.uint8)

    def stars(self, rng: np.random.Generator) -> np.ndarray:
        field = np.zeros((HEIGHT, WIDTH))
        for _ in range(700):
            row = int((np.arccos(rng.uniform(0, 1)) / np.pi) * HEIGHT)
            if row < HEIGHT // 2 - 20:
                field[row, rng.integers(WIDTH)] = rng.uniform(40, 190)
        return field

    def moon(self) -> np.ndarray:
        away = np.hypot(angle(self.azimuth, np.radians(-62)) * np.cos(self.elevation), self.elevation - 0.52)
        disc = np.clip((0.052 - away) / 0.004, 0, 1)
        halo = 0.35 * np.exp(-((away / 0.16) ** 2))
        return disc[..., None] * np.array([238, 232, 214.0]) + halo[..., None] * np.array([96, 100, 128.0])

    def ridge(self, rng: np.random.Generator) -> np.ndarray:
        height = np.full_like(self.azimuth, 0.035)
        for k in range(2, 12):
            height += 0.045 / k * np.sin(k * self.azimuth + rng.uniform(0, 6.28))
        seaward = np.clip((angle(self.azimuth, np.radians(-90)) - 1.0) / 0.5, 0, 1)
        return height * seaward

    def land(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        depth = np.clip(-self.elevation / (np.pi / 2), 0, 1)
        sand = lerp((52, 46, 48), (22, 21, 27), depth**0.5)
        sand += rng.normal(0, 2.2, (HEIGHT, WIDTH, 1))
        firelight = np.exp(-((angle(self.azimuth, np.radians(35)) / 0.42) ** 2)) * np.exp(
            -(((depth - 0.17) / 0.17) ** 2)
        )
        sand += firelight[..., None] * np.array([120, 58, 18.0])
        # The water's edge is a straight line three metres to the right of a viewer 1.7 m above the ground.
        distance = 1.7 / np.tan(np.clip(-self.elevation, 1e-3, None))
        shore = -np.sin(self.azimuth) * distance
        return sand, shore

    def sea(self, image: np.ndarray, t: float) -> np.ndarray:
        distance = 1.7 / np.tan(np.clip(-self.elevation, 1e-3, None))
        along = np.cos(self.azimuth) * distance
        edge = 3.2 + 0.5 * np.sin(2 * np.pi * t / 6.5) + 0.35 * np.sin(0.6 * along + 0.5 * t)
        wet = (self.elevation < 0) & (self.shore > edge)
        out = self.shore - edge
        wave = np.sin(1.9 * self.shore + 0.25 * np.sin(0.7 * along) * 3 - 1.5 * t) * np.exp(-out / 40)
        shimmer = np.sin(7.1 * along + 3.3 * self.shore - 3.1 * t) * np.sin(2.3 * along - 5.7 * self.shore + 2.2 * t)
        far = np.clip(out / 60, 0, 1)
        colour = lerp((22, 40, 62), (40, 44, 70), far) + (11 * wave + 6 * shimmer)[..., None]
        path = np.exp(-((angle(self.azimuth, np.radians(-62)) / 0.10) ** 2)) * np.clip(0.55 + 0.6 * shimmer, 0, 1.2)
        colour += path[..., None] * np.array([118, 114, 104.0])
        foam = np.exp(-((out / 0.35) ** 2)) + 0.5 * np.exp(-(((out - 1.6 - 0.5 * np.sin(t)) / 0.16) ** 2))
        colour += (foam * (0.75 + 0.25 * shimmer))[..., None] * np.array([120, 130, 138.0])
        image[wet] = colour[wet]
        return image

    def lighthouse(self, image: np.ndarray, t: float) -> np.ndarray:
        away = angle(self.azimuth, np.radians(178), signed=True)
        tower = (np.abs(away) < 0.030 - 0.045 * self.elevation) & (self.elevation > -0.02) & (self.elevation < 0.25)
        image[tower] = np.where((np.floor(self.elevation[tower] * 28) % 2 == 0)[:, None], (96, 86, 88), (104, 34, 34))
        lamp = np.exp(-((np.hypot(away, self.elevation - 0.265) / 0.02) ** 2))
        turn = np.cos(2 * np.pi * t / 5.0)
        beam = np.exp(-(((self.elevation - 0.265) / 0.03) ** 2)) * np.exp(-np.abs(away) * 1.6)
        beam *= np.clip(turn * np.sign(away), 0, 1) ** 3
        return image + ((0.5 + 0.5 * abs(turn)) * lamp + 0.5 * beam)[..., None] * np.array([255, 236, 176.0])

    def fire(self, image: np.ndarray, t: float) -> np.ndarray:
        step = t * 12
        low, part = int(step), step % 1
        strength = (1 - part) * self.fire_flicker[low] + part * self.fire_flicker[low + 1]
        away = angle(self.azimuth, np.radians(35), signed=True)
        height = self.elevation + 0.22
        logs = (np.abs(height + 0.028 - 0.20 * np.abs(away)) < 0.012) & (np.abs(away) < 0.11)
        image[logs] = (40, 24, 16)
        sway = 0.018 * np.sin(9 * t + 22 * height) + 0.010 * np.sin(17 * t + 41 * height)
        tall = 0.21 * strength
        body = np.clip(1 - np.abs(away - sway) / (0.075 * np.clip(1 - height / tall, 0, 1) + 1e-3), 0, 1)
        flame = body * ((height > -0.02) & (height < tall))
        image = image + flame[..., None] * lerp((255, 190, 70), (235, 70, 16), np.clip(height / tall, 0, 1))
        halo = strength * np.exp(-((np.hypot(away, height - 0.06) / 0.24) ** 2))
        image = image + halo[..., None] * np.array([92, 44, 12.0])
        for speed, phase, side in self.sparks:
            rise = (0.35 + 0.5 * speed) * ((t * (0.3 + 0.4 * speed) + phase) % 1)
            place = 0.10 * (side - 0.5) + 0.03 * np.sin(5 * t + 9 * phase)
            spark = np.exp(-((np.hypot(away - place, height - rise) / 0.004) ** 2)) * (1 - rise / 0.9)
            image = image + spark[..., None] * np.array([255, 150, 60.0])
        return image

    def helicopter(self, image: np.ndarray, t: float) -> np.ndarray:
        centre = np.radians(120 - 12.0 * t)
        high = 0.42 + 0.06 * np.sin(0.5 * t)
        across = angle(self.azimuth, centre, signed=True) * np.cos(high)
        up = self.elevation - high
        body = (across / 0.062) ** 2 + (up / 0.030) ** 2 < 1
        tail = (across > 0.03) & (across < 0.17) & (np.abs(up - 0.004) < 0.007 - 0.02 * (across - 0.03))
        fin = (np.abs(across - 0.165) < 0.010) & (np.abs(up - 0.016) < 0.022)
        mast = (np.abs(across) < 0.005) & (up > 0.02) & (up < 0.045)
        skid = (np.abs(up + 0.043) < 0.003) & (np.abs(across) < 0.06)
        legs = (np.abs(np.abs(across) - 0.03) < 0.003) & (up > -0.043) & (up < -0.02)
        image[body | tail | fin | mast | skid | legs] = (30, 34, 44)
        glass = ((across + 0.030) / 0.026) ** 2 + ((up - 0.003) / 0.018) ** 2 < 1
        image[glass] = (92, 128, 150)
        blade = 0.17 * (0.35 + 0.65 * np.abs(np.cos(2 * np.pi * 3.7 * t)))
        rotor = (np.abs(up - 0.047) < 0.004) & (np.abs(across) < blade)
        image[rotor] = 0.5 * image[rotor] + 0.5 * np.array([150, 158, 170.0])
        red, white = (t * 1.4) % 1 < 0.25, (t * 1.4 + 0.5) % 1 < 0.15
        image = image + red * light(across - 0.165, up - 0.04) * np.array([255, 40, 30.0])
        return image + white * light(across, up + 0.032) * np.array([230, 240, 255.0])


def light(across: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Return the glow (H, W, 1) of a lamp."""
    away = np.hypot(across, up)
    return (np.exp(-((away / 0.010) ** 2)) + 0.25 * np.exp(-((away / 0.05) ** 2)))[..., None]


def angle(azimuth: np.ndarray, centre: float, *, signed: bool = False) -> np.ndarray:
    """Return the distance of azimuths from a centre, around the circle."""
    away = (azimuth - centre + np.pi) % (2 * np.pi) - np.pi
    return away if signed else np.abs(away)


def lerp(a: tuple[float, ...], b: tuple[float, ...], share: np.ndarray) -> np.ndarray:
    """Mix two colours."""
    return np.array(a, float) * (1 - share[..., None]) + np.array(b, float) * share[..., None]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
