"""The preprocessing against the image processors of transformers."""
import json

import numpy as np
import pytest
import torch
from hf_networks import IMAGE_PROCESSORS, IMAGENET
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement

pytest.importorskip('transformers')
pytest.importorskip('PIL')

SIZES = [(61, 83), (84, 112), (96, 64), (131, 97)]
DEPTH_ANYTHING = IMAGE_PROCESSORS['depth_anything_relative']
DPT = IMAGE_PROCESSORS['dpt']


def build(image_processor=None, **arguments):
    return MODELS.build(
        dict(type='HFDepthPreprocessor', image_processor=image_processor,
             **arguments))


def compared(image_processor, height, width):
    """Our output, theirs, and the standard deviation of the normalization."""
    preprocessor = build(image_processor)
    # coarse patches with fine noise, partly clipped
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0, 255, (8, 8, 3)).repeat(20, 0).repeat(20, 1)
    image = coarse[:height, :width] + rng.normal(0, 30, (height, width, 3))
    image = image.clip(0, 255).astype(np.uint8)
    bgr = torch.tensor(image[..., ::-1].copy()).permute(2, 0, 1)
    theirs = preprocessor.image_processor(images=image, return_tensors='pt')
    return (preprocessor(dict(inputs=[bgr]))['inputs'][0],
            theirs['pixel_values'][0].float(), preprocessor.std)


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('name', ['depth_anything_relative', 'dpt', 'glpn'])
def test_is_the_image_processor_within_a_level_of_255(name, size):
    ours, theirs, std = compared(IMAGE_PROCESSORS[name], *size)
    assert ours.shape == theirs.shape
    levels = (ours - theirs).abs() * (std if name != 'glpn' else 1) * 255
    # Pillow rounds its weights to integers
    assert levels.max() < 2.01 and levels.mean() < 0.3


@pytest.mark.parametrize('processor,size', [
    *((IMAGE_PROCESSORS['zoedepth'], size) for size in SIZES),
    # unchanged sizes
    (IMAGE_PROCESSORS['zoedepth'], (64, 96)),
    (DEPTH_ANYTHING, (56, 70)),
    (DPT, (64, 64)),
    (IMAGE_PROCESSORS['glpn'], (32, 96)),
    (dict(DPT, do_resize=False), (64, 80)),
    (dict(DPT, do_rescale=False), (64, 64)),
    (dict(DPT, do_normalize=False), (64, 64)),
])
def test_is_the_image_processor_to_the_last_digits(processor, size):
    ours, theirs, _ = compared(processor, *size)
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-5)


def test_rgb_images_stay_as_they_are():
    image = torch.randint(0, 256, (3, 64, 64))
    rgb = build(DPT, bgr_to_rgb=False)(dict(inputs=[image]))['inputs']
    bgr = build(DPT)(dict(inputs=[image.flip(0)]))['inputs']
    assert torch.equal(rgb, bgr)


def test_batch_of_several_sizes_is_padded_and_says_where():
    data = dict(
        inputs=[torch.full((3, *size), 200) for size in ((56, 84), (84, 56))],
        data_samples=[BaseDataElement() for _ in range(2)])
    preprocessor = build(DEPTH_ANYTHING)
    out = preprocessor(data)
    assert out['inputs'].shape == (2, 3, 84, 84)
    assert out['inputs'].dtype == torch.float32
    shapes = [x.network_shape for x in out['data_samples']]
    assert shapes == [(56, 84), (84, 56)]
    assert not out['inputs'][0, :, 56:].any()
    assert out['inputs'][0, :, :56].all()
    # a tensor works like a list
    first = torch.stack(data['inputs'][:1])
    assert torch.equal(
        preprocessor(dict(inputs=first))['inputs'],
        out['inputs'][:1, :, :56])


def test_reads_the_file_of_a_model_and_overrides_it(tmp_path):
    # like old files: no rescaling entry, one number for the size
    (tmp_path / 'preprocessor_config.json').write_text(
        json.dumps(
            dict(feature_extractor_type='DPTFeatureExtractor', size=384,
                 resample=2, **IMAGENET)))
    images = dict(inputs=[torch.full((3, 20, 30), 255.0)])
    preprocessor = build(pretrained=str(tmp_path))
    out = preprocessor(images)['inputs']
    assert out.shape == (1, 3, 384, 384) and out.max() < 3  # rescaled
    smaller = build(
        dict(size=dict(height=96, width=64)), pretrained=str(tmp_path))
    assert smaller(images)['inputs'].shape == (1, 3, 96, 64)
    assert smaller.mean.flatten().tolist() == pytest.approx(
        IMAGENET['image_mean'])


@pytest.mark.parametrize('image_processor,message', [
    (None, 'set pretrained, or image_processor'),
    (dict(image_processor_type='CLIPImageProcessor'),
     "'CLIPImageProcessor'; known: DPTImageProcessor"),
    (dict(DPT, do_pad=True), r'uses do_pad.*dict\(do_pad=False\)'),
    (dict(image_processor_type='ZoeDepthImageProcessor'), 'uses do_pad'),
    (dict(DPT, resample=1), 'unknown resample 1'),
    (dict(DPT, keep_aspekt_ratio=True), 'keep_aspekt_ratio'),
])
def test_what_it_does_not_know_is_refused(image_processor, message):
    with pytest.raises(ValueError, match=message):
        build(image_processor)


def test_grey_image_is_refused():
    with pytest.raises(ValueError, match=r'three channels.*\(1, 64, 64\)'):
        build(DPT)(dict(inputs=[torch.zeros(1, 64, 64)]))
