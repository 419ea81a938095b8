"""Standard streams that are closed, full, or read by nobody, as cron jobs and pipes have them."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Homeperf
from tests.cli.terminal import Terminal


def shell(homeperf: Homeperf, sim, words: str, redirection: str) -> subprocess.CompletedProcess[str]:
    command = f"{shlex.quote(sys.executable)} -m homeperf_ray.cli.main {words} {redirection}"
    environment = {**homeperf.environment, "KUBECONFIG": str(sim.kubeconfig)}
    done = subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_neither_the_answer_nor_the_exit_code(homeperf: Homeperf, homelab, closed: str):
    done = shell(homeperf, homelab, "check nodes -o name --runner local", closed)
    assert done.returncode == 2, done.stderr
    assert ("node/k8s-worker-3" in done.stdout) == (">&- " not in f"{closed.replace('2>&-', '')} ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", ["check nodes -o name --runner local", "config view", "check --help"])
def test_a_full_disk_is_not_taken_for_warnings(homeperf: Homeperf, homelab, words: str):
    done = shell(homeperf, homelab, words, ">/dev/full")
    assert done.returncode == 3
    assert "stdout cannot be written to: No space left on device" in done.stderr


def test_a_reader_that_leaves_is_not_taken_for_warnings(homeperf: Homeperf, homelab):
    done = shell(homeperf, homelab, "check --runner local --details 0", "| head -1; exit ${PIPESTATUS[0]}")
    assert done.returncode == 141
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_a_defect_is_told_and_not_taken_for_warnings(homeperf: Homeperf):
    broken = "import homeperf_ray.cli.main as m; m.homeperf.invoke = lambda ctx: 1 / 0; m.main()"
    done = subprocess.run(
        [sys.executable, "-c", broken, "status"], env=homeperf.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "ZeroDivisionError" in done.stderr
    assert "defect of homeperf" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_watch_that_is_ended_by_a_signal_gives_the_terminal_back(homeperf: Homeperf, homelab, number: signal.Signals):
    command = [sys.executable, "-m", "homeperf_ray.cli.main", "check", "nodes", "--runner", "local", "--watch=1s"]
    terminal = Terminal(command, {**homeperf.environment, "KUBECONFIG": str(homelab.kubeconfig)})
    terminal.until(lambda text: "HP102" in text)
    terminal.process.send_signal(number)
    assert terminal.end() == 128 + number
    assert terminal.received.endswith(b"\x1b[?7h\x1b[?25h\x1b[?1049l")


def test_a_variable_that_cannot_be_read_is_named(homeperf: Homeperf):
    done = homeperf.run("check", HOMEPERF_QPS="fast")
    assert done.code == 3
    assert "Invalid value for HOMEPERF_QPS: 'fast'" in done.err


def test_days_that_no_calendar_has_are_refused(homeperf: Homeperf):
    done = homeperf.run("check", "--timings-keep", "99999999999")
    assert done.code == 3
    assert "--timings-keep" in done.err


def test_what_a_legacy_encoding_does_not_know_is_written_out(homeperf: Homeperf):
    done = homeperf.run("doctor", "--kubeconfig", "/nowhere", PYTHONIOENCODING="iso8859-5")
    assert "\\u2717 kubeconfig" in done.out


def test_an_interval_that_no_clock_has_is_refused(homeperf: Homeperf):
    done = homeperf.run("check", "--watch", "999999999999d")
    assert done.code == 3
    assert "too long" in done.err
