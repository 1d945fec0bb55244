"""Warnings of this package, kept until the end of a run."""
from __future__ import annotations

import logging
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


class KeptWarnings(logging.Handler):
    """Keeps in ``messages`` each warning that this package logs, once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record's message."""
        message = record.getMessage()
        if (PACKAGE in Path(record.pathname).parents
                and message not in self.messages):
            self.messages.append(message)


def keep_warnings(logger: logging.Logger, *early: str | None) -> list[str]:
    """Keep what a run warns of: above thousands of lines nobody sees it.

    Args:
        logger: The run's logger.
        *early: Warnings from before there was a logger, which are logged now.

    Returns:
        List that grows with each new warning.
    """
    kept = KeptWarnings()
    logger.addHandler(kept)
    for message in filter(None, early):
        logger.warning(message)
    return kept.messages
