"""Report of a sweep: the effect of the gradient loss, in words and
pictures."""
from .write_report import write_report

__all__ = ['write_report']
