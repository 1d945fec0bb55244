"""Which scalars are drawn as losses."""
import numpy as np

from mmdepth_gradloss.visualization.loss_curves import select_losses


def test_losses_and_components():
    total = np.arange(3.0)
    histories = dict(
        loss=total, loss_depth=total / 2, loss_empty=np.empty(0),
        ssi_component=total / 4, gradient_weight=total)
    assert list(select_losses(histories)) == [
        'loss', 'loss_depth', 'ssi_component']


def test_single_loss_is_not_drawn_twice():
    total = np.array([1.0, np.nan, 2.0])
    histories = dict(loss=total, loss_ssi_silog=total[:], loss_late=total[1:])
    assert list(select_losses(histories)) == ['loss', 'loss_late']
