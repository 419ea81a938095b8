"""Which programs a container has, and what they print. What a test has put in a program's mouth comes first."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import msgspec

from homeperf_ray.sim import ceph, df
from homeperf_ray.sim.ran import Ran, not_found
from homeperf_ray.sim.store import Store

Object = dict[str, Any]

TOOLBOX = "rook-ceph-tools"
"""The label ``app`` of the pod that has Ceph's programs."""


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Words for whatever begins with ``command`` in one pod.

    ``output`` is written ``times`` times, and the command ends after ``seconds``.
    """

    namespace: str
    pod: str
    command: tuple[str, ...] = ()
    output: str = ""
    error: str = ""
    code: int = 0
    times: int = 1
    seconds: float = 0.0

    def answers(self, pod: Object, command: Sequence[str]) -> bool:
        meta = pod["metadata"]
        place = (meta["namespace"], meta["name"])
        return place == (self.namespace, self.pod) and tuple(command[: len(self.command)]) == self.command


class Programs:
    """Runs commands in the containers of one homelab."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._scripts: list[Script] = []

    def say(self, script: Script) -> None:
        """Put words in a program's mouth; the last that were put there count."""
        self._scripts.insert(0, script)

    def forget(self) -> None:
        """Let every program speak for itself again."""
        self._scripts.clear()

    def run(self, pod: Object, container: str, command: Sequence[str]) -> tuple[Ran, float]:
        """What a command prints, and after how many seconds it ends."""
        for script in self._scripts:
            if script.answers(pod, command):
                return Ran(script.output * script.times, script.error, script.code), script.seconds
        return self._run(pod, container, command), 0.0

    def _run(self, pod: Object, container: str, command: Sequence[str]) -> Ran:
        program, arguments = command[0].rpartition("/")[2], command[1:]
        if program in {"sh", "bash"} and len(arguments) == 2 and arguments[0] in {"-c", "-ec"}:
            return self._shell(pod, container, program, arguments[1])
        if program == "df":
            return df.run(pod, container, arguments, lambda name: self._claim(pod, name))
        if program == "ceph" and pod["metadata"].get("labels", {}).get("app") == TOOLBOX:
            return ceph.run(self._ceph_cluster(pod), arguments)
        return not_found(command[0])

    def _shell(self, pod: Object, container: str, shell: str, text: str) -> Ran:
        """One simple command in a shell; what is more than that is not understood here."""
        try:
            words = shlex.split(text)
        except ValueError:
            words = []
        if not words or set(text) & set(";|&<>$`()"):
            return Ran(error=f"{shell}: 1: this shell runs one simple command\n", code=2)
        ran = self._run(pod, container, words)
        return Ran(error=f"{shell}: 1: {words[0]}: not found\n", code=127) if ran.failure else ran

    def _ceph_cluster(self, pod: Object) -> Object | None:
        """The CephCluster that the toolbox of a namespace talks to."""
        entries = self._store.collection("cephclusters.ceph.rook.io").entries
        return next((one.document() for one in entries if one.namespace == pod["metadata"]["namespace"]), None)

    def _claim(self, pod: Object, name: str) -> Object | None:
        entry = self._store.collection("persistentvolumeclaims").get(pod["metadata"]["namespace"], name)
        return None if entry is None else entry.document()
