"""Matplotlib figures without a display or pyplot."""
from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

WIDTH = 1400
"""Pixels. Figures are laid out for this width, at which fonts are easy to
read; other widths scale the whole figure."""

_DPI = 100


def new_figure(height: float, width: int = WIDTH,
               share: float = 1.0) -> Figure:
    """Blank figure on an Agg canvas.

    pyplot is avoided: it keeps every figure alive, and may choose a backend
    that needs a display. ``height`` is in pixels of a page that is ``WIDTH``
    wide, ``width`` that of the drawn page, ``share`` the figure's part of it.
    """
    figure = Figure(
        figsize=(share * WIDTH / _DPI, height / _DPI),
        dpi=_DPI * width / WIDTH)
    FigureCanvasAgg(figure)
    return figure


def figure_to_rgb(figure: Figure) -> np.ndarray:
    """Draw a figure of :func:`new_figure` as (H, W, 3) uint8, then clear
    it."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    rgb = np.array(canvas.buffer_rgba())[..., :3].copy()
    # Artists and figure reference each other; clearing frees the memory
    # without the garbage collector.
    figure.clear()
    return rgb
