"""Split files and calibrations, whatever is in them."""
import fake_sets
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmdepth_gradloss.datasets import (DGPDepthDataset, FolderDepthDataset,
                                       KITTIDepthDataset, NCDBDataset)
from mmdepth_gradloss.datasets.transforms import LoadDepthMap, LoadImage

FUZZ = settings(max_examples=40, suppress_health_check=list(HealthCheck))
ENCODINGS = ['utf-8', 'utf-8-sig', 'utf-16', 'utf-16-le with mark',
             'utf-16-be with mark']
LINE_ENDS = ['\n', '\r\n', '\r']


def encoded(text, encoding):
    if encoding.endswith('with mark'):
        return ('\ufeff' + text).encode(encoding.split()[0])
    return text.encode(encoding)


def build(kind, root, **kwargs):
    return kind(data_root=str(root), serialize_data=False, **kwargs)


def build_folder(root, **kwargs):
    prefix = dict(
        img_path='images/train', depth_map_path='annotations/train')
    return build(FolderDepthDataset, root, data_prefix=prefix, **kwargs)


def write_map(path, depth):
    if path.suffix == '.png':
        fake_sets.write_image(path, depth)
    elif path.suffix == '.npy':
        np.save(path, depth)
    else:
        np.savez_compressed(path, depth=depth)


def stems(dataset):
    infos = map(dataset.get_data_info, range(len(dataset)))
    return [x['img_path'].rsplit('/', 1)[1].split('.')[0] for x in infos]


@pytest.mark.parametrize('end', LINE_ENDS)
@pytest.mark.parametrize('encoding', ENCODINGS)
def test_text_split(nyu_root, tmp_path, encoding, end):
    split = tmp_path / 'own.txt'
    lines = ['# two', '', '00003', '  ', ' 00001.jpg\t', '#00002', '']
    split.write_bytes(encoded(end.join(lines), encoding))
    assert stems(build_folder(nyu_root, ann_file=str(split))) == [
        '00003', '00001']


def test_names_beyond_ascii(tmp_path):
    root = fake_sets.make_nyu_layout(tmp_path, dict(train=1))
    for folder, suffix in (('images', '.jpg'), ('annotations', '.png')):
        path = root / folder / 'train' / f'00001{suffix}'
        path.rename(path.with_stem('Küche'))
    split = root / 'own.txt'
    for encoding in ENCODINGS:
        split.write_bytes(encoded('Küche\n', encoding))
        assert stems(build_folder(root, ann_file='own.txt')) == ['Küche']
    split.write_bytes('Küche\n'.encode('latin-1'))
    with pytest.raises(ValueError, match='own.txt is no text: .*as UTF-8'):
        build_folder(root, ann_file='own.txt')


@pytest.mark.parametrize('encoding', ['utf-16-le', 'utf-16-be', 'utf-32'])
def test_other_encodings_are_named(nyu_root, tmp_path, encoding):
    split = tmp_path / 'own.txt'
    split.write_bytes('00001\n'.encode(encoding))
    with pytest.raises(ValueError, match='own.txt is no text, .*save it as'):
        build_folder(nyu_root, ann_file=str(split))


@pytest.mark.parametrize('content', ['', '\n \n', '# nothing\n', '\ufeff'])
@pytest.mark.parametrize('name', ['folder', 'kitti', 'dgp'])
def test_split_without_a_line(nyu_root, kitti_fake_root, dgp_root, tmp_path,
                              name, content):
    kind, root = dict(
        folder=(FolderDepthDataset, nyu_root),
        kitti=(KITTIDepthDataset, kitti_fake_root),
        dgp=(DGPDepthDataset, dgp_root))[name]
    split = tmp_path / 'own.txt'
    split.write_text(content, encoding='utf-8')
    with pytest.raises(FileNotFoundError, match='no image in .*own.txt: '):
        build(kind, root, ann_file=str(split))


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_json_split(ncdb_root, dgp_root, tmp_path, encoding):
    split = tmp_path / 'own.json'
    for kind, root, given_split, number in (
            (NCDBDataset, ncdb_root, 'splits/combined_train.json', 4),
            (DGPDepthDataset, dgp_root, 'train.json', 4)):
        text = (root / given_split).read_text().replace(',', ',\r\n')
        split.write_bytes(encoded(text, encoding))
        assert len(build(kind, root, ann_file=str(split))) == number


@pytest.mark.parametrize('text, message', [
    ('', 'cannot read .*own.json as JSON: Expecting value'),
    ('[' * 100_000, 'cannot read .*own.json as JSON'),
    ('[["000000"]]', r"entry of .*own.json .*got \['000000'\]"),
    ('{"a": 1}', 'own.json must hold a list'),
])
def test_bad_json_split(dgp_root, tmp_path, text, message):
    split = tmp_path / 'own.json'
    split.write_text(text)
    with pytest.raises(ValueError, match=message):
        build(DGPDepthDataset, dgp_root, ann_file=str(split))


def test_frame_numbers_of_kitti(kitti_fake_root, tmp_path):
    drive = '2011_09_26/2011_09_26_drive_0001_sync'
    split = tmp_path / 'own.txt'
    split.write_text(f'{drive} 1 l\n{drive} 003 r\n')
    assert stems(build(KITTIDepthDataset, kitti_fake_root,
                       ann_file=str(split))) == ['0000000001', '0000000003']
    for number in ('²', '1' * 5000):
        split.write_text(f'{drive} {number} l\n', encoding='utf-8')
        with pytest.raises((ValueError, FileNotFoundError), match='own.txt'):
            build(KITTIDepthDataset, kitti_fake_root, ann_file=str(split))


@pytest.mark.parametrize('content, message', [
    (b'', 'has neither P_rect_02 nor P_rect_03'),
    (b'\xff\xfe\x00', 'is no text'),
    (b'P_rect_02: 1 2 3\n', 'must be 3x4 matrices: cannot reshape'),
    (b'P_rect_03: ' + b'one ' * 12, 'must be 3x4 matrices: .*numbers'),
    (b'P_rect_02: ' + b'0 ' * 12, 'must be 3x4 matrices: .*positive fx'),
])
def test_calibration_of_kitti(tmp_path, content, message):
    root = fake_sets.make_kitti(tmp_path)
    path = root / '2011_09_26/calib_cam_to_cam.txt'
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f'calib_cam_to_cam.txt.*{message}'):
        build(KITTIDepthDataset, root)


def test_image_of_dgp_is_not_left_out(tmp_path):
    root = fake_sets.make_dgp(tmp_path)
    image = sorted((root / '000000/rgb/CAMERA_01').iterdir())[1]
    image.rename(image.with_suffix('.jpg'))
    # it has no depth map
    image.with_name('other.jpg').touch()
    with pytest.raises(
            ValueError,
            match=rf'^1 images \(.jpg\) in .*000000/rgb/CAMERA_01 have a depth'
            rf' map, but .*: {image.stem}.jpg; img_suffix='):
        build(DGPDepthDataset, root)
    pair = ('.png', '.jpg')
    (image.with_name('other.jpg')).unlink()
    assert len(build(DGPDepthDataset, root, img_suffix=pair)) == 4


def damaged(content):
    """Anything instead of a file's content, a part of it, or one byte else."""
    places = st.integers(0, len(content) - 1)
    return (
        st.binary(max_size=200) | places.map(lambda end: content[:end])
        | st.tuples(places, st.binary(min_size=1, max_size=1)).map(
            lambda x: content[:x[0]] + x[1] + content[x[0] + 1:]))


def result_unless_refused(path, call):
    """What a call returns, or None if it refuses a file and names it."""
    try:
        return call()
    except (ValueError, FileNotFoundError) as error:
        assert path.name in str(error)
        return None


@FUZZ
@given(data=st.data())
@pytest.mark.parametrize('kind, split', [
    (FolderDepthDataset, None), (KITTIDepthDataset, 'val.txt'),
    (NCDBDataset, 'splits/combined_val.json'), (DGPDepthDataset, 'val.json')])
def test_damaged_split(nyu_root, kitti_fake_root, ncdb_root, dgp_root,
                       tmp_path, kind, split, data):
    root = {
        FolderDepthDataset: nyu_root, KITTIDepthDataset: kitti_fake_root,
        NCDBDataset: ncdb_root, DGPDepthDataset: dgp_root}[kind]
    content = (root / split).read_bytes() if split else b'00001\n00002.jpg\n'
    path = tmp_path / ('own.json' if 'json' in str(split) else 'own.txt')
    path.write_bytes(data.draw(damaged(content)))
    dataset = result_unless_refused(
        path, lambda: build(kind, root, ann_file=str(path)))
    if dataset is not None:
        assert set(stems(dataset)) <= {x.stem for x in root.rglob('*.*g')}


@FUZZ
@given(data=st.data())
@pytest.mark.parametrize('name', ['kitti', 'dgp'])
def test_damaged_calibration(tmp_path_factory, name, data):
    kind, make, path = dict(
        kitti=(KITTIDepthDataset, fake_sets.make_kitti,
               '2011_09_26/calib_cam_to_cam.txt'),
        dgp=(DGPDepthDataset, fake_sets.make_dgp,
             '000000/calibration/a1b2c3.json'))[name]
    root = tmp_path_factory.getbasetemp() / f'{name}_calibration'
    if not root.is_dir():
        make(root)
    content = (root / path).read_bytes()
    try:
        (root / path).write_bytes(data.draw(damaged(content)))
        result_unless_refused(
            root / path, lambda: build(kind, root))
    finally:
        (root / path).write_bytes(content)


@FUZZ
@given(data=st.data())
@pytest.mark.parametrize('suffix', ['.png', '.npy', '.npz'])
def test_damaged_depth_map(tmp_path, suffix, data):
    depth = np.arange(1, 43, dtype=np.uint16).reshape(6, 7) * 100
    for folder in ('images/train', 'annotations/train'):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / 'images/train/own.jpg').touch()
    path = tmp_path / f'annotations/train/own{suffix}'
    write_map(path, depth)
    content = path.read_bytes()
    cut = content[:data.draw(st.integers(0, len(content) - 1))]
    path.write_bytes(data.draw(st.just(cut) | st.binary(max_size=200)))
    dataset = result_unless_refused(
        path, lambda: build_folder(
            tmp_path, depth_map_suffix=suffix, pipeline=[LoadDepthMap()]))
    if dataset is not None:  # what was cut off follows the pixels
        np.testing.assert_allclose(dataset[0]['gt_depth_map'] * 1000, depth)


@FUZZ
@given(data=st.data())
@pytest.mark.parametrize('suffix', ['.png', '.jpg', '.bmp'])
def test_damaged_image(tmp_path, suffix, data):
    path = tmp_path / f'own{suffix}'
    fake_sets.write_image(path, np.full((6, 7, 3), 99, np.uint8))
    content = path.read_bytes()
    cut = content[:data.draw(st.integers(0, len(content) - 1))]
    path.write_bytes(data.draw(st.just(cut) | st.binary(max_size=200)))
    sample = result_unless_refused(
        path, lambda: LoadImage()(dict(img_path=str(path))))
    assert sample is None or (sample['img'] == 99).all()
