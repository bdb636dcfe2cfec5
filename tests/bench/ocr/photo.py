"""The camera: documents on a surface become a JPEG picture at a level of difficulty.

L0  flat scan: fills the frame, next to no tilt, JPEG 92
L1  easy photo: 70-90 % of the frame, tilt 3 degrees, slight blur, JPEG 80-90
L2  ordinary photo: 58-82 %, tilt 10 degrees, perspective, uneven light, glare in 30 % of the pictures, JPEG 55-80
L3  hard photo: 44-66 %, tilt 18 degrees, perspective, dark, motion blur, noise, glare in 30 %, a finger, JPEG 35-60
r   after any level: the picture is turned by 90, 180 or 270 degrees (no EXIF tag)
c   after any level: one edge of the document lies outside the frame; every value stays inside

"% of the frame" is the larger one of the shares of width and height that the document has before it is tilted. A
finger lies over the document's edge, never over a value. Glare raises values without wiping them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from tests.bench.ocr import scenes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.bench.ocr.canvas import Canvas

    Points = NDArray[Any]

LEVELS = ("L0", "L1", "L2", "L3")


@dataclass(frozen=True)
class Level:
    """Ranges of one level."""

    share: tuple[float, float]
    tilt: float
    corner: float  # how far perspective moves a corner, as a share of the document's size
    blur: tuple[float, float]
    jpeg: tuple[int, int]
    gain: tuple[float, float] = (0.95, 1.05)
    uneven: float = 0.0
    noise: tuple[float, float] = (0.5, 2.0)
    motion: tuple[float, float] = (0.0, 0.0)
    glare: float = 0.0
    finger: bool = False


TABLE = {
    "L0": Level((0.93, 0.98), 0.3, 0.0, (0.0, 0.3), (92, 92)),
    "L1": Level((0.70, 0.90), 3.0, 0.008, (0.4, 0.8), (80, 90), uneven=0.06),
    "L2": Level((0.58, 0.82), 10.0, 0.035, (0.5, 1.0), (55, 80), (0.8, 1.08), 0.25, (1.5, 4.0), glare=0.3),
    "L3": Level(
        (0.44, 0.66), 18.0, 0.05, (0.5, 1.0), (35, 60), (0.35, 0.6), 0.35, (4.0, 9.0), (2.0, 5.0), 0.3, True
    ),
}


@dataclass(frozen=True)
class Placed:
    """A document on the table, its upper left corner in millimetres and its own angle in degrees."""

    canvas: Canvas
    x: float = 0.0
    y: float = 0.0
    angle: float = 0.0


@dataclass(frozen=True)
class Shot:
    """The file, its size, and the quads of the documents in it (clockwise from the documents' left top)."""

    jpeg: bytes
    width: int
    height: int
    quads: list[list[tuple[float, float]]]


def shoot(
    documents: list[Placed],
    frame: tuple[int, int],
    level: str,
    half: str,
    rng: np.random.Generator,
    *,
    on_car: bool,
) -> Shot:
    """Photograph `documents`; `level` is L0 to L3, then r and/or c."""
    spec = TABLE[level[:2]]
    width, height = frame
    corners = np.concatenate([_corners(one) for one in documents])
    placing = _homography(corners, frame, spec, rng)
    if "c" in level:
        placing = _cut(placing, documents, frame, rng)
    picture = _ground(frame, level[:2], half, rng, on_car=on_car)
    for one in documents:
        picture = _lay(picture, one, placing, level[:2])
    if spec.finger:
        picture = _finger(picture, documents, placing, rng)
    picture = _camera(picture, spec, rng)
    quads = [_through(placing, _corners(one)) for one in documents]
    if "r" in level:
        turns = int(rng.integers(1, 4))
        picture = np.ascontiguousarray(np.rot90(picture, turns))
        for _ in range(turns):  # rot90 turns counter-clockwise
            quads = [np.stack([quad[:, 1], width - 1 - quad[:, 0]], axis=1) for quad in quads]
            width, height = height, width
    quality = int(rng.integers(spec.jpeg[0], spec.jpeg[1] + 1))
    ok, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise RuntimeError("OpenCV could not write a JPEG")
    listed = [[(float(x), float(y)) for x, y in quad] for quad in quads]
    return Shot(data.tobytes(), width, height, listed)


def _matrix(one: Placed) -> NDArray[Any]:
    """From the canvas's pixels to millimetres on the table."""
    turn = np.deg2rad(one.angle)
    about = np.array([[np.cos(turn), -np.sin(turn), one.x], [np.sin(turn), np.cos(turn), one.y], [0, 0, 1]])
    return np.asarray(about @ np.diag([1 / one.canvas.scale, 1 / one.canvas.scale, 1.0]))


def _through(matrix: NDArray[Any], points: Points) -> Points:
    moved = cv2.perspectiveTransform(points.reshape(1, -1, 2).astype(np.float64), matrix)
    return np.asarray(moved[0], np.float32)


def _corners(one: Placed) -> Points:
    w, h = one.canvas.size
    return _through(_matrix(one), np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32))


def _homography(
    corners: Points, frame: tuple[int, int], spec: Level, rng: np.random.Generator
) -> NDArray[Any]:
    """From millimetres to the frame: scale, tilt, perspective, and a place where everything is inside."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    span = high - low
    room = np.array(frame, np.float32)
    for attempt in range(60):
        share = rng.uniform(*spec.share) * (0.985 ** max(0, attempt - 30))
        scale = share * float((room / span).min())
        turn = np.deg2rad(rng.uniform(-spec.tilt, spec.tilt))
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        source = np.array([low, [high[0], low[1]], high, [low[0], high[1]]], np.float32)
        target = (source - (low + high) / 2) @ rotation.T * scale
        target = target + rng.uniform(-spec.corner, spec.corner, (4, 2)) * span * scale
        left_over = room - (target.max(axis=0) - target.min(axis=0))
        if (left_over < 8).any():
            continue
        target = target - target.min(axis=0) + 4 + rng.uniform(0, 1, 2) * (left_over - 8)
        return np.asarray(cv2.getPerspectiveTransform(source, target.astype(np.float32)), np.float64)
    raise RuntimeError("the document does not fit into the frame")


def _cut(
    placing: NDArray[Any],
    documents: list[Placed],
    frame: tuple[int, int],
    rng: np.random.Generator,
) -> NDArray[Any]:
    """Move the document over one side of the frame: at most 12 % of it, and no value."""
    quad = _through(placing, np.concatenate([_corners(one) for one in documents]))
    ink = np.concatenate([_through(placing @ _matrix(one), _value_points(one.canvas)) for one in documents])
    axis, far = int(rng.integers(0, 2)), bool(rng.integers(0, 2))
    edge = float(quad[:, axis].max() if far else quad[:, axis].min())
    nearest = float(ink[:, axis].max() if far else ink[:, axis].min())
    extent = float(quad[:, axis].max() - quad[:, axis].min())
    depth = min(abs(edge - nearest) * rng.uniform(0.4, 0.9), 0.12 * extent)
    move = np.eye(3)
    move[axis, 2] = frame[axis] - edge + depth if far else -edge - depth
    return np.asarray(move @ placing)


def _value_points(canvas: Canvas) -> Points:
    boxes = np.array(canvas.values, np.float32)
    return np.concatenate([boxes[:, [0, 1]], boxes[:, [2, 1]], boxes[:, [2, 3]], boxes[:, [0, 3]]])


def _ground(
    size: tuple[int, int], level: str, half: str, rng: np.random.Generator, *, on_car: bool
) -> NDArray[Any]:
    width, height = size
    if level == "L0":
        return np.full((height, width, 3), rng.uniform(225, 252), np.float32)
    if on_car:
        return scenes.car(width, height, rng)
    half_size = scenes.surface(str(rng.choice(scenes.KINDS[half])), width // 2, height // 2, rng)
    return np.asarray(cv2.resize(half_size, size), np.float32)


def _lay(picture: NDArray[Any], one: Placed, placing: NDArray[Any], level: str) -> NDArray[Any]:
    """Put one document on the picture, with round corners and a shadow."""
    height, width = picture.shape[:2]
    sheet: NDArray[Any] = np.asarray(one.canvas.image)[:, :, ::-1].astype(np.float32)
    h, w = sheet.shape[:2]
    mask: NDArray[Any] = np.zeros((h, w), np.float32)
    radius = one.canvas.corner * one.canvas.scale
    if radius:
        inner = round(radius)
        cv2.rectangle(mask, (inner, 0), (w - inner, h), 1.0, -1)
        cv2.rectangle(mask, (0, inner), (w, h - inner), 1.0, -1)
        for x in (inner, w - 1 - inner):
            for y in (inner, h - 1 - inner):
                cv2.circle(mask, (x, y), inner, 1.0, -1, cv2.LINE_AA)
    else:
        mask[:] = 1.0
    matrix = placing @ _matrix(one)
    # A sheet with more pixels than the picture has room for is averaged first, or thin strokes would break up.
    there = _through(matrix, np.array([[0, 0], [w, 0], [0, h]], np.float32))
    ratio = float(np.linalg.norm(there[1] - there[0])) / w
    if ratio < 1:
        shape = (max(1, round(w * ratio)), max(1, round(h * ratio)))
        matrix = matrix @ np.diag([w / shape[0], h / shape[1], 1.0])
        sheet = cv2.resize(sheet, shape, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(mask, shape, interpolation=cv2.INTER_AREA)
    edge = cv2.BORDER_REPLICATE
    sheet = cv2.warpPerspective(sheet, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=edge)
    mask = cv2.warpPerspective(mask, matrix, (width, height), flags=cv2.INTER_LINEAR)
    if level != "L0":
        shadow = cv2.GaussianBlur(np.roll(mask, (7, 5), (0, 1)), (0, 0), 5)
        picture = picture * (1 - 0.45 * shadow[:, :, None])
    return np.asarray(picture + (sheet - picture) * mask[:, :, None], np.float32)


def _finger(
    picture: NDArray[Any],
    documents: list[Placed],
    placing: NDArray[Any],
    rng: np.random.Generator,
) -> NDArray[Any]:
    """A thumb from outside over an edge of a document, clear of every value."""
    height, width = picture.shape[:2]
    taken = np.zeros((height, width), np.uint8)
    for one in documents:
        for box in one.canvas.values:
            left, top, right, bottom = box
            corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
            cv2.fillConvexPoly(taken, _through(placing @ _matrix(one), corners).astype(np.int32), 255)
    target = documents[int(rng.integers(0, len(documents)))]
    quad = _through(placing, _corners(target))
    middle = quad.mean(axis=0)
    side = float(np.linalg.norm(quad[1] - quad[0]))
    for attempt in range(40):
        edge = int(rng.integers(0, 4))
        on_edge = quad[edge] + (quad[(edge + 1) % 4] - quad[edge]) * rng.uniform(0.1, 0.9)
        inward = (middle - on_edge) / max(1.0, float(np.linalg.norm(middle - on_edge)))
        tip = on_edge + inward * side * rng.uniform(0.0, 0.09) * (0.95**attempt)
        away = tip - inward * max(width, height)
        thick = int(side * rng.uniform(0.11, 0.16))
        finger = np.zeros((height, width), np.uint8)
        cv2.line(finger, _pixel(tip), _pixel(away), 255, thick, cv2.LINE_AA)
        if not (finger & taken).any():
            soft = cv2.GaussianBlur(finger.astype(np.float32) / 255, (0, 0), 1.5)[:, :, None]
            depth = cv2.GaussianBlur(finger.astype(np.float32) / 255, (0, 0), thick / 5)[:, :, None]
            skin = np.array((128, 160, 214), np.float32) * (0.45 + 0.55 * depth)
            return np.asarray(picture * (1 - soft) + skin * soft, np.float32)
    return picture


def _pixel(point: Points) -> tuple[int, int]:
    return int(np.clip(point[0], -20000, 20000)), int(np.clip(point[1], -20000, 20000))


def _camera(picture: NDArray[Any], spec: Level, rng: np.random.Generator) -> NDArray[Any]:
    """Light, glare, lens, shake and sensor."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    slope = ((x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle)) * 2
    picture = picture * (rng.uniform(*spec.gain) * (1 + spec.uneven * slope))[:, :, None]
    if rng.random() < spec.glare:
        cx, cy = rng.uniform(0.25, 0.75) * width, rng.uniform(0.25, 0.75) * height
        a, b = rng.uniform(0.06, 0.16) * width, rng.uniform(0.04, 0.10) * width
        spot = np.exp(-(((x - cx) / a) ** 2) - ((y - cy) / b) ** 2) * rng.uniform(0.3, 0.62)
        picture = picture + (255 - picture) * spot[:, :, None]
    blur = rng.uniform(*spec.blur)
    if blur > 0.15:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    if spec.motion[1]:
        picture = _shaken(picture, rng.uniform(*spec.motion), rng.uniform(0, np.pi))
    tint = np.array([1 + rng.uniform(-0.04, 0.04), 1.0, 1 + rng.uniform(-0.04, 0.04)], np.float32)
    picture = picture * tint + rng.standard_normal(picture.shape, np.float32) * rng.uniform(*spec.noise)
    return np.asarray(picture.clip(0, 255), np.uint8)


def _shaken(picture: NDArray[Any], length: float, angle: float) -> NDArray[Any]:
    """Motion blur of `length` pixels."""
    reach = 9 * 8
    kernel = np.zeros((reach, reach), np.uint8)
    half = np.array([np.cos(angle), np.sin(angle)]) * length / 2 * 8
    middle = np.array([reach / 2, reach / 2])
    cv2.line(kernel, _pixel(middle - half), _pixel(middle + half), 255, 8)
    small = cv2.resize(kernel.astype(np.float32), (9, 9), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.filter2D(picture, -1, small / small.sum()), np.float32)
