"""Hooks, registered in MMEngine's ``HOOKS``."""
from .depth_visualization_hook import DepthVisualizationHook
from .gradient_loss_hook import GradientLossHook

__all__ = ['DepthVisualizationHook', 'GradientLossHook']
