"""Report of a sweep: what the gradient loss does, in words and pictures."""
from .write_report import write_report

__all__ = ['write_report']
