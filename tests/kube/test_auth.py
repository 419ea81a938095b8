"""Credentials that change while a connection lives."""

from __future__ import annotations

import base64
import json
import os
import time

import pytest
import yaml

from homeperf_ray.kube import credentials
from homeperf_ray.kube.errors import ConfigError, Unauthorized
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.target import load_target
from homeperf_ray.timings.operation import Operation
from tests.kube.server import status

OPERATION = Operation(kind="list", started=0.0, resource="pods")


def tokens(server) -> list[str]:
    return [seen.header("Authorization").removeprefix("Bearer ") for seen in server.seen]


async def get(connection):
    return await connection.get("/api/v1/pods", operation=OPERATION)


class TestTokenFile:
    @pytest.fixture
    def file(self, tmp_path):
        path = tmp_path / "token"
        path.write_text("one\n")
        return path

    async def test_a_changed_file_is_read_again(self, server, target_of, connect, file):
        connection = connect(target_of(server.url, user={"tokenFile": str(file)}))
        await get(connection)
        file.write_text("two")
        await get(connection)
        assert tokens(server) == ["one", "two"]

    async def test_a_file_replaced_behind_a_link_is_read_again(self, server, target_of, connect, tmp_path):
        for name in ("one", "two"):
            (tmp_path / name).write_text(name)
        link = tmp_path / "token"
        link.symlink_to("one")
        connection = connect(target_of(server.url, user={"tokenFile": str(link)}))
        await get(connection)
        (tmp_path / "new").symlink_to("two")
        (tmp_path / "new").replace(link)
        await get(connection)
        assert tokens(server) == ["one", "two"]

    async def test_a_file_that_hides_its_change_is_read_again_after_a_while(
        self, server, target_of, connect, file, monkeypatch
    ):
        connection = connect(target_of(server.url, user={"tokenFile": str(file)}))
        await get(connection)
        before = file.stat()
        file.write_text("two\n")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        await get(connection)
        monkeypatch.setattr(credentials, "REREAD_SECONDS", 0.0)
        await get(connection)
        assert tokens(server) == ["one", "one", "two"]

    async def test_a_file_that_vanishes_leaves_the_last_token(self, server, target_of, connect, file):
        connection = connect(target_of(server.url, user={"tokenFile": str(file)}))
        await get(connection)
        file.unlink()
        await get(connection)
        assert tokens(server) == ["one", "one"]

    async def test_the_file_is_preferred_and_the_token_is_its_stand_in(self, server, target_of, connect, file):
        user = {"tokenFile": str(file), "token": "first"}
        connection = connect(target_of(server.url, user=user))
        await get(connection)
        missing = connect(target_of(server.url, user=user | {"tokenFile": "nowhere"}))
        await get(missing)
        assert tokens(server) == ["one", "first"]

    async def test_no_file_at_all_is_a_config_error(self, server, target_of, connect):
        answer = await get(connect(target_of(server.url, user={"tokenFile": "nowhere"})))
        assert type(answer.error) is ConfigError
        assert "nowhere" in str(answer.error)
        assert not server.seen

    async def test_a_401_reads_the_file_again_and_asks_once_more(self, server, target_of, connect, file):
        connection = connect(target_of(server.url, user={"tokenFile": str(file)}))
        await get(connection)
        before = file.stat()
        file.write_text("two\n")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        server.replies = [status(401, "expired")]
        answer = await get(connection)
        assert answer.error is None
        assert (answer.operation.sent, answer.operation.retries) == (2, 1)
        assert tokens(server) == ["one", "one", "two"]

    async def test_a_401_with_nothing_new_to_say_is_final(self, server, target_of, connect, file):
        server.answer = lambda _: status(401, "no")
        answer = await get(connect(target_of(server.url, user={"tokenFile": str(file)})))
        assert type(answer.error) is Unauthorized
        assert len(server.seen) == 1


async def test_a_rejected_static_token_is_not_sent_twice(server, target_of, connect):
    server.answer = lambda _: status(401, "no")
    await get(connect(target_of(server.url)))
    assert len(server.seen) == 1


def id_token(seconds_left: float) -> str:
    def part(document: dict) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part({'exp': int(time.time() + seconds_left), 'n': 'x'})}.c2ln"


def oidc(token: str, **more: str) -> dict:
    config = {"idp-issuer-url": "https://127.0.0.1:1", "client-id": "k", "id-token": token, "refresh-token": "r3fresh"}
    return {"auth-provider": {"name": "oidc", "config": config | more}}


class TestLegacyProvider:
    async def test_an_id_token_that_is_still_good(self, server, target_of, connect):
        token = id_token(3600)
        assert (await get(connect(target_of(server.url, user=oidc(token))))).error is None
        assert tokens(server) == [token]

    async def test_one_that_cannot_be_renewed_is_a_config_error_without_the_token(self, server, target_of, connect):
        answer = await get(connect(target_of(server.url, user=oidc(id_token(-60), **{"client-secret": "s3cr3t"}))))
        assert type(answer.error) is ConfigError
        assert "auth-provider 'oidc' of user 'u'" in str(answer.error)
        assert "r3fresh" not in repr(answer.error.args)
        assert "s3cr3t" not in repr(answer.error.args)
        assert not server.seen

    async def test_an_unknown_provider(self, server, target_of, connect):
        answer = await get(connect(target_of(server.url, user={"auth-provider": {"name": "azure", "config": {}}})))
        assert type(answer.error) is ConfigError
        assert "exec plugin" in answer.error.hint

    async def test_renewed_tokens_are_written_back_as_kubectl_does(self, kubeconfig, tmp_path, monkeypatch):
        fresh = id_token(3600)

        def refresh(self, provider):
            assert provider["config"]["idp-certificate-authority"]
            provider["config"].value["id-token"] = fresh
            provider["config"].value["refresh-token"] = "r0tated"

        monkeypatch.setattr("kubernetes.config.kube_config.KubeConfigLoader._refresh_oidc", refresh)
        path = kubeconfig("https://127.0.0.1:1", user=oidc(id_token(-60), **{"client-secret": "x"}))
        path.chmod(0o600)
        opened = load_target(Access((str(path),)), environ={}).source.open()
        assert (await opened.current()).authorization.reveal() == f"Bearer {fresh}"
        written = yaml.safe_load(path.read_text())["users"][0]["user"]["auth-provider"]["config"]
        assert (written["id-token"], written["refresh-token"]) == (fresh, "r0tated")
        assert "idp-certificate-authority" not in written
        assert path.stat().st_mode & 0o777 == 0o600
        assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
