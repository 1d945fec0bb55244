from __future__ import annotations

import logging
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


class KeptWarnings(logging.Handler):
    """Collects each warning that this package logs in ``messages``, once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if (PACKAGE in Path(record.pathname).parents
                and message not in self.messages):
            self.messages.append(message)


def keep_warnings(logger: logging.Logger, *early: str | None) -> list[str]:
    """List that collects all warnings of a run, to repeat them at its end.
    ``early`` warnings, from before there was a logger, are logged now."""
    kept = KeptWarnings()
    logger.addHandler(kept)
    for message in filter(None, early):
        logger.warning(message)
    return kept.messages
