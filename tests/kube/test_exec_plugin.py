from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from homeperf_ray.kube.errors import ConfigError, Unauthorized
from homeperf_ray.kube.exec_plugin import VERSIONS
from homeperf_ray.timings.operation import Operation
from tests.kube.authority import authority, client_pair
from tests.kube.server import serving, status

OPERATION = Operation(kind="list", started=0.0, resource="pods")
PLUGIN = """#!{python}
import json, os, sys, time
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "calls"), "a") as calls:
    calls.write(os.environ["KUBERNETES_EXEC_INFO"] + "\\n")
count = len(open(os.path.join(here, "calls")).readlines())
{body}
"""
TOKEN = """
print(json.dumps({"kind": "ExecCredential", "apiVersion": json.loads(os.environ["KUBERNETES_EXEC_INFO"])["apiVersion"],
                  "status": {"token": "token-%d" % count, "expirationTimestamp": None}}))
"""


@pytest.fixture
def plugin(tmp_path):
    """Writes a plugin; gives the user entry that names it, relative to the kubeconfig."""

    def write(body: str = TOKEN, **more) -> dict:
        path = tmp_path / "bin" / "plugin"
        path.parent.mkdir(exist_ok=True)
        path.write_text(PLUGIN.format(python=sys.executable, body=body))
        path.chmod(0o755)
        return {"exec": {"command": "./bin/plugin", "apiVersion": VERSIONS[0], **more}}

    return write


@pytest.fixture
def calls(tmp_path):
    def read() -> list[dict]:
        path = tmp_path / "bin" / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    return read


async def get(connection, **options):
    return await connection.get("/api/v1/pods", operation=OPERATION, **options)


async def refused(connection, **options) -> ConfigError:
    answer = await get(connection, **options)
    assert type(answer.error) is ConfigError, answer.error
    assert "context 'home'" in str(answer.error)
    assert answer.operation.sent == 0
    assert answer.error.hint
    return answer.error


def tokens(server) -> list[str]:
    return [seen.header("Authorization") for seen in server.seen]


async def test_it_runs_once_for_many_requests(server, target_of, connect, plugin, calls):
    connection = connect(target_of(server.url, user=plugin()))
    await asyncio.gather(*(get(connection) for _ in range(12)))
    await get(connection)
    assert set(tokens(server)) == {"Bearer token-1"}
    assert len(calls()) == 1


@pytest.mark.parametrize("version", VERSIONS)
async def test_both_versions_are_told_what_they_are(server, target_of, connect, plugin, calls, version):
    assert (await get(connect(target_of(server.url, user=plugin(apiVersion=version))))).error is None
    assert calls() == [{"kind": "ExecCredential", "apiVersion": version, "spec": {"interactive": False}}]


async def test_arguments_environment_and_cluster_are_handed_over(server, target_of, connect, plugin, calls):
    body = TOKEN.replace('"token-%d" % count', 'sys.argv[1] + os.environ["COLOUR"]')
    user = plugin(body, args=["red-"], env=[{"name": "COLOUR", "value": "blue"}], provideClusterInfo=True)
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "me"}}
    await get(connect(target_of(server.url, user=user, extensions=[extension])))
    assert tokens(server) == ["Bearer red-blue"]
    cluster = calls()[0]["spec"]["cluster"]
    assert cluster["server"] == server.url
    assert base64.b64decode(cluster["certificate-authority-data"]) == authority().pem
    assert cluster["config"] == {"audience": "me"}


async def test_a_401_runs_it_again_once(server, target_of, connect, plugin, calls):
    connection = connect(target_of(server.url, user=plugin()))
    await get(connection)
    server.replies = [status(401, "expired")]
    answer = await get(connection)
    assert answer.error is None
    assert tokens(server) == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
    server.answer = lambda _: status(401, "no")
    assert type((await get(connection)).error) is Unauthorized
    assert len(server.seen) == 5


async def test_many_401_at_once_run_it_again_only_once(server, target_of, connect, plugin, calls):
    connection = connect(target_of(server.url, user=plugin()))
    server.answer = lambda seen: status(401, "old") if "token-1" in seen.header("Authorization") else b"".join(OK)
    answers = await asyncio.gather(*(get(connection) for _ in range(8)))
    assert all(answer.error is None for answer in answers)
    assert len(calls()) == 2


OK = [b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"]


@pytest.mark.parametrize(("left", "runs"), [(3600, 1), (-1, 2), (3, 2)])
async def test_it_runs_again_when_its_credential_expires(server, target_of, connect, plugin, calls, left, runs):
    ends = (datetime.now(UTC) + timedelta(seconds=left)).strftime("%Y-%m-%dT%H:%M:%SZ")
    connection = connect(target_of(server.url, user=plugin(TOKEN.replace("None}", f"'{ends}'}}"))))
    await get(connection)
    await get(connection)
    assert len(calls()) == runs


async def test_a_client_certificate(target_of, connect, plugin):
    pair = client_pair("from-a-plugin")
    given = {"clientCertificateData": pair.chain.decode(), "clientKeyData": pair.key.decode()}
    body = TOKEN.replace('"token": "token-%d" % count,', "").replace('"expirationTimestamp": None', f"**{given!r}")
    async with serving(ask_client="kubernetes") as server:
        assert (await get(connect(target_of(server.url, user=plugin(body))))).error is None
    assert server.seen[0].peer["subject"] == ((("commonName", "from-a-plugin"),),)


async def test_missing_shows_the_install_hint(server, target_of, connect):
    hint = "To install it:\n\n  brew install \x1b[1mkubelogin"
    user = {"exec": {"command": "no-such-plugin", "apiVersion": VERSIONS[0], "installHint": hint}}
    error = await refused(connect(target_of(server.url, user=user)))
    assert "'no-such-plugin'" in str(error)
    assert error.hint == "To install it: brew install \\x1b[1mkubelogin"


async def test_not_a_program(server, target_of, connect, plugin, tmp_path):
    user = plugin()
    (tmp_path / "bin" / "plugin").write_bytes(b"\x7fELF not really")
    assert "cannot be started" in str(await refused(connect(target_of(server.url, user=user))))


async def test_failing_shows_what_it_said_bounded_and_escaped(server, target_of, connect, plugin):
    body = """
sys.stderr.write('\\x1b[31m' + os.environ['KEY'] + ' login needed ' + 'x' * 100000)
print('st0ut')
sys.exit(3)
"""
    user = plugin(body, env=[{"name": "KEY", "value": "s3cr3t"}])
    error = await refused(connect(target_of(server.url, user=user)))
    assert "exit code 3: \\x1b[31m*** login needed" in str(error)
    assert "s3cr3t" not in str(error)
    assert "st0ut" not in str(error)
    assert len(str(error)) < 600


async def test_hanging_is_killed_with_all_its_children(server, target_of, connect, plugin, tmp_path):
    body = """
import subprocess
child = subprocess.Popen(['sleep', '60'])
open(here + '/child', 'w').write(str(child.pid))
child.wait()
"""
    target = target_of(server.url, user=plugin(body))
    target = replace(target, source=replace(target.source, timeout=1.5))
    error = await refused(connect(target))
    assert "gave no answer in 1.5 s" in str(error)
    await gone(int((tmp_path / "bin" / "child").read_text()))


async def test_a_deadline_kills_it_too(server, target_of, connect, plugin, tmp_path):
    body = "open(here + '/pid', 'w').write(str(os.getpid()))\ntime.sleep(60)"
    began = time.monotonic()
    answer = await get(connect(target_of(server.url, user=plugin(body))), deadline=began + 1.5)
    assert "credentials" in str(answer.error)
    assert "not ready" in str(answer.error)
    await gone(int((tmp_path / "bin" / "pid").read_text()))


async def gone(pid: int) -> None:
    for _ in range(100):
        if not alive(pid):
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"process {pid} is still there")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("print('s3cr3t')", "not an ExecCredential"),
        ("print('{}')", "another version"),
        (TOKEN.replace("json.loads", "str").replace('["apiVersion"]', ""), "another version"),
        (TOKEN.replace('"token"', '"nothing"'), "neither a token nor"),
        (TOKEN.replace('"token"', '"clientCertificateData"'), "without its key"),
        (TOKEN.replace('"token-%d" % count', '"s3cr3t\\n"'), "cannot be sent"),
        (TOKEN.replace("None", '"tomorrow"'), "not an ExecCredential"),
    ],
)
async def test_nonsense(server, target_of, connect, plugin, body, words):
    error = await refused(connect(target_of(server.url, user=plugin(body))))
    assert words in str(error)
    assert "s3cr3t" not in str(error)


async def test_a_plugin_that_wants_a_terminal_is_warned_about(server, target_of, plugin):
    (warning,) = target_of(server.url, user=plugin(interactiveMode="Always")).warnings
    assert "terminal" in warning


async def test_it_reads_nothing_from_the_terminal(server, target_of, connect, plugin):
    body = TOKEN.replace('"token-%d" % count', '"read-%d" % len(sys.stdin.read())')
    await get(connect(target_of(server.url, user=plugin(body))))
    assert tokens(server) == ["Bearer read-0"]


async def test_a_static_token_goes_before_it(server, target_of, connect, plugin, calls):
    await get(connect(target_of(server.url, user=plugin() | {"token": "static"})))
    assert tokens(server) == ["Bearer static"]
    assert calls() == []
