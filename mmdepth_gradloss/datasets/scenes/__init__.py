from .render import Scene, render
from .room import random_scene

__all__ = ['Scene', 'random_scene', 'render']
