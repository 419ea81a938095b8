from pathlib import Path

import pytest

from tests.cli.command import Homeperf


@pytest.fixture
def homeperf(tmp_path: Path) -> Homeperf:
    home = tmp_path / "home"
    home.mkdir()
    return Homeperf(home)
