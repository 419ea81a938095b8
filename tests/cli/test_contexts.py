"""Several contexts at once: one report, one budget a server, and none lost because of another."""

from __future__ import annotations

import time
from pathlib import Path

import yaml

from tests.cli.command import Homeperf


def contexts_of(homelab, tmp_path: Path, **others: dict) -> Path:
    """The homelab's kubeconfig with more contexts; each names a cluster and a user of its own."""
    document = yaml.safe_load(homelab.kubeconfig.read_text())
    for name, cluster in others.items():
        document["clusters"].append({"name": name, "cluster": cluster})
        user = document["contexts"][0]["context"]["user"]
        document["contexts"].append({"name": name, "context": {"cluster": name, "user": user}})
    path = tmp_path / "contexts"
    path.write_text(yaml.safe_dump(document))
    return path


def test_every_context_is_judged_and_the_exit_code_is_the_worst(homeperf: Homeperf, homelab):
    done = homeperf.run("check", "nodes", "--kubeconfig", str(homelab.kubeconfig), "--context", "homelab,limited")
    assert done.code == 2
    assert done.out.index("homelab") < done.out.index("limited")
    alone = homeperf.run("check", "nodes", "--kubeconfig", str(homelab.kubeconfig), "--context", "limited")
    assert alone.code == 3


def test_all_contexts_are_those_of_the_kubeconfig(homeperf: Homeperf, homelab):
    homelab.reset()
    done = homeperf.run("check", "nodes", "--kubeconfig", str(homelab.kubeconfig), "--all-contexts")
    assert done.code == 2
    assert {"admin", "limited"} <= homelab.counts()["by_user"].keys()


def test_a_server_sees_one_budget_however_many_contexts_lead_to_it(homeperf: Homeperf, homelab):
    homelab.reset()
    began = time.monotonic()
    strict = ("--qps", "20", "--burst", "5", "--details", "0", "--runner", "local")
    homeperf.run("check", "--kubeconfig", str(homelab.kubeconfig), "--all-contexts", *strict)
    spent = time.monotonic() - began
    sent = homelab.counts()["total"]
    assert sent > 50
    assert spent > (sent - 5) / 20 - 0.25


def test_a_context_that_cannot_be_used_or_reached_leaves_the_others_judged(homeperf: Homeperf, homelab, tmp_path: Path):
    gone = {"server": "https://127.0.0.1:1"}
    kubeconfig = contexts_of(homelab, tmp_path, gone=gone, senseless={"server": "ftp://nowhere"})
    done = homeperf.run("check", "nodes", "--kubeconfig", str(kubeconfig), "--context", "gone,homelab,senseless")
    assert done.code == 2
    assert "homelab" in done.out
    assert "127.0.0.1:1" in done.err
    assert "ftp" in done.err or "senseless" in done.err
    never = homeperf.run(
        "check", "nodes", "--kubeconfig", str(kubeconfig), "--context", "gone,homelab", "--fail-on", "never"
    )
    assert never.code == 3
