"""docs/configuration.md names every key, and its examples can be loaded."""

import re
from pathlib import Path

from homeperf_ray.config.keys import KEYS
from tests.config.loading import settings

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()


def test_the_table_has_every_key_with_its_variable_and_its_default():
    rows = re.findall(r"^\| `([a-z-]+)` \| `(\w+)` \| (?:(\S+) )?\|", PAGE, re.MULTILINE)
    known = [
        (key.name, key.variable, key.default or ("false" if key.initial is False else "")) for key in KEYS.values()
    ]
    assert rows == [*known, ("profile", "HOMEPERF_PROFILE", "")]


def test_the_example_can_be_loaded(tmp_path: Path):
    [example] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    evening = settings(tmp_path, example)
    assert (evening.profile, evening["timeout"], evening.warnings) == ("evening", 45.0, ())
    assert evening.thresholds.overrides[1].storage_class == "slow-*"
    assert evening.suppressions[0].reason == "waits for the new disk"
    work = settings(tmp_path, example, profile="work")
    assert (work["kubeconfig"], work["context"]) == (str(tmp_path / "work.kubeconfig"), ("admin@blue", "admin@green"))
    assert work["no-secrets"]
