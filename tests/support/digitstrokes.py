"""The ten digits as strokes of a pen: lines through points in parts of the field's sides."""

import itertools
import math


def arc(x, y, rx, ry, start, end, count=24):
    """Points on an ellipse, angles in degrees, clockwise from the right."""
    angles = [math.radians(start + (end - start) * i / (count - 1)) for i in range(count)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def through(*corners, count=12):
    """Points on the way from corner to corner."""
    found = [corners[0]]
    for (a, b), (c, d) in itertools.pairwise(corners):
        found += [(a + (c - a) * i / count, b + (d - b) * i / count) for i in range(1, count + 1)]
    return found


STROKES = {
    0: [arc(0.5, 0.5, 0.2, 0.3, -90, 270)],
    1: [through((0.42, 0.28), (0.52, 0.18), (0.5, 0.82))],
    2: [arc(0.5, 0.36, 0.18, 0.16, -170, 30) + through((0.66, 0.44), (0.32, 0.8), (0.7, 0.8))],
    3: [arc(0.47, 0.35, 0.18, 0.15, -150, 80) + arc(0.47, 0.65, 0.2, 0.16, -80, 150)],
    4: [through((0.4, 0.2), (0.3, 0.52), (0.7, 0.52)), through((0.62, 0.25), (0.58, 0.85))],
    5: [through((0.7, 0.2), (0.4, 0.2), (0.36, 0.46)) + arc(0.48, 0.63, 0.2, 0.18, -130, 150)],
    6: [through((0.62, 0.18), (0.45, 0.35), (0.36, 0.6)) + arc(0.5, 0.65, 0.15, 0.16, 180, 540)],
    7: [through((0.32, 0.22), (0.68, 0.22), (0.44, 0.82))],
    8: [arc(0.5, 0.35, 0.14, 0.15, 90, -270) + arc(0.5, 0.66, 0.17, 0.16, -90, 270)],
    9: [arc(0.5, 0.36, 0.15, 0.16, 0, -360) + through((0.65, 0.36), (0.62, 0.6), (0.56, 0.82))],
}
