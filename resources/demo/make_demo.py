"""Renders the demo scene: a night by the sea, all of it drawn by this file.

    python resources/demo/make_demo.py resources/demo/demo.mp4

Sea to the right (azimuth -90), a camp fire with a tent at the front left (+35, +58), a helicopter with a search light
that crosses from the left over the front to the right, a lighthouse behind. Equirectangular, mono, 20 s. Every picture
is drawn at twice its size and averaged down, which is what makes its edges smooth.
"""

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from engine.video.opencv import cv2

WIDTH, HEIGHT, FPS, SECONDS = 1280, 640, 30, 20
FINE = 2
EYE_M = 1.7
MOON_AZ, FIRE_AZ, TENT_AZ, LAMP_AZ, SEA_AZ = np.radians([-62.0, 35.0, 58.0, 168.0, -90.0])


def main(out: Path) -> None:
    """Write the film."""
    scene = Scene()
    with av.open(str(out), "w") as container:
        options = {"crf": "27", "preset": "slow", "g": "60", "aq-mode": "3"}
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = Fraction(1, FPS)
        for index in range(FPS * SECONDS):
            frame = av.VideoFrame.from_ndarray(scene.picture(index / FPS), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


class Patch:
    """A part of the picture: a view of its pixels and the angles of their centres, in radians."""

    def __init__(self, azimuth: np.ndarray, elevation: np.ndarray, where: tuple[slice, slice]) -> None:
        self.where = where
        self.azimuth, self.elevation = azimuth[where], elevation[where]

    def add(self, image: np.ndarray, strength: np.ndarray, colour: tuple[float, ...]) -> None:
        """Add light."""
        image[self.where] += strength[..., None].astype(np.float32) * np.array(colour, np.float32)

    def cover(self, image: np.ndarray, mask: np.ndarray, colour: tuple[float, ...] | np.ndarray) -> None:
        """Paint over what is behind; `mask` is 0 to 1."""
        share = mask[..., None].astype(np.float32)
        image[self.where] += share * (np.asarray(colour, np.float32) - image[self.where])


class Scene:
    """Everything that does not move is drawn once."""

    def __init__(self) -> None:
        rng = np.random.default_rng(4)
        columns, rows = WIDTH * FINE, HEIGHT * FINE
        x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
        self.azimuth = np.pi * (1 - 2 * (x + 0.5) / columns)
        self.elevation = np.pi / 2 * (1 - 2 * (y + 0.5) / rows)
        self.still = self._sky(rng)
        self._far_land(rng)
        self._sand(rng)
        self._tent()
        self.water = self._patch(-200, 20, -62, 0)
        self.flicker = rng.uniform(0.7, 1.0, SECONDS * 12 + 2)
        self.sparks = rng.uniform(0, 1, (16, 3))

    def picture(self, t: float) -> np.ndarray:
        """Return the frame (HEIGHT, WIDTH, 3) at a time in seconds."""
        image = self.still.copy()
        self._sea(image, t)
        self._lighthouse(image, t)
        self._helicopter(image, t)
        self._fire(image, t)
        small = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        return np.clip(small, 0, 255).astype(np.uint8)

    def _patch(self, right_deg: float, left_deg: float, low_deg: float, high_deg: float) -> Patch:
        rows, columns = self.azimuth.shape
        across = [round((0.5 - a / 360) * columns) for a in (left_deg, right_deg)]
        down = [round((0.5 - e / 180) * rows) for e in (high_deg, low_deg)]
        where = (slice(max(down[0], 0), down[1]), slice(max(across[0], 0), min(across[1], columns)))
        return Patch(self.azimuth, self.elevation, where)

    def _sky(self, rng: np.random.Generator) -> np.ndarray:
        up = np.clip(self.elevation / (np.pi / 2), 0, 1)
        dusk = np.exp(-((turn(self.azimuth, SEA_AZ) / 1.15) ** 2)) * np.exp(-up * 5)
        sky = mix((34, 44, 82), (8, 11, 28), up**0.6) + dusk[..., None] * np.array([156, 74, 50.0])
        vectors = rng.normal(size=(1500, 3))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        for x, y, z in vectors[vectors[:, 2] > 0.06]:
            row = int((0.5 - np.arcsin(z) / np.pi) * sky.shape[0])
            column = int((0.5 - np.arctan2(y, x) / (2 * np.pi)) * sky.shape[1])
            # Near the pole a point of the sky is a wide streak of the picture.
            reach = min(int(FINE / np.hypot(x, y)), 60)
            brightness = 30 + 225 * rng.uniform() ** 4
            tint = np.array([1.0, 0.94, 0.86]) if rng.uniform() < 0.3 else np.array([0.88, 0.94, 1.0])
            sky[row : row + FINE, column : column + reach] += brightness * tint
        away = np.hypot(turn(self.azimuth, MOON_AZ) * np.cos(self.elevation), self.elevation - 0.52)
        disc = np.clip((0.050 - away) / 0.004, 0, 1)
        halo = 0.40 * np.exp(-((away / 0.16) ** 2)) + 0.15 * np.exp(-((away / 0.45) ** 2))
        sky += disc[..., None] * np.array([238, 232, 214.0]) + halo[..., None] * np.array([96, 100, 128.0])
        return sky.astype(np.float32)

    def _far_land(self, rng: np.random.Generator) -> None:
        inland = np.clip((np.abs(turn(self.azimuth, SEA_AZ)) - 1.0) / 0.7, 0, 1)
        for height, roughness, colour in ((0.075, 0.075, (24, 31, 58)), (0.030, 0.045, (11, 14, 26))):
            ridge = np.full_like(self.azimuth, height)
            for k in range(2, 14):
                ridge += roughness / k * np.sin(k * self.azimuth + rng.uniform(0, 6.28))
            self.still[self.elevation < ridge * inland] = colour
        for place in np.sort(rng.uniform(72, 150, 20)):
            tall = rng.uniform(0.07, 0.15)
            tree = self._patch(place - 3, place + 3, -1, 14)
            away, share = np.abs(turn(tree.azimuth, np.radians(place))), tree.elevation / tall
            width = 0.20 * tall * (1 - share) * (0.65 + 0.35 * np.mod(-share * 5, 1))
            tree.cover(self.still, (away < width) & (share < 1), (7, 10, 18))

    def _sand(self, rng: np.random.Generator) -> None:
        ground = self._patch(-180, 180, -90, 0)
        depth = np.clip(-ground.elevation / (np.pi / 2), 0, 1)
        sand = mix((58, 52, 58), (26, 25, 33), depth**0.5)
        # Twice around the circle, of which one turn is used: so it has no seam.
        rows, columns = depth.shape
        lumps = np.tile(rng.normal(0, 1, (70, 320)), 2)
        lumps = cv2.resize(lumps, (2 * columns, rows), interpolation=cv2.INTER_CUBIC)[:, columns // 2 : -columns // 2]
        sand *= (1 + 0.03 * lumps + rng.normal(0, 0.04, lumps.shape))[..., None]
        ground.cover(self.still, np.ones_like(depth), sand)

    def _tent(self) -> None:
        tent = self._patch(18, 98, -50, 30)
        away, height = turn(tent.azimuth, TENT_AZ), tent.elevation + 0.16
        share = np.clip(height / 0.24, 0, 1)
        half = 0.155 * (1 - share)
        cloth = (np.abs(away) < half) & (height > 0)
        tone = 0.30 + 0.70 * np.exp(-((away / 0.07) ** 2)) * (1 - 0.7 * share)
        tent.cover(self.still, cloth, tone[..., None] * np.array([226, 128, 52.0]))
        tent.cover(self.still, cloth & (np.abs(away) < 0.004), (60, 30, 14))
        tent.add(self.still, 0.20 * np.exp(-((np.hypot(away, height) / 0.20) ** 2)), (190, 100, 40))

    def _sea(self, image: np.ndarray, t: float) -> None:
        patch = self.water
        distance = EYE_M / np.tan(np.clip(-patch.elevation, 2e-3, None))
        along, seaward = np.cos(patch.azimuth) * distance, -np.sin(patch.azimuth) * distance
        # The water's edge is a straight line some metres to the right of the viewer; waves run up and back.
        edge = 3.2 + 0.5 * np.sin(2 * np.pi * t / 6.5) + 0.35 * np.sin(0.6 * along + 0.5 * t)
        out = seaward - edge
        wet = np.clip(out / (0.02 * distance) + 0.5, 0, 1)
        out = np.maximum(out, 0)
        # Near the horizon waves are finer than a pixel: they fade before that.
        near = np.clip(-patch.elevation / 0.07, 0, 1)
        lines = np.log(out + 1.5)
        wave = near * np.sin(9 * lines + 0.7 * np.sin(0.7 * along) - 1.5 * t)
        ripple = np.sin(5.1 * along + 31 * lines - 3.1 * t) * np.sin(2.3 * along - 23 * lines + 2.2 * t)
        ripple *= near**2
        colour = mix((58, 54, 84), (20, 38, 62), np.clip(near * 1.4, 0, 1))
        colour += (10 * wave + 7 * ripple)[..., None]
        # The moon's road: short bright dashes, wider towards the viewer.
        depth = np.log(np.clip(-patch.elevation, 0.006, None))
        dashes = np.sin(26 * depth - 2.1 * t + 2 * np.sin(23 * patch.azimuth + t))
        dashes = dashes * np.sin(60 * patch.azimuth + 9 * depth + 1.3 * t)
        spread = 0.055 + 0.16 * np.clip(-patch.elevation, 0, 1)
        road = np.exp(-((turn(patch.azimuth, MOON_AZ) / spread) ** 2)) * np.clip(0.35 + 0.75 * dashes, 0, 1)
        colour += road[..., None] * np.array([150, 142, 126.0])
        foam = np.exp(-((out / 0.30) ** 2)) + 0.45 * np.exp(-(((out - 1.6 - 0.5 * np.sin(t)) / 0.14) ** 2))
        colour += (foam * (0.75 + 0.25 * ripple) * near)[..., None] * np.array([112, 124, 134.0])
        patch.cover(image, wet, colour)

    def _lighthouse(self, image: np.ndarray, t: float) -> None:
        band = self._patch(-180, 180, -6, 26)
        away, up = turn(band.azimuth, LAMP_AZ), band.elevation
        half = 0.036 - 0.055 * up
        tower = (np.abs(away) < half) & (up > -0.03) & (up < 0.25)
        round_off = np.clip(1.15 - 0.8 * np.clip((away / half + 0.5) / 1.5, -1, 1) ** 2, 0.3, 1)
        stripes = np.where((np.floor(up * 24) % 2 == 0)[..., None], (122, 112, 114), (136, 42, 42))
        band.cover(image, tower, stripes * round_off[..., None])
        house = (np.abs(away) < 0.026) & (up > 0.25) & (up < 0.285)
        band.cover(image, house, (40, 38, 46))
        band.cover(image, (np.abs(away) < 0.030 - (up - 0.285)) & (up > 0.285) & (up < 0.315), (110, 36, 36))
        angle = np.cos(2 * np.pi * t / 5.0)
        beam = np.exp(-(((up - 0.268) / (0.010 + 0.030 * np.abs(away))) ** 2)) * np.exp(-np.abs(away) * 1.5)
        beam *= np.clip(angle * np.sign(away), 0, 1) ** 3
        lamp = np.exp(-((np.hypot(away, up - 0.268) / 0.022) ** 2))
        lamp += 0.25 * np.exp(-((np.hypot(away, up - 0.268) / 0.09) ** 2))
        band.add(image, (0.5 + 0.5 * abs(angle)) * lamp + 0.5 * beam, (255, 236, 176))

    def _fire(self, image: np.ndarray, t: float) -> None:
        patch = self._patch(-15, 85, -55, 40)
        low, part = int(t * 12), t * 12 % 1
        strength = (1 - part) * self.flicker[low] + part * self.flicker[low + 1]
        away, height = turn(patch.azimuth, FIRE_AZ), patch.elevation + 0.22
        ground = np.exp(-((away / 0.40) ** 2) - ((height + 0.05) / 0.20) ** 2) * (patch.elevation < 0)
        patch.add(image, strength * ground, (128, 62, 20))
        logs = (np.abs(height + 0.028 - 0.20 * np.abs(away)) < 0.012) & (np.abs(away) < 0.11)
        patch.cover(image, logs, (44, 26, 16))
        sway = 0.018 * np.sin(9 * t + 22 * height) + 0.010 * np.sin(17 * t + 41 * height)
        tall = 0.21 * strength
        share = np.clip(height / tall, 0, 1)
        body = np.clip(1.4 - 1.4 * np.abs(away - sway) / (0.080 * (1 - share) + 1e-3), 0, 1)
        flame = body * np.clip((height + 0.02) / 0.02, 0, 1) * (height < tall)
        patch.cover(image, flame, mix((255, 214, 110), (240, 84, 20), share))
        halo = strength * np.exp(-((np.hypot(away, height - 0.06) / 0.26) ** 2))
        patch.add(image, halo, (92, 44, 12))
        for speed, phase, side in self.sparks:
            rise = (0.35 + 0.5 * speed) * ((t * (0.3 + 0.4 * speed) + phase) % 1)
            place = 0.10 * (side - 0.5) + 0.03 * np.sin(5 * t + 9 * phase)
            spark = np.exp(-((np.hypot(away - place, height - rise) / 0.004) ** 2)) * (1 - rise / 0.9)
            patch.add(image, spark, (255, 150, 60))

    def _helicopter(self, image: np.ndarray, t: float) -> None:
        centre_deg = 120 - 12.0 * t
        high = 0.44 + 0.06 * np.sin(0.5 * t)
        patch = self._patch(centre_deg - 35, centre_deg + 35, -40, 45)
        # 1.6: a unit of this drawing is a helicopter at about 20 m.
        across = turn(patch.azimuth, np.radians(centre_deg)) * np.cos(high) / 1.6
        up = (patch.elevation - high) / 1.6
        below = np.clip(-(up + 0.03), 0, None)
        reach = below * 0.30 + 0.004
        cone = np.exp(-(((across - 0.10 * np.sin(0.9 * t) * below) / reach) ** 2)) * (below > 0)
        patch.add(image, 0.55 * cone * np.exp(-below * 5.5), (176, 196, 220))
        body = (across / 0.062) ** 2 + (up / 0.031) ** 2 < 1
        tail = (across > 0.03) & (across < 0.17) & (np.abs(up - 0.006) < 0.010 - 0.04 * (across - 0.03))
        fin = (np.abs(across - 0.165 - 0.4 * (up - 0.016)) < 0.009) & (np.abs(up - 0.018) < 0.024)
        mast = (np.abs(across) < 0.006) & (up > 0.02) & (up < 0.045)
        skid = (np.abs(up + 0.043) < 0.003) & (np.abs(across) < 0.06)
        legs = (np.abs(np.abs(across) - 0.03) < 0.003) & (up > -0.043) & (up < -0.02)
        patch.cover(image, mast | skid | legs, (72, 80, 98))
        moonlit = np.clip(0.62 + 11 * up, 0.25, 1)[..., None]
        patch.cover(image, body | tail | fin, moonlit * np.array([196, 74, 56.0]))
        patch.cover(image, body & (np.abs(up + 0.004) < 0.005), (214, 214, 220))
        glass = ((across + 0.032) / 0.028) ** 2 + ((up - 0.004) / 0.019) ** 2 < 1
        patch.cover(image, glass & body, moonlit * np.array([150, 196, 220.0]))
        blade = 0.18 * (0.35 + 0.65 * np.abs(np.cos(2 * np.pi * 3.7 * t)))
        patch.cover(image, 0.55 * ((np.abs(up - 0.048) < 0.0035) & (np.abs(across) < blade)), (176, 184, 198))
        patch.cover(image, 0.18 * ((np.abs(up - 0.048) < 0.006) & (np.abs(across) < 0.18)), (176, 184, 198))
        red, white = (t * 1.4) % 1 < 0.25, (t * 1.4 + 0.5) % 1 < 0.15
        patch.add(image, red * glow(across - 0.17, up - 0.044), (255, 40, 30))
        patch.add(image, white * glow(across, up + 0.033), (230, 240, 255))


def glow(across: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Return the light (H, W) of a lamp."""
    away = np.hypot(across, up)
    return np.exp(-((away / 0.006) ** 2)) + 0.25 * np.exp(-((away / 0.035) ** 2))


def turn(azimuth: np.ndarray, centre_rad: float) -> np.ndarray:
    """Return the signed distance of azimuths from a centre, around the circle, in radians."""
    return (azimuth - centre_rad + np.pi) % (2 * np.pi) - np.pi


def mix(a: tuple[float, ...], b: tuple[float, ...], share: np.ndarray) -> np.ndarray:
    """Mix two colours."""
    return np.array(a, float) * (1 - share[..., None]) + np.array(b, float) * share[..., None]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
