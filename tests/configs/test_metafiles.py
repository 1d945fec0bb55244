"""Config names are unique and match the metafiles."""
from collections import Counter

import pytest
import yaml
from recipe_files import configs, families, read

from mmdepth_gradloss.config.config_scope import CONFIG_DIR

every_family = pytest.mark.parametrize(
    'folder', families(), ids=lambda folder: folder.name)


def metafile(folder):
    return yaml.safe_load((folder / 'metafile.yml').read_text())


def test_index_lists_all_families():
    index = yaml.safe_load((CONFIG_DIR.parent / 'model-index.yml').read_text())
    assert index['Import'] == [
        f'configs/{folder.name}/metafile.yml' for folder in families()]


@every_family
def test_metafile_lists_each_config_with_its_collection(folder):
    meta = metafile(folder)
    assert {x['Name']: x['Config'] for x in meta['Models']} == {
        path.stem: path.relative_to(CONFIG_DIR.parent).as_posix()
        for path in configs() if path.parent == folder
    }
    collections = {x['Name']: x for x in meta['Collections']}
    assert {x['In Collection'] for x in meta['Models']} == set(collections)
    for collection in collections.values():
        assert (CONFIG_DIR.parent / collection['README']).is_file()


@pytest.mark.parametrize('path', configs(), ids=lambda path: path.stem)
def test_tools_find_no_slip_in_it(path):
    read(path)


def test_names_are_unique():
    """MIM finds a config by its file name alone."""
    number = Counter(path.name for path in CONFIG_DIR.rglob('*.py'))
    assert [name for name, count in number.items() if count > 1] == []
