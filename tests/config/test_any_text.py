"""Whatever stands in the file, it is settings or a sentence."""

import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, example, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from homeperf_ray.checks.thresholds import LIMITS, Thresholds
from homeperf_ray.config.duration import seconds, written
from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.config.keys import KEYS
from homeperf_ray.config.settings import Settings
from tests.config.loading import settings

BUSY = trials(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def is_settings_or_a_sentence(text: str | bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        said = outcome(Path(folder), text)
        if isinstance(said, ConfigurationError):
            assert said.message.startswith(folder)
            assert "\n" not in said.message
        else:
            assert isinstance(said.thresholds, Thresholds)


def outcome(folder: Path, text: str | bytes) -> Settings | ConfigurationError:
    try:
        return settings(folder, text)
    except ConfigurationError as error:
        return error


@BUSY
@given(st.binary(max_size=200))
@example(b"\xff\xfe")
def test_any_bytes(data: bytes):
    is_settings_or_a_sentence(data)


YAML = st.lists(
    st.sampled_from(
        ["qps", "suppress", "thresholds", "pod_grace", "profiles", ": ", ":\n  ", "- ", "\n", "\t", "[", "]", "{", "}",
         ",", "&a ", "*a", "!!str ", "<<", "~", "1", "10m", "'", '"', "|", ">", "#", "? ", "---", "...", "%YAML 1.1"]
    ),
    max_size=30,
)  # fmt: skip


@BUSY
@given(YAML)
def test_any_pieces_of_yaml(pieces: list[str]):
    is_settings_or_a_sentence("".join(pieces))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
KNOWN = st.sampled_from(
    [*KEYS, *LIMITS[:3], "profile", "profiles", "thresholds", "overrides", "suppress", "namespace", "class", "object",
     "code", "until", "reason", "home"]
)  # fmt: skip
TREES = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(KNOWN, below, max_size=4), max_leaves=12
)


@BUSY
@given(st.dictionaries(KNOWN, TREES, max_size=4))
def test_any_tree_under_known_keys(tree):
    is_settings_or_a_sentence(json.dumps(tree))


@given(st.integers(min_value=0, max_value=10**12))
def test_a_duration_is_read_as_it_was_written(milliseconds: int):
    assert round(seconds(written(milliseconds / 1000)) * 1000) == milliseconds
