from __future__ import annotations

import base64
import copy
import dataclasses
import pickle
import subprocess
import sys

import pytest

from homeperf_ray.kube.credentials import TokenFile
from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.secret import Secret, quoted
from homeperf_ray.kube.target import load_target
from tests.kube.authority import authority, client_pair

SERVER = "https://10.0.0.1:6443"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
def account(tmp_path):
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    (folder / "token").write_text("pod-token\n")
    (folder / "ca.crt").write_bytes(authority().pem)
    (folder / "namespace").write_text("monitoring")
    return folder


POD = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}


class TestInCluster:
    def test_reads_the_service_account(self, account):
        target = load_target(Access(()), environ=POD, service_account=account)
        assert (target.server, target.context, target.namespace) == (
            "https://10.96.0.1:443",
            "in-cluster",
            "monitoring",
        )
        assert target.trust.ca == authority().pem
        assert target.source == TokenFile(account / "token")

    def test_an_ipv6_service(self, account):
        environ = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
        assert load_target(Access(()), environ=environ, service_account=account).server == "https://[fd00::1]:443"

    def test_outside_of_a_pod_asks_for_a_kubeconfig(self, account):
        with pytest.raises(ConfigError) as caught:
            load_target(Access(()), environ={}, service_account=account)
        assert "--kubeconfig" in caught.value.hint

    def test_a_pod_without_a_token(self, account):
        (account / "token").unlink()
        with pytest.raises(ConfigError) as caught:
            load_target(Access(()), environ=POD, service_account=account)
        assert str(account / "token") in str(caught.value)


class TestIdentity:
    def test_the_same_file_gives_the_same_identity(self, target_of):
        assert target_of(SERVER).identity == target_of(SERVER).identity

    @pytest.mark.parametrize(
        "user",
        [
            {"token": "another"},
            {"username": "ann", "password": "x"},
            {"token": "s3cr3t-token", "as": "bob"},
            {"exec": {"command": "x", "apiVersion": "client.authentication.k8s.io/v1"}},
            {"client-certificate-data": b64(client_pair().chain), "client-key-data": b64(client_pair().key)},
        ],
    )
    def test_another_user_is_another_identity_at_the_same_server(self, target_of, user):
        one, two = target_of(SERVER), target_of(SERVER, user=user)
        assert one.identity != two.identity
        assert one.server_id == two.server_id

    def test_another_address_or_ca_is_another_server(self, target_of):
        one = target_of(SERVER)
        moved = target_of("https://10.0.0.2:6443")
        rebuilt = target_of(SERVER, **{"certificate-authority-data": b64(authority("new").pem)})
        assert len({one.server_id, moved.server_id, rebuilt.server_id}) == 3
        assert len({one.identity, moved.identity, rebuilt.identity}) == 3

    def test_the_content_of_a_token_file_counts(self, target_of, tmp_path):
        file = tmp_path / "token"
        file.write_text("a")
        first = target_of(SERVER, user={"tokenFile": str(file)})
        file.write_text("b")
        assert first.identity != target_of(SERVER, user={"tokenFile": str(file)}).identity


class TestSecrecy:
    USERS = (
        {"token": "hush-hush"},
        {"tokenFile": "hush.txt", "token": "hush-hush"},
        {"username": "ann", "password": "hush-hush"},
        {"client-certificate-data": b64(b"hush-hush"), "client-key-data": b64(b"hush-hush")},
        {
            "exec": {
                "command": "plugin",
                "args": ["hush-hush"],
                "env": [{"name": "K", "value": "hush-hush"}],
                "apiVersion": "client.authentication.k8s.io/v1",
            }
        },
        {"auth-provider": {"name": "oidc", "config": {"id-token": "hush-hush", "refresh-token": "hush-hush"}}},
    )

    @pytest.mark.parametrize("user", USERS)
    def test_nothing_that_prints_a_target_shows_a_credential(self, target_of, user):
        target = target_of(SERVER, user=user, **{"proxy-url": "http://me:hush-hush@proxy:3128"})
        shown = f"{target!r} {target} {target.source!r} {target.certificate!r} {target.source.open()!r}"
        for form in ("hush-hush", b64(b"ann:hush-hush"), b64(b"hush-hush")):
            assert form not in shown

    def test_a_secret_shows_a_mask_and_survives_a_pickle(self):
        secret = Secret("hush")
        assert f"{secret} {secret!r} {[secret]}" == "*** Secret('***') [Secret('***')]"
        assert pickle.loads(pickle.dumps(secret)) == copy.deepcopy(secret) == secret
        assert secret.reveal() == "hush"

    def test_a_target_survives_a_pickle(self, target_of):
        target = target_of(SERVER)
        assert pickle.loads(pickle.dumps(target)) == target

    def test_a_target_cannot_be_changed(self, target_of):
        with pytest.raises(dataclasses.FrozenInstanceError):
            target_of(SERVER).server = "https://elsewhere"

    def test_text_from_outside_is_escaped_bounded_and_stripped_of_secrets(self):
        text = quoted("a\n\x1b]0;x\x07 hush \u202eevil " + "y" * 400, Secret("hush"), limit=40)
        assert text.startswith("a \\x1b]0;x\\x07 *** \\x202eevil")
        assert len(text) < 60


class TestWarnings:
    def test_insecure_is_warned_about(self, target_of):
        (warning,) = target_of(SERVER, **{"insecure-skip-tls-verify": True}).warnings
        assert "insecure-skip-tls-verify" in warning

    def test_plain_http_is_warned_about(self, target_of):
        (warning,) = target_of("http://10.0.0.1:8080").warnings
        assert "plain HTTP" in warning

    def test_a_sound_target_has_none(self, target_of):
        assert target_of(SERVER).warnings == ()


def test_a_server_without_a_scheme_means_https(target_of):
    assert target_of("10.0.0.1:6443").server == SERVER


def test_static_credentials_load_nothing_heavy(target_of, kubeconfig):
    path = kubeconfig(SERVER, user={"token": "t"})
    code = (
        "import sys\n"
        "from homeperf_ray.kube.request import Access\n"
        "from homeperf_ray.kube.target import load_target\n"
        f"load_target(Access(({str(path)!r},)), environ={{}})\n"
        "print(sorted({'aiohttp', 'kubernetes', 'cryptography', 'pyarrow', 'ray'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
