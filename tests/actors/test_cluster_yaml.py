"""``cluster.yaml`` is what ``ray up`` expects, and nothing in it starts Ray without the token."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

FILE = Path(__file__).parents[2] / "cluster.yaml"


@pytest.fixture
def config() -> dict:
    return yaml.safe_load(FILE.read_text())


def test_rays_own_validation_accepts_it(config: dict):
    util = pytest.importorskip("ray.autoscaler._private.util")
    util.validate_config(util.prepare_config(config))


def test_rays_own_validation_refuses_a_mistake(config: dict):
    util = pytest.importorskip("ray.autoscaler._private.util")
    config["head_start_ray_command"] = config.pop("head_start_ray_commands")
    with pytest.raises(Exception, match="head_start_ray_command"):
        util.validate_config(util.prepare_config(config))


@pytest.mark.parametrize("part", ["head_start_ray_commands", "worker_start_ray_commands"])
def test_every_start_stops_first_and_brings_the_token(config: dict, part: str):
    stop, start, *serve = config[part]
    assert stop.endswith("ray stop")
    assert "RAY_AUTH_MODE=token" in start
    token, kubeconfig = config["file_mounts"]
    assert f"RAY_AUTH_TOKEN_PATH={token}" in start
    for command in serve:
        assert f"RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH={token}" in command
        assert f"homeperf serve --kubeconfig {kubeconfig}" in command
    assert len(serve) == (part == "head_start_ray_commands")
    assert any(f"chmod 600 {token} {kubeconfig}" in command for command in config["setup_commands"])


def test_it_names_no_more_workers_than_it_has(config: dict):
    assert len(config["provider"]["worker_ips"]) == config["max_workers"]
