"""Progress: on a terminal, while it takes long, and nowhere else."""

from __future__ import annotations

import re
import sys

import pytest
import yaml

from tests.cli.command import Homeperf
from tests.cli.terminal import Terminal

COMMAND = (sys.executable, "-m", "homeperf_ray.cli.main", "check", "nodes", "--runner", "local", "--fail-on", "never")
LINE = re.compile(r"(\d+) of (\d+) read, \d+ checks judged")


@pytest.fixture
def slow(make_homelab):
    return make_homelab(nodes=3, namespaces=6, pods=40, pvcs=4, latency=0.4)


@pytest.mark.parametrize(("contexts", "lists"), [("homelab", 4), ("homelab,homelab-2", 8)])
def test_a_line_counts_what_is_read_of_all_contexts_and_goes_away(homeperf: Homeperf, slow, tmp_path, contexts, lists):
    text = slow.kubeconfig.read_text()
    document = yaml.safe_load(text)
    document["contexts"].append({"name": "homelab-2", "context": document["contexts"][0]["context"]})
    kubeconfig = tmp_path / "two"
    kubeconfig.write_text(yaml.safe_dump(document))
    environment = {**homeperf.environment, "KUBECONFIG": str(kubeconfig)}
    terminal = Terminal([*COMMAND, "--context", contexts], environment)
    terminal.until(lambda text: bool(LINE.search(text)))
    terminal.end()
    counted = [(int(read), int(planned)) for read, planned in LINE.findall(terminal.received.decode())]
    assert counted[-1] == (lists, lists)
    assert counted == sorted(counted)
    assert not LINE.search(terminal.text)
    assert "HP102" in terminal.text or "healthy" in terminal.text


def test_what_is_no_terminal_sees_nothing_of_it(homeperf: Homeperf, slow):
    done = homeperf.run("check", "nodes", "--kubeconfig", str(slow.kubeconfig), "--runner", "local")
    assert done.err == ""
