"""Whatever goes wrong ends in a sentence that says what is wrong and what to do, and the rest is still judged."""

import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Homeperf


@pytest.fixture
def sim(homelab):
    homelab.reset()
    yield homelab
    homelab.reset()


def edited(kubeconfig: Path, folder: Path, *changes: tuple[str, str]) -> Path:
    text = kubeconfig.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    copy = folder / "kubeconfig"
    copy.write_text(text)
    return copy


def test_an_unknown_domain(homeperf: Homeperf, sim):
    done = homeperf.check(sim.kubeconfig, "storge")
    assert done.code == 3
    assert "storge" in done.err
    assert "'storage'" in done.err


def test_an_unknown_command(homeperf: Homeperf):
    done = homeperf.run("chekc")
    assert done.code == 3
    assert "Did you mean 'check'?" in done.err


def test_an_unknown_namespace_is_named_and_the_known_one_is_judged(homeperf: Homeperf, sim):
    done = homeperf.check(sim.kubeconfig, "workloads", "-n", "kube-system,kube-sytem")
    unknown = [finding for finding in done.report["details"] if finding["code"] == "HP004"]
    assert len(unknown) == 1
    assert "kube-sytem" in unknown[0]["message"]
    assert "kube-system" in unknown[0]["message"]
    assert done.report["summary"]["total"] > 1
    assert done.code in (2, 3)


@pytest.mark.parametrize(
    "arguments",
    [("-n", "Not_A_Name"), ("--timeout", "soon"), ("--concurrency", "65"), ("--qps", "0"), ("-n", "a", "-A")],
)
def test_bad_options_are_usage_errors(homeperf: Homeperf, sim, arguments: tuple[str, ...]):
    done = homeperf.check(sim.kubeconfig, *arguments)
    assert done.code == 3
    assert "Error: " in done.err or "exclude each other" in done.err
    assert done.out == ""


def test_no_kubeconfig_at_all(homeperf: Homeperf):
    done = homeperf.run("check", "-o", "json")
    assert done.code == 3
    assert "kubeconfig" in done.err
    assert done.report["status"] == "error"


def test_an_unknown_context_offers_the_nearest(homeperf: Homeperf, sim):
    done = homeperf.check(sim.kubeconfig, "--context", "homelap")
    assert done.code == 3
    assert "homelap" in done.err
    assert "homelab" in done.err.replace("homelap", "")


def test_an_unreachable_server(homeperf: Homeperf, sim, tmp_path: Path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    kubeconfig = edited(sim.kubeconfig, tmp_path, (sim.url, f"https://127.0.0.1:{port}"))
    done = homeperf.check(kubeconfig, "--timeout", "5s")
    assert done.code == 3
    assert done.report["status"] == "error"
    assert done.report["summary"] == {"total": 1, "healthy": 0, "warnings": 0, "critical": 0, "errors": 1}
    assert str(port) in done.report["issues"][0]
    table = homeperf.run("check", "--kubeconfig", str(kubeconfig), "--runner", "local", "--timeout", "5s")
    assert (table.code, table.out) == (3, "")
    assert table.err.startswith("homeperf: ")
    assert str(port) in table.err


def test_tls_that_is_not_verified_is_a_warning_and_no_obstacle(homeperf: Homeperf, sim, tmp_path: Path):
    import yaml

    config = yaml.safe_load(sim.kubeconfig.read_text())
    for cluster in config["clusters"]:
        del cluster["cluster"]["certificate-authority-data"]
        cluster["cluster"]["insecure-skip-tls-verify"] = True
    copy = tmp_path / "kubeconfig"
    copy.write_text(yaml.safe_dump(config))
    done = homeperf.check(copy, "nodes")
    assert done.code == 2
    assert done.report["warnings"]
    assert done.err.startswith("homeperf: warning: ")


def test_a_wrong_token(homeperf: Homeperf, sim, tmp_path: Path):
    from tests.homelab import credentials

    _, _, token = credentials(sim.kubeconfig)
    done = homeperf.check(edited(sim.kubeconfig, tmp_path, (token, "wrong-token")))
    assert done.code == 3
    assert len(done.report["details"]) == 1
    assert "wrong-token" not in done.out + done.err


def test_a_forbidden_resource_names_the_permission_and_the_rest_is_judged(homeperf: Homeperf, sim):
    sim.fault("status", resource="persistentvolumeclaims", status=403)
    done = homeperf.check(sim.kubeconfig)
    unread = [finding for finding in done.report["details"] if finding["severity"] == "error"]
    assert [finding["object"] for finding in unread] == ["persistentvolumeclaims"]
    assert "list" in unread[0]["message"]
    assert unread[0]["code"] == "HP001"
    assert {"nodes", "workloads", "flux"} <= {finding["domain"] for finding in done.report["details"]}
    assert done.report["ledger"]["sent"] == sim.counts()["total"]


@pytest.mark.parametrize("kind", ["garbage", "truncated", "reset"])
def test_a_broken_answer_to_one_request_leaves_the_rest_judged(homeperf: Homeperf, sim, kind: str):
    sim.fault(kind, resource="pods")
    done = homeperf.check(sim.kubeconfig)
    unread = [finding for finding in done.report["details"] if finding["severity"] == "error"]
    assert [finding["object"] for finding in unread] == ["pods"]
    assert "Node" in {finding["object"].split("/")[0] for finding in done.report["details"]}
    assert done.report["ledger"]["sent"] == sim.counts()["total"]


def test_garbage_from_everything_is_one_sentence(homeperf: Homeperf, sim):
    sim.fault("garbage")
    done = homeperf.check(sim.kubeconfig)
    assert done.code == 3
    assert done.report["status"] == "error"


def test_a_server_that_never_answers_ends_with_the_timeout(homeperf: Homeperf, sim):
    sim.fault("hang")
    done = homeperf.check(sim.kubeconfig, "--timeout", "1s")
    assert done.code == 3
    assert "no answer" in done.report["issues"][0]


def test_one_resource_that_never_answers_leaves_the_rest_judged(homeperf: Homeperf, sim):
    sim.fault("hang", resource="pods")
    done = homeperf.check(sim.kubeconfig, "--timeout", "2s")
    unread = {finding["object"] for finding in done.report["details"] if finding["severity"] == "error"}
    assert unread == {"pods"}
    assert done.code == 2


def test_a_throttled_request_is_sent_again_and_counted(homeperf: Homeperf, make_homelab):
    sim = make_homelab(pods=100)
    sim.fault("status", resource="pods", status=429, retry_after=1, times=1)
    done = homeperf.check(sim.kubeconfig)
    assert done.report["summary"]["errors"] == 0
    ledger = done.report["ledger"]
    assert (ledger["throttled"], ledger["retries"]) == (1, 1)
    assert ledger["sent"] == sim.counts()["total"]


def test_ray_without_a_runtime_says_how_to_start_one(homeperf: Homeperf, sim):
    done = homeperf.check(sim.kubeconfig, runner="ray")
    assert done.code == 3
    assert "homeperf up" in done.err


def test_auto_without_a_runtime_runs_here_in_silence(homeperf: Homeperf, sim):
    done = homeperf.check(sim.kubeconfig, runner="auto")
    assert done.code == 2
    assert done.report["runner"] == "local"
    assert done.err == ""


def test_timings_that_cannot_be_written_do_not_cost_the_report(homeperf: Homeperf, sim, tmp_path: Path):
    (tmp_path / "file").write_text("")
    done = homeperf.check(sim.kubeconfig, "--timings", str(tmp_path / "file" / "below"))
    assert done.code == 2
    assert done.report["details"]
    assert "--timings" in done.err


def limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))


def test_a_full_disk_leaves_no_half_written_file(homeperf: Homeperf, sim, tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = (
        os.geteuid() == 0
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(disk)], check=False, capture_output=True
        ).returncode
        == 0
    )
    try:
        done = subprocess.run(
            [sys.executable, "-m", "homeperf_ray.cli.main", "check", "--kubeconfig", str(sim.kubeconfig),
             "--runner", "local", "--timings", str(disk / "t"), "-o", "json"],
            env=homeperf.environment, capture_output=True, text=True, timeout=60, check=False,
            preexec_fn=None if mounted else limit_files,
        )  # fmt: skip
        left = [path for path in disk.rglob("*") if path.is_file() and path.stat().st_size]
    finally:
        if mounted:
            subprocess.run(["umount", str(disk)], check=True)
    assert done.returncode == 2, done.stderr
    assert "were not written" in done.stderr
    assert "Traceback" not in done.stderr
    assert left == []
