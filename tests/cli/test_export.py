"""Export of a checkpoint to a folder that transformers reads."""
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS
from mmengine.runner import save_checkpoint

from mmdepth_gradloss.cli import export as export_command
from mmdepth_gradloss.config.config_scope import CONFIG_DIR
from mmdepth_gradloss.models import HFDepthEstimator

transformers = pytest.importorskip('transformers')
pytest.importorskip('PIL')

CONFIG = (CONFIG_DIR / 'huggingface' /
          'depth-anything-v2-tiny-random_nyu_baseline.py')


@pytest.fixture
def checkpoint(tmp_path):
    model = MODELS.build(Config.fromfile(CONFIG).model).eval()
    path = tmp_path / 'iter_1.pth'
    save_checkpoint(
        dict(state_dict=model.state_dict(), meta=dict()), str(path))
    return model, path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / 'exported' / 'model'


def export(*arguments):
    export_command.main([str(x) for x in arguments])


@pytest.mark.parametrize('exists', [True, False])
def test_weights_of_the_checkpoint_are_exported(folder, checkpoint, exists):
    model, path = checkpoint
    if exists:
        folder.mkdir(parents=True)
    export(CONFIG, path, folder)
    assert [x.name for x in folder.parent.iterdir()] == ['model']
    inputs = torch.randn(1, 3, 84, 112)
    exported = transformers.AutoModelForDepthEstimation.from_pretrained(folder)
    with torch.no_grad():
        torch.testing.assert_close(
            exported.eval()(inputs).predicted_depth[:, None], model(inputs),
            rtol=0, atol=1e-6)


def test_folder_with_something_in_it_is_left_alone(
        tmp_path, checkpoint, capsys):
    with pytest.raises(SystemExit):
        export(CONFIG, checkpoint[1], tmp_path)
    assert 'is not an empty folder' in capsys.readouterr().err
    assert [x.name for x in tmp_path.iterdir()] == ['iter_1.pth']


def test_failing_export_leaves_nothing(folder, checkpoint, monkeypatch):

    def fail(self, folder):
        folder.mkdir()
        (folder / 'config.json').write_text('{')
        raise OSError('disk full')

    monkeypatch.setattr(HFDepthEstimator, 'save_pretrained', fail)
    with pytest.raises(OSError, match='disk full'):
        export(CONFIG, checkpoint[1], folder)
    assert not any(folder.parent.iterdir())


def test_what_cannot_be_exported_is_refused(folder, checkpoint):
    with pytest.raises(SystemExit, match='MonoDepthEstimator, not HFDepth'):
        export(CONFIG_DIR / 'unet' / 'unet-small_rooms-192x128_baseline.py',
               checkpoint[1], folder)
    # an entry of the config is overridden
    with pytest.raises(ValueError, match='no_model'):
        export(CONFIG, 'iter_1.pth', folder, '--cfg-options',
               'model.config.model_type=no_model')


@pytest.mark.parametrize('option', [
    '--work-dir=runs', '--launcher=none', '--local_rank=0'])
def test_options_of_a_run_are_not_offered(folder, capsys, option):
    with pytest.raises(SystemExit):
        export(CONFIG, 'iter_1.pth', folder, option)
    assert f'unrecognized arguments: {option}' in capsys.readouterr().err
