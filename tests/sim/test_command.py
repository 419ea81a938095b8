from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

SMALL = ["--nodes", "2", "--namespaces", "5", "--pods", "20", "--pvcs", "2"]
HOMEPERF = [sys.executable, "-m", "homeperf_ray.cli.main", "sim"]

LIST_PODS = """
import os, sys, json
from pathlib import Path
sys.path.insert(0, os.environ["ROOT"])
from tests.homelab import credentials
import ssl, urllib.request
url, authority, token = credentials(Path(os.environ["KUBECONFIG"]))
request = urllib.request.Request(url + "/api/v1/pods", headers={"Authorization": "Bearer " + token})
context = ssl.create_default_context(cadata=authority)
print(json.dumps([len(json.load(urllib.request.urlopen(request, context=context))["items"]), os.environ["KUBECONFIG"]]))
sys.exit(7)
"""


def run(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "ROOT": str(Path(__file__).parents[2])}
    return subprocess.run(
        [*HOMEPERF, *arguments], capture_output=True, text=True, env=env, timeout=60, check=False, **options
    )


def test_a_command_runs_against_the_homelab_and_nothing_is_left(tmp_path):
    answer = run(*SMALL, "--", sys.executable, "-c", LIST_PODS)
    assert answer.returncode == 7, answer.stderr
    pods, kubeconfig = json.loads(answer.stdout)
    assert pods == 20
    assert answer.stderr == ""
    assert not Path(kubeconfig).parent.exists()


def test_options_after_the_command_are_the_commands_own():
    answer = run(*SMALL, sys.executable, "--version")
    assert answer.stdout.startswith("Python 3")


def test_a_command_that_a_signal_ended():
    answer = run(*SMALL, "--", sys.executable, "-c", "import os; os.kill(os.getpid(), 15)")
    assert answer.returncode == 128 + signal.SIGTERM


def test_a_command_that_cannot_be_run():
    answer = run(*SMALL, "--", "no-such-command-anywhere")
    assert answer.returncode == 3
    assert "no-such-command-anywhere cannot be run" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pods", "6", "--nodes", "6"], "at least 10 pods"),
        (["--without", "dns"], "--without knows"),
        (["--kubernetes-version", "1.7"], "not known here"),
        (["--fault", "explode"], "a fault is one of"),
        (["--fault", "status=42"], "400 to 599"),
        (["--fault", "hang,colour=red"], "no field 'colour'"),
        (["--fault", "hang=3"], "takes no value"),
        (["--latency", "soon"], "not a duration"),
    ],
)
def test_bad_usage_is_a_sentence_and_code_3(arguments, message):
    answer = run(*arguments)
    assert answer.returncode == 3
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr


def test_without_a_command_it_serves_until_interrupted():
    child = subprocess.Popen([*HOMEPERF, *SMALL], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    line = child.stdout.readline()
    kubeconfig = Path(line.removeprefix("export KUBECONFIG=").strip())
    assert kubeconfig.is_file()
    child.send_signal(signal.SIGINT)
    output, errors = child.communicate(timeout=30)
    assert (child.returncode, output) == (0, "")
    assert "kubectl get pods -A" in errors
    assert "Traceback" not in errors
    assert not kubeconfig.parent.exists()


def test_sigterm_reaches_the_command(tmp_path):
    script = (
        "import signal, sys, time\nsignal.signal(15, lambda *_: sys.exit(9))\nprint('on', flush=True)\ntime.sleep(60)"
    )
    child = subprocess.Popen([*HOMEPERF, *SMALL, "--", sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "on\n"
    time.sleep(0.1)
    child.terminate()
    assert child.wait(timeout=30) == 9
    child.stdout.close()


def test_a_fault_is_read_from_one_word():
    from homeperf_ray.cli.sim import Fault
    from homeperf_ray.sim.faults import Rule

    def read(text: str) -> Rule:
        return Fault().convert(text, None, None)

    assert read("status=429,resource=pods,times=3,retry-after=2") == Rule(
        kind="status", status=429, resource="pods", times=3, retry_after=2
    )
    assert read("hang,resource=nodes,user=limited") == Rule(kind="hang", resource="nodes", user="limited")
    assert read("latency=200ms") == Rule(kind="latency", seconds=0.2)
    assert read("redirect=https://127.0.0.1:1/,path=/api") == Rule(
        kind="redirect", location="https://127.0.0.1:1/", path="/api"
    )
    assert read("node=k8s-worker-1,seconds=40s,evict=5m") == Rule(
        kind="node", node="k8s-worker-1", seconds=40, evict=300
    )
    assert read("drip=2KB/s") == Rule(kind="drip", rate=2_000)
    assert read("closed=5s,share=0.5") == Rule(kind="closed", seconds=5, share=0.5)
    assert read("compacted") == Rule(kind="compacted")
    with pytest.raises(click.BadParameter):
        read("status=429,times=often")


def test_help_shows_an_example():
    answer = run("--help")
    assert answer.returncode == 0
    assert "homeperf sim -- kubectl get pods -A" in answer.stdout


def test_what_a_shell_leaves_behind_is_ended(tmp_path):
    script = f"sleep 300 & echo $! > {tmp_path / 'pid'}; exit 4"
    answer = run(*SMALL, "--", "sh", "-c", script)
    assert answer.returncode == 4
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_shell_and_its_children_and_the_homelab(tmp_path, number):
    script = f"echo $KUBECONFIG; sleep 300 & echo $! > {tmp_path / 'pid'}; echo on; wait"
    child = subprocess.Popen([*HOMEPERF, *SMALL, "--", "sh", "-c", script], stdout=subprocess.PIPE, text=True)
    kubeconfig = Path(child.stdout.readline().strip())
    assert child.stdout.readline() == "on\n"
    child.send_signal(number)
    assert child.wait(30) == 128 + number
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()
    assert not kubeconfig.parent.exists()
    child.stdout.close()
