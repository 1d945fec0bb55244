"""The command that predicts."""
import cv2
import numpy as np
import pytest
import torch
from fake_sets import rooms
from mmengine.registry import MODELS

from mmdepth_gradloss.cli import predict
from mmdepth_gradloss.inference import DepthInferencer
from mmdepth_gradloss.runner import read_config

CONFIG = 'unet-small_rooms-192x128_recommended'


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / 'photos'
    folder.mkdir()
    for number, size in enumerate(((48, 64), (70, 40))):
        (image, _), = rooms(1, size, seed=number)
        cv2.imwrite(str(folder / f'{number}.png'), image)
    return folder


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    model = MODELS.build(read_config(CONFIG, {}).model)
    path = tmp_path_factory.mktemp('run') / 'iter_1.pth'
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


@pytest.fixture
def out(tmp_path):
    return tmp_path / 'out'


@pytest.fixture
def command(checkpoint, photos, out, capsys):
    """Function that runs the command and returns its exit code and lines."""

    def run(*options, checkpoint=checkpoint):
        code = predict.main([
            CONFIG, str(checkpoint), str(photos), '--out-dir', str(out),
            '--device', 'cpu', *options])
        return code, capsys.readouterr().out.splitlines()

    return run


def depth(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_folder_is_predicted_and_places_are_told(
        command, checkpoint, photos, out):
    code, lines = command()
    assert code is None
    results = DepthInferencer(CONFIG, checkpoint, 'cpu')(photos)
    maps = [x['depth'] for x in results['predictions']]
    for number, expected in enumerate(maps):
        np.testing.assert_allclose(
            depth(out / 'depth' / f'{number}.png'), 1000 * expected,
            rtol=0, atol=0.501)
        assert (out / 'vis' / f'{number}.png').is_file()
    low, high = min(x.min() for x in maps), max(x.max() for x in maps)
    start = next(i for i, x in enumerate(lines) if x.startswith('images'))
    assert lines[start].startswith('images       2 of 2 predicted, ')
    assert lines[start + 1:start + 4] == [
        f'depth files  {out}/depth (16-bit PNG, metres = stored value / 1000, '
        '0 = no depth)',
        f'pictures     {out}/vis',
        f'range        {low:.2f} to {high:.2f} m (depth)',
    ]


def test_options_reach_the_inferencer(command, out, monkeypatch):
    batches = []
    forward = DepthInferencer.forward

    def noted(self, data):
        batches.append([tuple(x.shape) for x in data['inputs']])
        return forward(self, data)

    monkeypatch.setattr(DepthInferencer, 'forward', noted)
    _, lines = command(
        '--batch-size', '2', '--depth-scale', '256', '--cfg-options',
        'test_dataloader.dataset.size=(64,96)',
        'model.decode_head.min_depth=2.0')
    assert batches == [[(3, 64, 96)] * 2]
    assert 'stored value / 256' in '\n'.join(lines)
    assert depth(out / 'depth' / '0.png').min() >= 2 * 256

    _, lines = command('--format', 'npz')
    assert batches[1:] == [[(3, 128, 192)]] * 2
    assert "(float32, array 'depth')" in '\n'.join(lines)
    stored = np.load(out / 'depth' / '0.npz')['depth']
    assert stored.shape == (48, 64) and stored.min() < 2


def test_unreadable_images_end_it_with_an_error(command, photos, out):
    broken = photos / '0.png'
    broken.write_bytes(b'no image')
    code, lines = command()
    assert code == 1 and len(list((out / 'depth').iterdir())) == 1
    assert 'images       1 of 2 predicted' in '\n'.join(lines)
    assert lines[-1].startswith(
        f'unreadable   cannot decode image {broken}: 8 bytes')


def test_nothing_but_unreadable_images(command, photos, out):
    for path in photos.iterdir():
        path.write_bytes(b'no image')
    code, lines = command()
    assert code == 1 and not out.exists()
    output = '\n'.join(lines)
    assert 'images       0 of 2 predicted' in output
    assert 'depth files' not in output and 'range' not in output


def test_no_checkpoint_no_prediction(command, out, capsys):
    with pytest.raises(FileNotFoundError, match='nowhere.pth'):
        command(checkpoint='nowhere.pth')
    with pytest.raises(ValueError, match='random weights'):
        command(checkpoint='pretrained')
    assert not out.exists()
    with pytest.raises(SystemExit):
        predict.main([CONFIG, 'iter_1.pth', 'photos'])
    assert '--out-dir' in capsys.readouterr().err


def test_pretrained_stands_for_the_config_s_weights(command, checkpoint, out):
    _, lines = command('--depth-scale', '1e6', '--cfg-options',
                       f'load_from={checkpoint}', checkpoint='pretrained')
    assert (out / 'depth' / '0.png').is_file()
    # warnings are repeated at the end
    assert lines[-1].startswith(
        'warning      100 % of the pixels are farther than the 0.065535 m')
