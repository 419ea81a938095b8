"""What a kubeconfig tells before anything is sent."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from homeperf_ray.doctor.kubeconfig import SOON, kubeconfig
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.target import load_target
from tests.kube.authority import client_pair

SECRET = "s3cr3t-token"


def written(folder: Path, user: dict, mode: int = 0o600, **cluster: object) -> Path:
    path = folder / "config"
    document = {
        "current-context": "home",
        "clusters": [{"name": "c", "cluster": {"server": "https://192.0.2.1:6443", **cluster}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "home", "context": {"cluster": "c", "user": "u"}}],
    }
    path.write_text(yaml.safe_dump(document))
    path.chmod(mode)
    return path


def told(path: Path, **options) -> list[tuple[str, str]]:
    paths = (str(path),)
    found = kubeconfig(paths, load_target(Access(paths), environ={}), **options)
    return [(one.status, one.message) for one in found]


@pytest.mark.parametrize(
    ("user", "means"),
    [
        ({"token": SECRET}, "by a token"),
        ({"tokenFile": "/run/token"}, "by the token in /run/token"),
        ({"username": "sam", "password": SECRET}, "by user name and password"),
        ({"exec": {"command": "login", "apiVersion": "client.authentication.k8s.io/v1"}}, "the exec plugin 'login'"),
        ({}, "by no credentials at all"),
    ],
)
def test_how_the_user_shows_who_he_is(tmp_path: Path, user: dict, means: str):
    [(status, message), *_] = told(written(tmp_path, user))
    assert status == "ok"
    assert means in message
    assert SECRET not in message


def test_a_file_that_others_may_read_is_a_warning(tmp_path: Path):
    assert [status for status, _ in told(written(tmp_path, {"token": SECRET}))] == ["ok"]
    _, (status, message) = told(written(tmp_path, {"token": SECRET}, mode=0o644))
    assert status == "warning"
    assert str(tmp_path / "config") in message


def test_an_unchecked_server_is_a_warning(tmp_path: Path):
    found = told(written(tmp_path, {"token": SECRET}, **{"insecure-skip-tls-verify": True}))
    assert [status for status, _ in found] == ["ok", "warning"]


def test_the_end_of_a_client_certificate(tmp_path: Path):
    chain, key = client_pair().files(tmp_path, "client")
    user = {
        "client-certificate-data": base64.b64encode(Path(chain).read_bytes()).decode(),
        "client-key-data": base64.b64encode(Path(key).read_bytes()).decode(),
    }
    path = written(tmp_path, user)
    end = load_target(Access((str(path),)), environ={}).certificate.not_after()
    early = told(path, now=end - timedelta(days=SOON + 1))
    late = told(path, now=end - timedelta(days=SOON - 1))
    after = told(path, now=end + timedelta(days=1))
    assert [found[-1][0] for found in (early, late, after)] == ["ok", "warning", "error"]
    assert "in 29 days" in late[-1][1]
    assert f"{end:%Y-%m-%d}" in after[-1][1]
