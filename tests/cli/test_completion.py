"""Completion: what each shell offers, and that nothing hostile gets into it."""

from __future__ import annotations

import importlib
import json
import shlex
import socket
import stat
import subprocess
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from homeperf_ray.checks.registry import CODES
from homeperf_ray.cli.main import COMMANDS
from tests.cli.completing import MARK, Shells
from tests.homelab import received

HOSTILE = (
    "it's",
    'say "hi"',
    "two words",
    "$(touch owned)",
    "`touch owned`",
    "a;touch owned",
    "back\\slash",
    "wow!bang",
    "~root",
    "*",
    "#hash",
    "{a,b}",
    "-dash",
    "ünïcode 日本",
)
UNSEEN = ("tab\there", "line\nbreak", "\x1b[31mred", "bell\x07", "right\u202eleft", "zero\u200bwidth")


@pytest.fixture
def shells(homeperf, tmp_path) -> Iterator[Shells]:
    shells = Shells(homeperf, tmp_path)
    yield shells
    shells.close()


@pytest.fixture
def kubeconfig(tmp_path):
    """Writes a kubeconfig with these contexts, which lead nowhere."""

    def write(*names: str, file: str = "kubeconfig") -> str:
        path = tmp_path / file
        document = {
            "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
            "contexts": [{"name": name, "context": {"cluster": "c"}} for name in names],
            "current-context": names[0],
        }
        path.write_text(yaml.safe_dump(document, allow_unicode=True))
        return str(path)

    return write


def read_back(shells: Shells, line: str, word: str) -> list[list[str]]:
    """The words that bash makes of the line, for each replacement of its end."""
    found = []
    for reply in shells.bash(line, word):
        whole = line.removesuffix(word) + reply
        closing = next(quote for quote in ("", "'", '"') if _complete(whole + quote))
        script = f"set +H; f() {{ printf '%s\\0' \"$@\"; }}; f {(whole + closing).removeprefix('homeperf ')}"
        said = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, check=True)
        assert said.stderr == ""
        found.append(said.stdout.split("\0")[:-1])
    return found


def _complete(text: str) -> bool:
    return subprocess.run(["bash", "--norc", "-n", "-c", text], capture_output=True, check=False).returncode == 0


class TestBash:
    def test_commands_options_choices_and_domains(self, shells):
        assert shells.bash("homeperf ") == list(COMMANDS)
        assert shells.bash("homeperf che") == ["check"]
        assert {"--context", "--kubeconfig", "--watch"} <= set(shells.bash("homeperf check --"))
        assert shells.bash("homeperf check --fail-on ") == ["critical", "warning", "never"]
        assert shells.bash("homeperf check --fail-on=n", "n") == ["never"]
        assert shells.bash("homeperf check -o js") == ["json", "jsonl"]
        assert shells.bash("homeperf check nodes n") == ["network"]
        assert shells.bash("homeperf config ") == ["init", "path", "view"]
        assert shells.bash("homeperf completion ") == ["bash", "zsh", "fish"]

    def test_domains_of_the_environment_are_offered_still(self, shells):
        assert "nodes" in shells.bash("homeperf check ", HOMEPERF_DOMAINS="nodes")

    def test_codes_are_written_as_they_were_begun(self, shells):
        assert shells.bash("homeperf explain ") == sorted(CODES)
        assert shells.bash("homeperf explain HP10")[:2] == ["HP101", "HP102"]
        assert shells.bash("homeperf explain hp10")[:2] == ["hp101", "hp102"]
        assert shells.bash("homeperf explain 10")[:2] == ["101", "102"]

    def test_contexts_of_the_kubeconfig_that_is_named(self, shells, kubeconfig):
        one, other = kubeconfig("alpha", "beta", "gamma"), kubeconfig("delta", file="other")
        line = f"homeperf check --kubeconfig {one} --context "
        assert shells.bash(line) == ["alpha", "beta", "gamma"]
        assert shells.bash(f"{line}a,") == ["a,alpha", "a,beta", "a,gamma"]
        assert shells.bash(f"{line}alpha,gamma,") == ["alpha,gamma,beta"]
        assert shells.bash(f"{line.rstrip()}=alpha,b", "alpha,b") == ["alpha,beta"]
        assert shells.bash("homeperf check --context ", KUBECONFIG=other) == ["delta"]
        assert shells.bash("homeperf check --context ", HOMEPERF_KUBECONFIG=one, KUBECONFIG=other)[0] == "alpha"
        assert shells.bash(f"homeperf check --kubeconfig={other} --context ", KUBECONFIG=one) == ["delta"]

    def test_the_configuration_names_a_kubeconfig_too(self, shells, kubeconfig, tmp_path):
        file = tmp_path / "config.yaml"
        file.write_text(
            f"kubeconfig: {kubeconfig('alpha')}\n"
            f"profiles:\n  beta's: {{kubeconfig: {kubeconfig('beta', file='b')}}}\n  z: {{}}\n"
        )
        assert shells.bash("homeperf check --context ", HOMEPERF_CONFIG=str(file)) == ["alpha"]
        assert shells.bash(f'homeperf check --config {file} --profile "beta\'s" --context ') == ["beta"]
        assert shells.bash(f"homeperf check --config {file} --profile ") == ["beta\\'s", "z"]
        assert shells.bash("homeperf config view --profile b", HOMEPERF_CONFIG=str(file)) == ["beta\\'s"]

    @pytest.mark.parametrize("word", ["", "'", '"'])
    def test_hostile_contexts_are_one_word_and_run_nothing(self, shells, kubeconfig, word):
        names = [name for name in HOSTILE if "," not in name]
        file = kubeconfig(*names, *UNSEEN)
        line = f"homeperf check --kubeconfig {file} --context {word}"
        assert [words[-1] for words in read_back(shells, line, "")] == names
        assert all(len(words) == 5 for words in read_back(shells, line, ""))
        assert not Path("owned").exists()

    def test_a_word_that_readline_breaks_is_continued_where_it_broke(self, shells, kubeconfig):
        file = kubeconfig("admin@home", "arn:aws:eks:x:cluster/one two")
        line = f"homeperf check --kubeconfig {file} --context "
        assert shells.bash(f"{line}admin@h", "h") == ["home"]
        assert shells.bash(f"{line}arn:aws:e", "e") == ["eks:x:cluster/one\\ two"]
        assert shells.bash(f"{line.rstrip()}=arn:aws:eks:x:cluster/one\\ t", "x:cluster/one\\ t") == [
            "x:cluster/one\\ two"
        ]
        assert shells.bash(f'{line}"arn:aws:eks:x:cluster/one t', "arn:aws:eks:x:cluster/one t") == [
            "arn:aws:eks:x:cluster/one two"
        ]

    @pytest.mark.parametrize(
        "line",
        [
            "homeperf nonsense ",
            "homeperf check --kubeconfig /nowhere --context ",
            "homeperf check --config /nowhere --profile ",
            "homeperf check --profile nobody --context ",
            "homeperf check --kubeconfig /nowhere -n ",
            "homeperf check --timeout x -n ",
            "homeperf explain \x1b",
            "homeperf check 'open ",
            "homeperf check trailing\\",
            "another command ",
        ],
    )
    def test_what_cannot_be_completed_is_silent(self, shells, line):
        assert shells.bash(line) == []


class TestInteractive:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_a_command_an_option_and_its_value(self, shells, shell):
        terminal = shells.terminal(shell)
        terminal.press("homeperf che\t")
        terminal.until(lambda text: "homeperf check" in text)
        terminal.press("--fail-\t")
        terminal.until(lambda text: "check --fail-on" in text)
        terminal.press("cr\t")
        terminal.until(lambda text: "--fail-on critical" in text)

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    @pytest.mark.parametrize(
        "name", ["it's $(touch owned) `x`", 'a;touch "owned"', "back\\slash", "wow!bang|cat", "~root", "*", "$HOME #x"]
    )
    def test_a_hostile_context_becomes_one_word(self, shells, shell, name, kubeconfig, tmp_path):
        if (shell, name) == ("fish", "~root"):
            pytest.skip("fish quotes everything but this, which is therefore not offered")
        file = kubeconfig(name, "tab\there")
        shells.command("show", "import sys, json", "print(json.dumps(sys.argv[1:]))")
        terminal = shells.terminal(shell)
        terminal.press(f"cd {tmp_path}\r")
        line = f"homeperf check --kubeconfig {file} --context"
        terminal.press(f"{line} \t")
        terminal.until(lambda text: text.replace("\n", "").rpartition(line)[2].strip() != "")
        terminal.press("\x01show \r")
        terminal.until(lambda text: '["homeperf"' in text)
        assert json.dumps(["--context", name])[1:-1] in terminal.text.replace("\n", "")
        assert not (tmp_path / "owned").exists()

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_an_option_with_its_value_in_one_word(self, shells, shell, kubeconfig):
        terminal = shells.terminal(shell)
        terminal.press(f"homeperf check --kubeconfig={kubeconfig('admin@home.lan', 'b')} --context=b,adm\t")
        terminal.until(lambda text: "b,admin@home.lan" in text.replace("\n", ""))

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    @pytest.mark.parametrize("option", ["--kubeconfig ", "--kubeconfig=", "--timings "])
    def test_files_and_folders_are_left_to_the_shell(self, shells, shell, option, tmp_path):
        (tmp_path / "one file").touch() if "kubeconfig" in option else (tmp_path / "one file").mkdir()
        terminal = shells.terminal(shell)
        terminal.press(f"cd {tmp_path}; clear\r")
        terminal.until(lambda text: text.endswith(MARK))
        terminal.press(f"homeperf check {option}on\t")
        terminal.until(lambda text: f"{option}one\\ file" in text)

    @pytest.mark.parametrize("shell", ["zsh", "fish"])
    def test_codes_come_with_their_titles(self, shells, shell):
        terminal = shells.terminal(shell)
        terminal.press("homeperf explain HP10\t")
        terminal.until(lambda text: "a node is short of memory" in text)

    def test_in_bash_the_command_need_not_be_the_first(self, shells):
        terminal = shells.terminal("bash")
        terminal.press("true; X=1 homeperf expl\t")
        terminal.until(lambda text: "homeperf explain" in text)


class TestNamespaces:
    def test_they_come_from_the_cluster_and_are_kept_for_a_minute(self, shells, homeperf, homelab):
        homelab.reset()
        line = f"homeperf check --kubeconfig {homelab.kubeconfig} -n "
        names = shells.bash(line)
        assert names == sorted(names)
        assert "kube-system" in names
        assert len(names) == 30
        assert shells.bash(f"{line}kube-system,kube-p") == ["kube-system,kube-public"]
        assert received(homelab, resource="namespaces") == homelab.counts()["total"] == 1
        status = homeperf.run("status", "-o", "json").report
        assert [one["server"] for one in status["budgets"]] == [homelab.url], "it counts"
        folder = homeperf.home / ".cache" / "homeperf"
        (file,) = folder.glob("namespaces-*")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_an_old_file_is_not_believed_and_a_damaged_one_neither(self, shells, homeperf, homelab):
        line = f"homeperf check --kubeconfig {homelab.kubeconfig} -n kube-p"
        shells.bash(line)
        (file,) = (homeperf.home / ".cache" / "homeperf").glob("namespaces-*")
        for content in (
            json.dumps(json.loads(file.read_text()) | {"at": time.time() - 61, "names": ["kube-p-old"]}),
            "{",
        ):
            file.write_text(content)
            homelab.reset()
            assert shells.bash(line) == ["kube-public"]
            assert homelab.counts()["total"] == 1

    def test_who_may_not_list_them_is_told_nothing(self, shells, homelab):
        assert shells.bash(f"homeperf check --kubeconfig {homelab.kubeconfig} --context limited -n ") == []

    def test_identities_do_not_share_what_they_saw(self, shells, homelab):
        line = f"homeperf check --kubeconfig {homelab.kubeconfig}"
        assert shells.bash(f"{line} --context homelab -n ")
        assert shells.bash(f"{line} --context limited -n ") == []

    def test_several_contexts_are_asked_and_a_dead_one_takes_nothing_away(self, shells, homelab, tmp_path):
        document = yaml.safe_load(homelab.kubeconfig.read_text())
        document["clusters"].append({"name": "dead", "cluster": {"server": "https://127.0.0.1:1"}})
        document["contexts"].append({"name": "dead", "context": {"cluster": "dead", "user": "nobody"}})
        document["users"].append({"name": "nobody", "user": {}})
        file = tmp_path / "several"
        file.write_text(yaml.safe_dump(document))
        line = f"homeperf check --kubeconfig {file} --context dead,homelab -n kube-p"
        assert shells.bash(line) == ["kube-public"]
        assert shells.bash(f"homeperf check --kubeconfig {file} --all-contexts -n kube-p") == ["kube-public"]

    def test_a_server_that_never_answers_is_given_up(self, shells, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as server:
            file = tmp_path / "silent"
            cluster = {"server": f"https://127.0.0.1:{server.getsockname()[1]}"}
            context = {"name": "c", "context": {"cluster": "c"}}
            file.write_text(
                yaml.safe_dump(
                    {
                        "clusters": [{"name": "c", "cluster": cluster}],
                        "contexts": [context],
                        "current-context": "c",
                    }
                )
            )
            assert shells.bash(f"homeperf check --kubeconfig {file} -n ") == []

    def test_a_credential_plugin_that_talks_is_not_heard(self, shells, homelab, tmp_path):
        document = yaml.safe_load(homelab.kubeconfig.read_text())
        for user in document["users"]:
            plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "interactiveMode": "Never"}
            user["user"] = {"exec": plugin | {"args": ["-c", "echo look at me >&2; exit 1"]}}
        file = tmp_path / "plugin"
        file.write_text(yaml.safe_dump(document))
        assert shells.bash(f"homeperf check --kubeconfig {file} -n ") == []


class TestKubectl:
    def ask(self, shells: Shells, *words: str, **environment: str) -> list[str]:
        return shells.run(["kubectl_complete-homeperf", *words], **environment).splitlines()

    def test_candidates_with_descriptions_and_the_directive(self, shells):
        assert self.ask(shells, "che") == [f"check\t{COMMANDS['check']}", ":4"]
        assert self.ask(shells, "check", "--fail-on", "n") == ["never", ":4"]
        assert self.ask(shells, "check", "--fail-on=n") == ["--fail-on=never", ":4"]
        assert self.ask(shells, "explain", "HP102") == ["HP102\ta node's kubelet has stopped reporting", ":4"]

    def test_only_contexts_that_no_shell_has_to_quote(self, shells, kubeconfig):
        file = kubeconfig("admin@home.lan", "arn:aws:eks:x:1:cluster/y", "größe", *HOSTILE, *UNSEEN)
        said = self.ask(shells, "check", "--context", "", KUBECONFIG=file)
        assert said == ["admin@home.lan", "arn:aws:eks:x:1:cluster/y", "größe", "-dash", ":4"]

    def test_file_names_are_left_to_kubectl(self, shells):
        assert self.ask(shells, "check", "--kubeconfig", "x") == [":0"]
        assert self.ask(shells, "check", "--timings", "x") == [":16"]

    def test_nothing_is_said_of_what_goes_wrong(self, shells):
        assert self.ask(shells, "nonsense", "") == [":4"]
        assert self.ask(shells) == [*(f"{name}\t{line}" for name, line in COMMANDS.items()), ":4"]


def test_fish_is_not_offered_what_it_would_expand(shells, kubeconfig):
    file = kubeconfig("~root", "a~b")
    said = shells.run(["homeperf", "check", "--context", ""], _HOMEPERF_COMPLETE="fish_complete", KUBECONFIG=file)
    assert said == "word\ta~b\t\n"
    said = shells.run(["homeperf", "check", "--context=~"], _HOMEPERF_COMPLETE="fish_complete", KUBECONFIG=file)
    assert said == "word\t--context=~root\t\n"


def test_the_scripts_hold_no_path_and_are_those_of_the_variable(shells, homeperf):
    for shell in ("bash", "zsh", "fish"):
        script = homeperf.run("completion", shell).out
        assert str(homeperf.home) not in script
        assert shells.run(["homeperf"], _HOMEPERF_COMPLETE=f"{shell}_source") == script


class TestKinds:
    def test_they_come_from_the_cluster_and_are_kept(self, shells, homelab):
        homelab.reset()
        line = f"homeperf get --kubeconfig {homelab.kubeconfig} helmr"
        assert shells.bash(line) == ["helmreleases", "helmrepositories"]
        asked = homelab.counts()["total"]
        assert shells.bash(f"homeperf get --kubeconfig {homelab.kubeconfig} pods,helmrel") == ["pods,helmreleases"]
        assert homelab.counts()["total"] == asked > 0

    def test_without_a_cluster_there_are_those_that_all_have(self, shells, tmp_path):
        assert shells.bash(f"homeperf get --kubeconfig {tmp_path}/none persistentv") == [
            "persistentvolumeclaims",
            "persistentvolumes",
        ]

    def test_names_of_objects_are_not_kinds(self, shells, homelab):
        assert shells.bash(f"homeperf get --kubeconfig {homelab.kubeconfig} pods po") == []


@pytest.mark.parametrize("instruction", ["", "bash", "bash_complete", "zsh_nonsense", "tcsh_complete", "\x1b"])
def test_an_instruction_that_nobody_knows_is_silent(shells, instruction):
    assert shells.run(["homeperf", "check"], _HOMEPERF_COMPLETE=instruction) == ""


def test_the_package_installs_what_kubectl_calls():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    module, _, name = project["scripts"]["kubectl_complete-homeperf"].partition(":")
    assert callable(getattr(importlib.import_module(module), name))


def test_an_unknown_shell_is_bad_usage(homeperf):
    done = homeperf.run("completion", "tcsh")
    assert done.code == 3
    assert "zsh" in done.err


def test_completing_a_command_imports_no_other(shells):
    shells.command(
        "homeperf",
        "import sys, os",
        "from homeperf_ray.cli import answer, main",
        "end = os._exit",
        "import atexit",
        "def done(code):",
        "    open(os.environ['SEEN'], 'w').write(' '.join(sys.modules))",
        "    end(code)",
        "os._exit = done",
        "main.main()",
    )
    for line, absent in (
        ("homeperf ", ("homeperf_ray.cli.check", "pyarrow", "yaml")),
        ("homeperf check --", ("homeperf_ray.cli.bench", "pyarrow", "aiohttp", "ray")),
        ("homeperf explain 10", ("aiohttp", "ray")),
    ):
        seen = shells.folder / "seen"
        quoted = shlex.quote(line)
        script = f"_HOMEPERF_COMPLETE=bash_complete COMP_LINE={quoted} COMP_COMMAND=homeperf COMP_WORD= homeperf"
        shells.run(["bash", "--norc", "-c", script], SEEN=str(seen))
        modules = set(seen.read_text().split())
        assert "homeperf_ray.cli.answer" in modules
        assert not modules & set(absent)
