"""``make recording``: the pictures in the README, taken of the real command in a real terminal.

A small homelab is well, loses a node and a volume at midnight, and gets the node back, while ``homeperf check`` looks
at it; each picture is what stood on the screen.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.style import Style
from rich.text import Text

from homeperf_ray.sim.options import Options
from homeperf_ray.sim.process import RunningSim, start_with
from tests.cli.terminal import Terminal

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
NODE = "k8s-worker-2"
COLUMNS = 112
LINES = 400
"""More than any of the reports has: what a person would scroll through."""

_COLOURS = {"brown": "yellow", "default": None}
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_CORDONED = {"spec": {"unschedulable": True}}


def main() -> None:
    """Take every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    options = Options(nodes=5, namespaces=10, pods=60, pvcs=8, healthy=True)
    with tempfile.TemporaryDirectory() as home, start_with(options) as sim:
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": home,
            "HOMEPERF_RUNTIME_DIR": f"{home}/run",
            "KUBECONFIG": str(sim.kubeconfig),
            "LANG": "C.UTF-8",
        }
        _run("healthy", "homeperf check", environment)
        sim.fault("node", node=NODE)
        _lose_a_claim(sim)
        _run("table", "homeperf check", environment)
        sim.clear_faults()
        _run("since-last", "homeperf check --since-last", environment)
        _watch(sim, environment)


def _run(name: str, command: str, environment: dict[str, str]) -> None:
    """Run a command to its end, and take a picture where it has a name."""
    terminal = Terminal(command.split(), environment, columns=COLUMNS, lines=LINES)
    terminal.end()
    if name:
        _picture(terminal, name, command)


def _watch(sim: RunningSim, environment: dict[str, str]) -> None:
    """A node is cordoned while the command runs."""
    command = "homeperf check nodes --watch=1s"
    watching = Terminal(command.split(), environment, columns=COLUMNS)
    watching.until(lambda text: "healthy" in text)
    sim.patch("nodes", "", "k8s-worker-1", _CORDONED)
    watching.until(lambda text: "HP107" in text)
    _picture(watching, "watch", command)
    watching.interrupt()


def _lose_a_claim(sim: RunningSim) -> None:
    """A claim whose volume has gone away."""
    metadata = {"name": "photos-archive", "namespace": "default", "creationTimestamp": "2026-01-05T10:00:00Z"}
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": "ceph-block", "volumeName": "pvc-1f0c7a52"}
    claim = {"metadata": metadata, "spec": spec, "status": {"phase": "Lost"}}
    sim.put("persistentvolumeclaims", "default", "photos-archive", claim)


def _picture(terminal: Terminal, name: str, command: str) -> None:
    """Write what stands on the screen as an SVG that asks for nothing from anywhere."""
    console = Console(width=COLUMNS, record=True, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    console.print(Text(f"$ {command}", Style(bold=True)))
    for row in _rows(terminal):
        console.print(row, no_wrap=True, crop=True)
    picture = _FONTS.sub("", console.export_svg(title="homeperf", unique_id=name))
    (FOLDER / f"{name}.svg").write_text(picture, "utf-8")


def _rows(terminal: Terminal) -> list[Text]:
    screen = terminal.screen
    rows = []
    for number in range(screen.lines):
        row = Text()
        cells = [screen.buffer[number][column] for column in range(screen.columns)]
        for (colour, bold), run in groupby(cells, key=lambda cell: (cell.fg, cell.bold)):
            row.append("".join(cell.data for cell in run), Style(color=_COLOURS.get(colour, colour), bold=bold))
        row.rstrip()
        rows.append(row)
    while rows and not rows[-1].plain.strip():
        rows.pop()
    return rows


if __name__ == "__main__":
    main()
