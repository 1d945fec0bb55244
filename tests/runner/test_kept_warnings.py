"""Warnings that are repeated at the end of a run."""
import logging

import pytest

from mmdepth_gradloss.evaluation import DepthErrorMetric
from mmdepth_gradloss.runner import keep_warnings
from mmdepth_gradloss.runner.kept_warnings import PACKAGE


@pytest.fixture
def logger():
    return logging.Logger('run')


def test_warnings_of_the_package_are_kept_once(logger):
    kept = keep_warnings(logger)
    ours = f'{PACKAGE}/hooks/gradient_loss_hook.py'
    for message, level, path in (
            *((message, logging.WARNING, ours)
              for message in ('first', 'second', 'first')),
            ('no warning', logging.INFO, ours),
            ('of MMEngine', logging.WARNING, '/site-packages/mmengine/a.py'),
            ('of a neighbour', logging.WARNING, f'{PACKAGE}_extra/hook.py')):
        logger.handle(
            logger.makeRecord('run', level, path, 1, message, (), None))
    assert kept == ['first', 'second']


def test_early_warnings_are_logged_and_kept(logger):
    seen = []
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.getMessage())
    logger.addHandler(handler)
    assert keep_warnings(logger, None, 'early') == ['early']
    assert seen == ['early']


def test_code_of_the_package_is_recognised(monkeypatch, logger):
    monkeypatch.setattr('mmengine.logging.MMLogger.get_current_instance',
                        lambda: logger)
    kept = keep_warnings(logger)
    DepthErrorMetric()._warn([('3.png', )], [1, 2], 'no valid pixel')
    assert kept == ['DepthErrorMetric: no valid pixel in 1 of 2 images, the '
                    'first of them 3.png']
