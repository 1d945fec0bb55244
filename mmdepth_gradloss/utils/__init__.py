"""Glue to the stack that belongs to no layer."""
from .checkpoint import register_checkpoint_loader

__all__ = ['register_checkpoint_loader']
