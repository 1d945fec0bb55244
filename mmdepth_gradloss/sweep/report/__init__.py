"""Report of a sweep: what the gradient loss does, in words and pictures."""
from .content import ReportOptions
from .write_report import write_report

__all__ = ['ReportOptions', 'write_report']
