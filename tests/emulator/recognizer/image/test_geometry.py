"""The quad algebra: sides, growing, parts, reading order, and the way back from a turned picture."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cloudbase_ocr.recognizer.image.geometry import (
    Quad,
    along,
    bounds,
    box,
    centre,
    down,
    grown,
    height,
    in_reading_order,
    lengthened,
    projected,
    sides,
    stretch,
    transformed,
    turned_back,
    unit,
    units,
    width,
)

ANGLE = 0.3
TURN = np.array([[math.cos(ANGLE), -math.sin(ANGLE), 40], [math.sin(ANGLE), math.cos(ANGLE), 7]])
SLANTING = transformed(box(0, 0, 200, 20), TURN)


def test_a_slanting_box_has_the_sizes_of_the_level_one() -> None:
    assert sides(SLANTING) == pytest.approx((200, 20, 200, 20))
    assert (width(SLANTING), height(SLANTING)) == pytest.approx((200, 20))
    assert along(SLANTING) == pytest.approx([200 * math.cos(ANGLE), 200 * math.sin(ANGLE)])
    assert down(np.stack([SLANTING]))[0] == pytest.approx([-20 * math.sin(ANGLE), 20 * math.cos(ANGLE)])


def test_a_tapering_quad_has_the_mean_of_its_sides() -> None:
    quad: Quad = np.array([[0, 0], [100, 0], [100, 30], [0, 10]], float)
    assert height(quad) == 20
    assert width(quad) == pytest.approx((100 + math.hypot(100, 20)) / 2)
    low, high = bounds(quad)
    assert (low.tolist(), high.tolist(), centre(quad).tolist()) == ([0, 0], [100, 30], [50, 10])


def test_growing_moves_every_side_and_lengthening_the_right_one() -> None:
    level = box(10, 10, 210, 30)
    assert grown(level, 0.5) == pytest.approx(box(0, 0, 220, 40))
    assert lengthened(level, 0.5) == pytest.approx(box(10, 10, 220, 30))
    assert grown(transformed(level, TURN), -0.1) == pytest.approx(transformed(box(12, 12, 208, 28), TURN))
    assert stretch(level, 0.25, 0.5) == pytest.approx(box(60, 10, 110, 30))


def test_what_has_no_length_has_no_direction() -> None:
    assert unit(np.array([3.0, 4.0])) == pytest.approx([0.6, 0.8])
    assert unit(np.zeros(2)).tolist() == [0, 0]
    assert units(np.array([[3.0, 4.0], [0.0, 0.0]])) == pytest.approx(np.array([[0.6, 0.8], [0, 0]]))
    point: Quad = np.zeros((4, 2))
    assert grown(point, 0.5).tolist() == point.tolist()


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (2, 3, 0, 1), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_corners_in_any_order_are_put_in_reading_order(order: tuple[int, ...]) -> None:
    assert in_reading_order(SLANTING[list(order)]).tolist() == SLANTING.tolist()


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_quad_of_a_turned_picture_is_found_in_the_original(turns: int) -> None:
    mask = np.zeros((50, 80), np.uint8)
    mask[10:20, 30:60] = 1
    turned = np.rot90(mask, -turns)
    rows, columns = np.nonzero(turned)
    place = box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    low, high = bounds(turned_back(place, turns, 80, 50))
    assert (low.tolist(), high.tolist()) == ([30, 10], [60, 20])


def test_a_homography_and_its_inverse_undo_each_other() -> None:
    matrix = np.array([[1.1, 0.1, 5], [0.02, 0.9, 7], [0.0003, 0.0002, 1]])
    assert projected(projected(SLANTING, matrix), np.linalg.inv(matrix)) == pytest.approx(SLANTING)
