"""The hook that logs and schedules gradient losses."""
from .gradient_loss_hook import GradientLossHook

__all__ = ['GradientLossHook']
