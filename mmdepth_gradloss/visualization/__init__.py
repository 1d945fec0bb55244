"""Figures as RGB arrays, drawn without a display or global state."""
from .loss_curves import draw_loss_curves
from .panel import PanelOptions, draw_depth_panel

__all__ = ['PanelOptions', 'draw_depth_panel', 'draw_loss_curves']
