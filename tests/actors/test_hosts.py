"""Three hosts and a workstation: checks over the network, and one host that loses its power in the middle of a run."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from tests.actors.hosts import NET, OURS, Hosts, Relay, why_not
from tests.actors.test_check_on_ray import findings
from tests.cli.command import Homeperf
from tests.homelab import received

pytestmark = [pytest.mark.ray, pytest.mark.slow]

HEAD = f"{NET}.10"
MAIN = [sys.executable, "-m", "homeperf_ray.cli.main"]


class Lab:
    """Ray on three hosts, served; ``run`` is a command on the workstation, which has no kubeconfig."""

    def __init__(self, home: Path, sim) -> None:
        token = home / "ray.token"
        token.touch(0o600)
        token.write_text(secrets.token_hex(32))
        self.head = Homeperf(home)
        self.head.environment |= {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(token),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_health_check_period_ms": "1000",
            "RAY_health_check_timeout_ms": "1000",
            "RAY_health_check_failure_threshold": "3",
        }
        self.hosts = Hosts(self.head.environment)
        self.relay: Relay | None = None
        try:
            self.hosts.bridge()
            self.relay = Relay(urlsplit(sim.url).port)
            self._start(home, sim)
        except BaseException:
            self.close()
            raise

    def _start(self, home: Path, sim) -> None:
        for host, number in (("head", 10), ("w1", 11), ("w2", 12), ("ws", 40)):
            self.hosts.add(host, number)
        kubeconfig = yaml.safe_load(sim.kubeconfig.read_text())
        for one in kubeconfig["clusters"]:
            one["cluster"] |= {"server": f"https://{OURS}:{self.relay.port}", "tls-server-name": "127.0.0.1"}
        (home / "kubeconfig").write_text(yaml.safe_dump(kubeconfig))
        (home / "kubeconfig").chmod(0o600)
        said = self.boot()
        self.workstation = {
            **{name: self.head.environment[name] for name in ("PATH", "LANG")},
            "HOME": str(home / "ws"),
            "HOMEPERF_ADDRESS": said["address"],
            "HOMEPERF_GATEWAY_FINGERPRINT": said["gateway-fingerprint"],
            "HOMEPERF_GATEWAY_TOKEN": (home / "gateway/token").read_text().strip(),
        }

    def boot(self) -> dict[str, str]:
        """Start Ray on the head, join the others, serve; what that said."""
        home = self.head.home
        self.hosts.start(
            *("head", "--head", f"--node-ip-address={HEAD}", "--port=6379", "--num-cpus=0", "--block"),
            *("--include-dashboard=false", "--disable-usage-stats", "--object-store-memory=100000000"),
        )
        wait_for((self.hosts.folder / "head/ray_current_cluster").exists, 60)
        self.join("w1", 11)
        self.join("w2", 12)
        serve = ["serve", "--kubeconfig", str(home / "kubeconfig"), "--credentials", str(home / "gateway")]
        done = subprocess.run(
            [*self.hosts.enter("head"), *MAIN, *serve], env=self.head.environment, capture_output=True, text=True,
            timeout=180, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + self.hosts.log("head")
        said = dict(line.strip().split(": ") for line in done.stdout.splitlines() if line.startswith("  "))
        assert said["address"] == f"{HEAD}:7443"
        return said

    def join(self, host: str, number: int) -> None:
        self.hosts.start(
            *(host, f"--address={HEAD}:6379", f"--node-ip-address={NET}.{number}", "--num-cpus=0", "--block"),
            *("--disable-usage-stats", "--object-store-memory=100000000"),
        )

    def popen(self, *arguments: str) -> subprocess.Popen:
        command = ["ip", "netns", "exec", self.hosts.name("ws"), *MAIN, *arguments]
        return subprocess.Popen(
            command, env=self.workstation, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *arguments: str) -> dict:
        out, err = self.popen(*arguments, "-o", "json").communicate(timeout=120)
        assert out, err
        return json.loads(out)

    def workers(self) -> set[str]:
        state = self.run("status")
        return {one["name"] for one in state["workers"] if one["pid"]} if state["up"] else set()

    def actor_log(self) -> str:
        logs = (self.hosts.folder / "head/session_latest/logs").resolve().name
        found = self.hosts.folder.glob(f"head/session_*/{logs}/worker-*.err")
        return "".join(path.read_text(errors="replace") for path in found if "Traceback" in path.read_text())[-6000:]

    def close(self) -> None:
        self.hosts.close()
        if self.relay:
            self.relay.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, homelab) -> Iterator[Lab]:
    if reason := why_not():
        pytest.skip(f"no network namespaces here: {reason}")
    made = Lab(tmp_path_factory.mktemp("lab"), homelab)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(made.head.home, ignore_errors=True)


ALL = {f"worker-{NET}.{number}" for number in (10, 11, 12)}


def test_a_host_that_loses_its_power_costs_no_check_and_gets_its_worker_back(lab: Lab, sim, tmp_path):
    wait_for(lambda: lab.workers() == ALL, 60)
    expected = Homeperf(tmp_path).check(sim.kubeconfig).report
    whole = lab.run("check", "--details", "0", "--fresh")
    assert whole["workers"] == 3
    assert findings(whole) == findings(expected)

    sim.reset_counts()
    sim.fault("latency", verb="list", seconds=2)
    began = time.monotonic()
    client = lab.popen("check", "--details", "0", "--fresh", "--timeout", "40s", "-o", "json")
    wait_for(lambda: received(sim, verb="list") >= 6, 30)
    lab.hosts.power_off("w2")
    cut = time.monotonic()
    out, err = client.communicate(timeout=60)
    took = time.monotonic() - began
    report = json.loads(out)
    print(f"a host lost its power {cut - began:.1f} s into a check that took {took:.1f} s")
    summary = report["summary"]
    assert summary["total"] == sum(summary[name] for name in ("healthy", "warnings", "critical", "errors"))
    assert findings(report) == findings(expected), err + lab.actor_log()
    assert took < 40 + 10
    assert report["ledger"]["resent"] >= 1

    sim.reset()
    wait_for(lambda: lab.workers() == ALL - {f"worker-{NET}.12"}, 60)
    print(f"it was gone from the status {time.monotonic() - cut:.1f} s after the cut")
    assert findings(lab.run("check", "--details", "0", "--fresh")) == findings(expected)

    lab.hosts.plug_in("w2")
    back = time.monotonic()
    lab.join("w2", 12)
    wait_for(lambda: lab.workers() == ALL, 90)
    print(f"it had its worker back {time.monotonic() - back:.1f} s after the power")
    again = lab.run("check", "--details", "0", "--fresh")
    assert (again["workers"], findings(again)) == (3, findings(expected))


def test_a_head_that_loses_its_power_is_an_error_with_a_reason_and_serves_again_when_it_is_back(
    lab: Lab, sim, tmp_path
):
    """It comes last: the whole runtime is gone with its head, and is started anew."""
    wait_for(lambda: lab.workers() == ALL, 90)
    expected = Homeperf(tmp_path).check(sim.kubeconfig).report
    sim.reset_counts()
    sim.fault("latency", verb="list", seconds=4)
    client = lab.popen("check", "--details", "0", "--fresh", "--timeout", "60s", "-o", "json")
    wait_for(lambda: received(sim, verb="list") >= 6, 30)
    lab.hosts.power_off("head")
    cut = time.monotonic()
    out, err = client.communicate(timeout=100)
    took = time.monotonic() - cut
    print(f"the client gave up {took:.1f} s after the head lost its power: {err.strip()}")
    report = json.loads(out)
    assert (client.returncode, report["status"], report["summary"]["errors"]) == (3, "error", 1)
    assert report["error"]["message"] in {"the runtime did not answer in time", "the runtime broke off"}
    assert took < 60 + 10
    gone = lab.popen("check")
    _, err = gone.communicate(timeout=60)
    assert (gone.returncode, "cannot be reached" in err) == (3, True)
    sim.reset()

    for host in ("w1", "w2"):
        lab.hosts.power_off(host)
    wait_for(lambda: sim.counts()["in_flight"] == 0, 60)
    for host in ("head", "w1", "w2"):
        lab.hosts.plug_in(host)
    lab.boot()
    wait_for(lambda: lab.workers() == ALL, 90)
    again = lab.run("check", "--details", "0", "--fresh")
    assert (again["workers"], findings(again)) == (3, findings(expected))


def wait_for(condition, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
