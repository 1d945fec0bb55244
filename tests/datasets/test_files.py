"""Split files and calibrations, whatever is in them."""
import fake_sets
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmdepth_gradloss.datasets import (DGPDepthDataset, FolderDepthDataset,
                                       KITTIDepthDataset, NCDBDataset)

FUZZ = settings(max_examples=40, suppress_health_check=list(HealthCheck))
ENCODINGS = ['utf-8', 'utf-8-sig', 'utf-16', 'utf-16-le with mark',
             'utf-16-be with mark']


def encoded(text, encoding):
    if encoding.endswith('with mark'):
        return ('\ufeff' + text).encode(encoding.split()[0])
    return text.encode(encoding)


def build(kind, root, **kwargs):
    return fake_sets.build(kind, root, **{'pipeline': [], **kwargs})


def stems(dataset):
    return [path.rsplit('/', 1)[1].split('.')[0]
            for path in fake_sets.paths(dataset)]


@pytest.fixture
def sets(nyu_root, kitti_fake_root, dgp_root, ncdb_root):
    """Class, root and a split file of each tiny data set."""
    return dict(
        folder=(FolderDepthDataset, nyu_root, None),
        kitti=(KITTIDepthDataset, kitti_fake_root, 'val.txt'),
        dgp=(DGPDepthDataset, dgp_root, 'val.json'),
        ncdb=(NCDBDataset, ncdb_root, 'splits/combined_val.json'))


@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'])
@pytest.mark.parametrize('encoding', ENCODINGS)
def test_text_split(nyu_root, tmp_path, encoding, end):
    split = tmp_path / 'own.txt'
    lines = ['# two', '', '00003', '  ', ' 00001.jpg\t', '#00002', '']
    split.write_bytes(encoded(end.join(lines), encoding))
    dataset = build(FolderDepthDataset, nyu_root, ann_file=str(split))
    assert stems(dataset) == ['00003', '00001']


def test_names_beyond_ascii(tmp_path):
    root = fake_sets.make_nyu_layout(tmp_path, dict(train=1))
    for folder, suffix in (('images', '.jpg'), ('annotations', '.png')):
        path = root / folder / 'train' / f'00001{suffix}'
        path.rename(path.with_stem('Küche'))
    split = root / 'own.txt'
    own = dict(kind=FolderDepthDataset, root=root, ann_file='own.txt')
    for encoding in ENCODINGS:
        split.write_bytes(encoded('Küche\n', encoding))
        assert stems(build(**own)) == ['Küche']
    split.write_bytes('Küche\n'.encode('latin-1'))
    with pytest.raises(ValueError, match='own.txt is not text: .*as UTF-8'):
        build(**own)
    for encoding in ('utf-16-le', 'utf-16-be', 'utf-32'):
        split.write_bytes('00001\n'.encode(encoding))
        with pytest.raises(ValueError, match='own.txt is not text, .*save it'):
            build(**own)


@pytest.mark.parametrize('content', ['', '\n \n', '# nothing\n', '\ufeff'])
@pytest.mark.parametrize('name', ['folder', 'kitti', 'dgp'])
def test_split_without_a_line(sets, tmp_path, name, content):
    kind, root, _ = sets[name]
    split = tmp_path / 'own.txt'
    split.write_text(content, encoding='utf-8')
    with pytest.raises(FileNotFoundError, match='no image in .*own.txt: '):
        build(kind, root, ann_file=str(split))


@pytest.mark.parametrize('encoding', ENCODINGS)
@pytest.mark.parametrize('name', ['ncdb', 'dgp'])
def test_json_split(sets, tmp_path, name, encoding):
    kind, root, given_split = sets[name]
    split = tmp_path / 'own.json'
    text = (root / given_split).read_text().replace(',', ',\r\n')
    split.write_bytes(encoded(text, encoding))
    assert len(build(kind, root, ann_file=str(split))) == 2


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
    own = dict(kind=KITTIDepthDataset, root=kitti_fake_root,
               ann_file=str(split))
    split.write_text(f'{drive} 1 l\n{drive} 003 r\n')
    assert stems(build(**own)) == ['0000000001', '0000000003']
    for number in ('²', '1' * 5000):
        split.write_text(f'{drive} {number} l\n', encoding='utf-8')
        with pytest.raises((ValueError, FileNotFoundError), match='own.txt'):
            build(**own)


def damaged(content):
    """Random bytes, truncated content, or content with one byte replaced."""
    places = st.integers(0, len(content) - 1)
    return (
        st.binary(max_size=200) | places.map(lambda end: content[:end])
        | st.tuples(places, st.binary(min_size=1, max_size=1)).map(
            lambda x: content[:x[0]] + x[1] + content[x[0] + 1:]))


def result_unless_refused(path, call):
    """Result of a call, or None if its error names the file."""
    try:
        return call()
    except (ValueError, FileNotFoundError) as error:
        assert path.name in str(error)
        return None


@FUZZ
@given(data=st.data())
@pytest.mark.parametrize('name', ['folder', 'kitti', 'ncdb', 'dgp'])
def test_damaged_split(sets, tmp_path, name, data):
    kind, root, split = sets[name]
    content = (root / split).read_bytes() if split else b'00001\n00002.jpg\n'
    path = tmp_path / ('own.json' if 'json' in str(split) else 'own.txt')
    path.write_bytes(data.draw(damaged(content)))
    dataset = result_unless_refused(
        path, lambda: build(kind, root, ann_file=str(path)))
    if dataset is not None:
        assert set(stems(dataset)) <= {x.stem for x in root.rglob('*.*g')}


@FUZZ
@given(data=st.data())
@pytest.mark.parametrize('kind, make, file', [
    (KITTIDepthDataset, fake_sets.make_kitti,
     '2011_09_26/calib_cam_to_cam.txt'),
    (DGPDepthDataset, fake_sets.make_dgp, '000000/calibration/a1b2c3.json')])
def test_damaged_calibration(tmp_path_factory, kind, make, file, data):
    root = tmp_path_factory.getbasetemp() / f'calibration_{kind.__name__}'
    if not root.is_dir():
        make(root)
    content = (root / file).read_bytes()
    try:
        (root / file).write_bytes(data.draw(damaged(content)))
        result_unless_refused(root / file, lambda: build(kind, root))
    finally:
        (root / file).write_bytes(content)
