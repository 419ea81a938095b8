"""Shells that complete homeperf: the script is sourced for real, and asks the real command."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Homeperf
from tests.cli.terminal import Terminal

MARK = "READY>"


class Shells:
    """``bash`` gives what COMPREPLY holds; ``terminal`` starts an interactive shell with the script sourced."""

    def __init__(self, homeperf: Homeperf, folder: Path) -> None:
        self.folder = folder / "bin"
        self.folder.mkdir()
        self.environment = {
            **homeperf.environment,
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "ZDOTDIR": str(homeperf.home),
        }
        self._terminals: list[Terminal] = []
        self.command("homeperf", "from homeperf_ray.cli.main import main", "main()")
        self.command("kubectl_complete-homeperf", "from homeperf_ray.cli.answer import kubectl", "kubectl()")

    def command(self, name: str, *lines: str) -> Path:
        """An executable on the PATH, as an entry point would be."""
        file = self.folder / name
        file.write_text("\n".join([f"#!{sys.executable}", *lines, ""]))
        file.chmod(0o755)
        return file

    def bash(self, line: str, word: str | None = None, **environment: str) -> list[str]:
        """The replacements of the last word; ``word`` is what readline takes for it, where that is not all of it."""
        if word is None:
            word = line.rpartition(" ")[2]
        asked = " ".join(map(shlex.quote, ("homeperf", word, "")))
        script = (
            f"source <(homeperf completion bash); COMP_LINE={shlex.quote(line)}; COMP_POINT=${{#COMP_LINE}}; "
            f"_homeperf_completion {asked}; printf '%s\\0' \"${{COMPREPLY[@]}}\""
        )
        done = self.run(["bash", "--norc", "-c", script], **environment)
        return [word for word in done.split("\0") if word]

    def run(self, command: list[str], **environment: str) -> str:
        done = subprocess.run(
            command, env={**self.environment, **environment}, capture_output=True, text=True, timeout=30, check=True
        )
        assert done.stderr == ""
        return done.stdout

    def close(self) -> None:
        """Close every terminal."""
        for terminal in self._terminals:
            terminal.hang_up()

    def terminal(self, shell: str) -> Terminal:
        """An interactive shell that knows how to complete homeperf. Skips the test where it is not installed."""
        program = shutil.which(shell, path=self.environment["PATH"])
        if program is None:
            pytest.skip(f"{shell} is not installed here")
        arguments, begin = {
            "bash": (["--norc", "--noprofile", "-i"], f"PS1='{MARK} '; source <(homeperf completion bash)"),
            "zsh": (
                ["-f", "-i"],
                f"PS1='{MARK} '; autoload -U compinit; compinit -u -d $HOME/zdump; source <(homeperf completion zsh)",
            ),
            "fish": (
                ["--no-config", "--private", "-i"],
                f"function fish_prompt; echo '{MARK} '; end; homeperf completion fish | source",
            ),
        }[shell]
        terminal = Terminal([program, *arguments], self.environment, columns=100, lines=40)
        self._terminals.append(terminal)
        terminal.press(f"{begin}; clear\r")
        terminal.until(lambda text: text.startswith(MARK) and "source" not in text)
        return terminal
