"""Prediction of depth for images without ground truth."""
import shutil

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from fake_sets import build
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import CheckpointLoader
from untrained import SIZES, read_config

from mmdepth_gradloss.config.config_scope import find_config
from mmdepth_gradloss.datasets import FolderDepthDataset
from mmdepth_gradloss.inference import DepthInferencer

UNET = 'unet-small_folder-192x128_baseline'
ROOMS = 'unet-small_rooms-192x128_recommended'
RGBD = 'resnet-san18-rgbd_ncdb-distance_dual-head_640x384_baseline'
MMSEG = 'vpd-head_mit-tiny_1xb4-400_nyu-160x224'
HF = 'depth-anything-v2-tiny-random_nyu_baseline'
SMALL_SAN = {'model.backbone.base_channels': 16,
             'test_dataloader.dataset.pipeline.2.scale': (96, 64)}


def inferencer(cfg, weights, **options):
    return DepthInferencer(cfg, weights, 'cpu', show_progress=False, **options)


def depths(results):
    return [x['depth'] for x in results['predictions']]


def image_paths(results):
    return [x['img_path'] for x in results['predictions']]


@pytest.fixture
def unet(checkpoint):
    return inferencer(*checkpoint(UNET)[::2])


@pytest.fixture
def copied(photos, tmp_path):
    """Photos that tests may modify."""
    return shutil.copytree(photos, tmp_path / 'photos')


@pytest.mark.parametrize('name, options, quantity', [
    (ROOMS, {}, 'depth'), (UNET, {}, 'depth'),
    ('unet-tiny_rooms-96x64_dense', {}, 'depth'),
    ('resnet-san18_ncdb-distance_dual-head_640x384_baseline', SMALL_SAN,
     'distance'),
    (RGBD, {**SMALL_SAN, 'model.use_sparse_input': False}, 'distance'),
    (MMSEG, {}, 'depth'), (HF, {}, 'depth'),
    ('dpt-tiny-random_nyu_baseline', {}, 'relative_inverse_depth'),
])
def test_every_family_predicts_at_the_size_of_the_photos(
        checkpoint, photos, tmp_path, name, options, quantity):
    if 'tiny' in name and 'nyu' in name:
        pytest.importorskip('mmseg' if name == MMSEG else 'transformers')
    infer = inferencer(*checkpoint(name, options)[::2])
    one_by_one, batched = (infer(photos, batch_size=x) for x in (1, 3))
    for results in (one_by_one, batched):
        assert [x.shape for x in depths(results)] == list(SIZES.values())
    for single, other, entry in zip(
            depths(one_by_one), depths(batched), one_by_one['predictions']):
        assert single.dtype == np.float32 and single.min() >= 0
        assert np.ptp(single) > 0.001 * single.max()  # not a constant
        np.testing.assert_allclose(single, other, rtol=1e-4, atol=1e-5)
        assert entry['quantity'] == quantity
        assert entry['range'] == (single.min(), single.max())
    written = infer(photos, out_dir=tmp_path / 'out')['predictions']
    assert all(x['depth_path'].startswith(str(tmp_path / 'out' / quantity))
               for x in written)


def expected_depth(cfg, model, image):
    """Prediction of the network, step by step, at the size of the image."""
    resized = cv2.resize(image, (192, 128), interpolation=cv2.INTER_LINEAR)
    rgb = torch.from_numpy(resized[..., ::-1].copy()).permute(2, 0, 1).float()
    mean, std = (torch.tensor(cfg.model.data_preprocessor[x])[:, None, None]
                 for x in ('mean', 'std'))
    with torch.no_grad():
        depth = model(((rgb - mean) / std)[None])
    depth = F.interpolate(
        depth, image.shape[:2], mode='bilinear', align_corners=False)
    return depth[0, 0].numpy()


@pytest.mark.parametrize('name', [UNET, ROOMS])
def test_written_depth_is_the_network_s(checkpoint, copied, tmp_path, name):
    cfg, model, path = checkpoint(name)
    inferencer(cfg, path)(copied, batch_size=2, out_dir=tmp_path / 'out')
    dataset = build(
        FolderDepthDataset, tmp_path, img_suffix='.png',
        data_prefix=dict(img_path='photos', depth_map_path='out/depth'))
    assert len(dataset) == len(SIZES)
    for item in dataset:
        np.testing.assert_allclose(
            item['gt_depth_map'], expected_depth(cfg, model, item['img']),
            rtol=0, atol=5.1e-4)


def test_arrays_are_predicted_as_files_are(unet, photos, tmp_path):
    paths = [photos / 'c.png', photos / 'a.png']
    arrays = [cv2.imread(str(path)) for path in paths]
    from_files = unet(paths)
    assert image_paths(from_files) == list(map(str, paths))
    for image, depth in zip(arrays, depths(from_files)):
        result, = unet(image)['predictions']
        assert result['img_path'] is None
        np.testing.assert_array_equal(result['depth'], depth)
    # arrays of several calls get separate files
    for images in (arrays, arrays[0]):
        unet(images, out_dir=tmp_path)
    assert sorted(x.stem for x in (tmp_path / 'depth').iterdir()) == [
        '000002', '000003', '000004']


def test_sub_folders_are_kept(unet, photos, tmp_path):
    for folder in ('hall', 'room'):
        shutil.copytree(photos, tmp_path / 'photos' / folder)
    out = tmp_path / 'out'
    entry = unet(tmp_path / 'photos', out_dir=out)['predictions'][-1]
    assert entry['depth_path'] == str(out / 'depth' / 'room' / 'd.png')
    assert entry['vis_path'] == str(out / 'vis' / 'room' / 'd.png')
    for folder in ('depth', 'vis'):
        assert len(list((out / folder).rglob('*.png'))) == 2 * len(SIZES)
    with pytest.raises(ValueError, match='would both be written as a;'):
        unet([tmp_path / 'photos' / x for x in ('hall', 'room')], out_dir=out)
    # allowed if nothing is written
    assert len(unet([photos / 'a.png'] * 2)['predictions']) == 2


def test_pictures_are_written_and_handed_out(unet, photos, tmp_path):
    results = unet([photos / 'a.png', photos / 'c.png'], out_dir=tmp_path,
                   return_vis=True)
    first, second = results['visualization']
    assert first.shape[1] == second.shape[1] and second.shape[0] > 1000
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(
        cv2.imread(results['predictions'][0]['vis_path'])[..., ::-1], first)
    assert unet(photos / 'a.png')['visualization'] == []


def test_unreadable_images_are_named_and_others_written(
        unet, copied, tmp_path, logged):
    whole = (copied / 'c.png').read_bytes()
    (copied / 'b.png').write_bytes(b'no image')
    (copied / 'e.png').write_bytes(whole[:len(whole) // 2])
    with pytest.raises(ValueError, match='cannot decode image .*b.png'):
        unet(copied)
    results = unet(copied, batch_size=2, out_dir=tmp_path / 'out')
    assert [x[-5:] for x in image_paths(results)] == [
        'a.png', 'c.png', 'd.png']
    first, second = results['unreadable']
    assert 'b.png' in first and 'e.png' in second
    assert len(list((tmp_path / 'out').rglob('*.png'))) == 6
    assert logged == [first, second]


def test_depth_beyond_the_scale_is_warned_of(unet, photos, tmp_path, logged):
    results = unet(photos, out_dir=tmp_path, depth_scale=100000)
    assert results['contents'].startswith('16-bit PNG, metres = stored value '
                                          '/ 100000')
    assert '100 % of the pixels are farther' in results['warnings'][0]
    assert logged == results['warnings']


@pytest.mark.parametrize('arguments, message', [
    (dict(batch_size=0), 'batch_size must be at least 1, got 0'),
    (dict(depth_format='png'), 'set out_dir too'),
    (dict(depth_scale=256.0), 'set out_dir too'),
])
def test_arguments_of_a_call_are_checked(unet, photos, arguments, message):
    with pytest.raises(ValueError, match=message):
        unet(photos, **arguments)


def test_batches_hold_images_of_one_size_in_order(unet, checkpoint, photos):
    pytest.importorskip('transformers')
    hf = inferencer(*checkpoint(HF)[::2])
    for infer, sizes in ((unet, [2, 2]), (hf, [2, 1, 1])):
        batches = []
        infer.model.register_forward_pre_hook(
            lambda model, args, kwargs: batches.append(len(kwargs['inputs'])),
            with_kwargs=True)
        results = infer(photos, batch_size=2)
        assert batches == sizes
        assert [x[-5] for x in image_paths(results)] == list(SIZES)


def test_model_by_name_by_file_and_by_config(checkpoint, photos):
    cfg, _, path = checkpoint(UNET)
    # requires the package's own checkpoint loader
    schemes = dict(CheckpointLoader._schemes)
    for model in (UNET, find_config(UNET), cfg):
        before = cfg.pretty_text
        depth, = depths(inferencer(model, str(path))(photos / 'a.png'))
        assert depth.shape == SIZES['a'] and cfg.pretty_text == before
    assert CheckpointLoader._schemes == schemes


def test_unknown_names_are_refused():
    with pytest.raises(FileNotFoundError, match=f'did you mean .*{UNET}'):
        DepthInferencer(UNET + 's', 'iter_1.pth')
    with pytest.raises(TypeError, match='got int'):
        DepthInferencer(3)


def test_random_weights_are_refused(checkpoint, photos):
    cfg, _, path = checkpoint(UNET)
    with pytest.raises(ValueError, match='MonoDepthEstimator would predict '
                       'with random weights'):
        inferencer(cfg, None)
    cfg.load_from = str(path)
    assert depths(inferencer(cfg, None)(photos / 'a.png'))


def test_pretrained_models_bring_their_weights(checkpoint, photos, tmp_path):
    pytest.importorskip('transformers')
    cfg, model, path = checkpoint(HF)
    with pytest.raises(ValueError, match='random weights'):
        inferencer(cfg, None)
    expected = depths(inferencer(cfg, path)(photos))
    model.save_pretrained(tmp_path / 'hub')
    cfg.model = dict(
        type='HFDepthEstimator', pretrained=str(tmp_path / 'hub'),
        loss=cfg.model.loss)
    for one, other in zip(depths(inferencer(cfg, None)(photos)), expected):
        np.testing.assert_allclose(one, other, rtol=1e-4)


def test_weights_of_another_network(checkpoint, photos, logged):
    _, _, path = checkpoint('unet-tiny_rooms-96x64_dense')
    with pytest.raises(ValueError, match='iter_1.pth'):
        inferencer(UNET, path)
    # a gradient term has no weights
    _, _, path = checkpoint('unet-small_folder-192x128_recommended')
    assert depths(inferencer(UNET, path)(photos / 'a.png'))
    assert logged == []
    file = torch.load(path, weights_only=False)
    file['state_dict'].update(dict.fromkeys(
        ('neck.weight', 'neck.bias'), torch.zeros(1)))
    torch.save(file, path)
    inferencer(UNET, path)
    assert logged == [
        f'{path} holds 2 weights that MonoDepthEstimator does not have, such '
        'as neck.bias; is it for another network?']


def test_sparse_depth_is_missed(checkpoint):
    with pytest.raises(ValueError, match='model.use_sparse_input=False'):
        inferencer(*checkpoint(RGBD, SMALL_SAN)[::2])


def test_preprocessor_of_the_runner_is_that_of_the_model(checkpoint, photos):
    cfg, _, path = checkpoint(UNET)
    expected, = depths(inferencer(cfg, path)(photos / 'a.png'))
    cfg.data_preprocessor = cfg.model.pop('data_preprocessor')
    depth, = depths(inferencer(cfg, path)(photos / 'a.png'))
    np.testing.assert_array_equal(depth, expected)


def current_scope():
    return getattr(DefaultScope.get_current_instance(), 'scope_name', None)


def test_names_of_the_config_s_scope_are_found(checkpoint, photos):
    """As in mmsegmentation's own configs, whose types have no scope prefix."""
    pytest.importorskip('mmseg')
    text = read_config(MMSEG).pretty_text
    cfg = Config.fromstring(text.replace("'mmseg.", "'"), '.py')
    cfg.default_scope = 'mmseg'
    before = current_scope()
    infer = inferencer(*checkpoint(cfg)[::2])
    depth, = depths(infer(photos / 'a.png'))
    assert depth.shape == SIZES['a']
    assert current_scope() == before


@pytest.mark.parametrize('show', [True, False])
def test_progress_is_shown(checkpoint, photos, capfd, show):
    cfg, _, path = checkpoint(UNET)
    DepthInferencer(cfg, path, 'cpu', show)(photos / 'a.png')
    assert ('Inference' in ''.join(capfd.readouterr())) == show


def test_models_without_a_depth_map_are_named(unet, photos):
    unet.model.forward = lambda inputs, data_samples, mode: data_samples
    with pytest.raises(ValueError, match='have no pred_depth_map'):
        unet(photos)
