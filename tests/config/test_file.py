"""Which file is read, and which is refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.config.file import BYTES, content, default_path, unconfigured
from homeperf_ray.config.load import load
from tests.config.loading import settings, written


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"HOME": "/h"}, "/h/.config/homeperf/config.yaml"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, "/x/homeperf/config.yaml"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "relative"}, "/h/.config/homeperf/config.yaml"),
    ],
)
def test_the_default_place(environ: dict[str, str], path: str):
    assert default_path(environ) == Path(path)


def test_the_default_file_may_be_absent_and_a_named_one_may_not(tmp_path: Path):
    assert load(None, None, {"HOME": str(tmp_path)}).file is None
    with pytest.raises(ConfigurationError, match="there is no configuration file") as caught:
        load(str(tmp_path / "mine.yaml"), None, {"HOME": str(tmp_path)})
    assert "--config" in caught.value.hint


def test_the_default_file_is_read(tmp_path: Path):
    (tmp_path / ".config/homeperf").mkdir(parents=True)
    file = written(tmp_path / ".config/homeperf", "qps: 7")
    loaded = load(None, None, {"HOME": str(tmp_path)})
    assert loaded.file == file
    assert loaded.top.options["qps"].value == 7.0


def test_a_file_that_anybody_may_write_is_refused(tmp_path: Path):
    file = written(tmp_path, "qps: 7")
    file.chmod(0o602)
    with pytest.raises(ConfigurationError, match="anybody may write") as caught:
        load(str(file), None, {})
    assert caught.value.hint == f"chmod o-w {file}"
    file.chmod(0o660)
    assert load(str(file), None, {}).file == file


def test_a_folder_a_huge_file_and_bytes_are_refused(tmp_path: Path):
    for data, fault in ((b"#" * (BYTES + 1), "larger than"), (b"qps: 7\n# caf\xe9", r":2: .*UTF-8")):
        with pytest.raises(ConfigurationError, match=fault):
            content(written(tmp_path, data), must=True)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        content(tmp_path, must=False)
    with pytest.raises(ConfigurationError, match="larger than"):
        content(Path("/dev/zero"), must=True)


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path):
    assert settings(tmp_path, b"\xef\xbb\xbfqps: 7")["qps"] == 7.0


def test_without_a_file_no_yaml_is_imported(tmp_path: Path):
    program = (
        "import sys; from homeperf_ray.config.load import load; "
        "load(None, None, {'HOME': sys.argv[1]}); "
        "sys.exit(any(name.split('.')[0] in ('yaml', 'pyarrow', 'difflib') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)


def test_with_a_file_no_check_is_imported(tmp_path: Path):
    file = written(tmp_path, "qps: 7\nthresholds: {pod_grace: 10m}\nsuppress: [{namespace: media}]")
    program = (
        "import sys; from homeperf_ray.config.load import load; "
        "load(sys.argv[1], None, {}); sys.exit('pyarrow' in sys.modules or 'yaml' not in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(file)], check=True)


def test_another_cluster_ignores_the_file_at_the_default_place_and_no_other(tmp_path: Path):
    (tmp_path / ".config/homeperf").mkdir(parents=True)
    written(tmp_path / ".config/homeperf", "nonsense: 1")
    environ = unconfigured({"HOME": str(tmp_path), "HOMEPERF_PROFILE": "home"})
    assert load(environ["HOMEPERF_CONFIG"], environ.get("HOMEPERF_PROFILE"), environ).top.options == {}
    named = {"HOMEPERF_CONFIG": "/c.yaml", "HOMEPERF_PROFILE": "home"}
    assert unconfigured(named) == named
