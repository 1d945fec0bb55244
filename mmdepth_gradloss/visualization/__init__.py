"""Pictures of depth maps and curves, and the hook that draws them."""
from .depth_visualization_hook import DepthVisualizationHook
from .loss_curves import draw_loss_curves
from .panel import PanelOptions, draw_depth_panel

__all__ = [
    'DepthVisualizationHook', 'PanelOptions', 'draw_depth_panel',
    'draw_loss_curves'
]
