"""A grid of titled pictures with colour bars or legends below them."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import matplotlib
import numpy as np

from .figure import WIDTH, figure_to_rgb, new_figure

# Pixels of a figure that is WIDTH wide.
_MARGIN = 12
_GAP = 14
_HEADER = 44
_TITLE = 26
_FOOTER = 36
_BAR = 12

_FRAME_COLOR = (90, 90, 90)


@dataclass(frozen=True)
class ColorBar:
    colormap: str
    low: str
    high: str


@dataclass(frozen=True)
class Legend:
    """Colours, RGB 0 to 255, with labels."""
    entries: Sequence[tuple[tuple[int, int, int], str]]


@dataclass(frozen=True)
class Cell:
    """One picture, (H, W, 3) uint8 RGB, and the text around it."""
    title: str
    image: np.ndarray
    footer: ColorBar | Legend | None = None
    note: str = ''


def cell_width(columns: int, width: int = WIDTH) -> float:
    """Width of each of ``columns`` pictures in a row, in pixels."""
    unscaled = (WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) / columns
    return unscaled * width / WIDTH


def draw_grid(rows: Sequence[Sequence[Cell]], title: str, subtitle: str = '',
              width: int = WIDTH) -> np.ndarray:
    """Draw rows of pictures as one, ``width`` pixels wide, uint8 RGB. All rows
    have as many cells as the first, and all pictures the aspect ratio of the
    very first. ``title`` is at the top left, ``subtitle`` at the right."""
    image_height, image_width = rows[0][0].image.shape[:2]
    cell_w = cell_width(len(rows[0]))
    cell_h = cell_w * image_height / image_width
    row_h = _TITLE + cell_h + _FOOTER

    page = _Page(_HEADER + len(rows) * row_h, width)
    page.text(_MARGIN, _HEADER / 2, title, size=13, weight='bold')
    page.text(WIDTH - _MARGIN, _HEADER / 2, subtitle, size=12, ha='right')
    for i, row in enumerate(rows):
        top = _HEADER + i * row_h
        for j, cell in enumerate(row):
            left = _MARGIN + j * (cell_w + _GAP)
            _draw_cell(page, left, top, cell_w, cell_h, cell)
    return page.to_rgb()


class _Page:
    """Page with coordinates of a page ``WIDTH`` wide, from the top left.
    Pictures are pasted into an array and only text uses matplotlib, whose axes
    are ten times as slow as their pictures."""

    def __init__(self, height: float, width: int):
        self.height = height
        self.scale = width / WIDTH
        self.figure = new_figure(height, width)
        columns, lines = self.figure.canvas.get_width_height()
        self.pixels = np.full((lines, columns, 3), 255, np.uint8)

    def text(self, x: float, y: float, text: str, size: float,
             **kwargs) -> None:
        # A file name may contain dollar signs, which are not formulas.
        self.figure.text(x / WIDTH, 1 - y / self.height, text, size=size,
                         va='center_baseline', parse_math=False, **kwargs)

    def picture(self, x: float, y: float, w: float, h: float,
                image: np.ndarray) -> None:
        left, top, right, bottom = (
            round(self.scale * edge) for edge in (x, y, x + w, y + h))
        shrinks = right - left < image.shape[1]
        target = self.pixels[top:bottom, left:right]
        target[:] = cv2.resize(
            image, target.shape[1::-1],
            interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
        cv2.rectangle(self.pixels, (left - 1, top - 1), (right, bottom),
                      _FRAME_COLOR)

    def to_rgb(self) -> np.ndarray:
        self.figure.figimage(self.pixels)
        return figure_to_rgb(self.figure)


def _draw_cell(page: _Page, left: float, top: float, width: float,
               height: float, cell: Cell) -> None:
    page.text(left, top + _TITLE / 2, cell.title, size=11)
    top += _TITLE
    page.picture(left, top, width, height, cell.image)
    page.text(
        left + width / 2, top + height / 2, cell.note, size=11, ha='center')
    y = top + height + _BAR
    if isinstance(cell.footer, ColorBar):
        ramp = matplotlib.colormaps[cell.footer.colormap](
            np.linspace(0, 1, 256), bytes=True)[None, :, :3]
        label = 0.3 * width
        page.text(left, y, cell.footer.low, size=10)
        page.text(left + width, y, cell.footer.high, size=10, ha='right')
        page.picture(left + label, y - _BAR / 2, width - 2 * label, _BAR, ramp)
    elif isinstance(cell.footer, Legend):
        entries = cell.footer.entries
        for i, (color, text) in enumerate(entries):
            x = left + i * width / len(entries)
            swatch = np.full((1, 1, 3), color, np.uint8)
            page.picture(x + 1, y - _BAR / 2, _BAR, _BAR, swatch)
            page.text(x + _BAR + 8, y, text, size=10)
