"""Exec: one command in one container, over a WebSocket, bounded in time and in bytes."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.errors import BadAnswer, Forbidden, KubeError, NotFound, ServerError
from homeperf_ray.kube.secret import quoted
from homeperf_ray.timings.operation import Operation

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
"""Newest first; a server before 1.30 takes the second. Both end a session with a Status on the error channel."""

OUTPUT, COMPLAINT, END = 1, 2, 3
"""Channels, the first byte of each message."""

MAX_OUTPUT = 4 << 20
"""Bytes of everything that is taken of one command."""

MAX_COMPLAINT = 64 << 10
"""Bytes of stderr that are kept."""

SECONDS = 10.0
"""For which one command may run, once the budget lets it."""

BAD_REQUEST = 400
"""What a server says of a pod that has no container of that name, or several where none is named."""

RULE = "get and, from Kubernetes 1.35 on, create pods/exec"


class Executed(msgspec.Struct, frozen=True, kw_only=True):
    """What a command wrote and how it ended, or the ``error`` that kept it from ending.

    ``code`` is its exit code; ``complaint`` is what it wrote to stderr.
    """

    output: bytes = b""
    complaint: str = ""
    code: int = 0
    error: KubeError | None = None
    operation: Operation


async def execute(
    connection: Connection,
    namespace: str,
    pod: str,
    command: Sequence[str],
    *,
    container: str = "",
    deadline: float | None = None,
) -> Executed:
    """Run ``command`` in a container of a pod, the only one where none is named, and wait for its end.

    It is tried once: what a command does is not ours to repeat. Nothing is ever sent to its stdin. A command that
    writes too much, or runs too long, is left with what it has done, as an error.
    """
    operation = Operation(kind="exec", started=time.time(), resource="pods/exec", namespace=namespace)
    query = [("stdout", "true"), ("stderr", "true"), *(("command", word) for word in command)]
    query += [("container", container)] if container else []
    heard = _Session(SECONDS)
    answer = await connection.converse(
        f"/api/v1/namespaces/{namespace}/pods/{pod}/exec",
        query,
        heard,
        operation=operation,
        deadline=deadline,
    )
    operation = msgspec.structs.replace(answer.operation, bytes=heard.size)
    where = f"{' '.join(command)} in pod {namespace}/{pod}"
    if answer.error is not None:
        return Executed(error=_told(answer.error, where, namespace, pod), operation=operation)
    return heard.ended(f"{connection.target}: {where}", operation)


class _Session:
    """What has been heard, message by message."""

    protocols: Sequence[str] = PROTOCOLS
    largest = MAX_OUTPUT

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._output = bytearray()
        self._complaint = bytearray()
        self._end = bytearray()
        self.size = 0

    def hear(self, message: bytes) -> bool:
        """Take a message in; False once nothing more is wanted."""
        self.size += len(message)
        if self.size > MAX_OUTPUT:
            return False
        channel, text = (message[0], message[1:]) if message else (0, b"")
        if channel == OUTPUT:
            self._output += text
        elif channel == COMPLAINT:
            self._complaint += text[: MAX_COMPLAINT - len(self._complaint)]
        elif channel == END:
            self._end += text
            return not text
        return True

    def ended(self, where: str, operation: Operation) -> Executed:
        """What became of it."""
        complaint = self._complaint.decode("utf-8", "replace")
        error: KubeError | None = None
        end = _Status()
        if self.size > MAX_OUTPUT:
            error = BadAnswer(f"{where} wrote more than {MAX_OUTPUT >> 20} MiB", _ODD)
        else:
            try:
                end = msgspec.json.decode(self._end, type=_Status)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                error = BadAnswer(f"{where} broke off before it had ended", "Run again.")
        if error is None and end.status != "Success" and end.code is None:
            error = ServerError(f"{where} could not be run: {quoted(end.message or 'nobody says why')}", _ODD)
        if error is not None:
            failed = msgspec.structs.replace(operation, error=error.kind)
            return Executed(complaint=complaint, error=error, operation=failed)
        return Executed(output=bytes(self._output), complaint=complaint, code=end.code or 0, operation=operation)


_ODD = "Look at it by hand: kubectl exec does the same."


class _Cause(msgspec.Struct, frozen=True):
    reason: str = ""
    message: str = ""


class _Details(msgspec.Struct, frozen=True):
    causes: tuple[_Cause, ...] | None = None


class _Status(msgspec.Struct, frozen=True):
    status: str = ""
    message: str = ""
    reason: str = ""
    details: _Details | None = None

    @property
    def code(self) -> int | None:
        """The exit code, where the command came to one that is not 0."""
        causes = (self.details and self.details.causes) or ()
        told = next((one.message for one in causes if one.reason == "ExitCode"), "")
        return int(told) if self.reason == "NonZeroExitCode" and told.isdecimal() and len(told) < 4 else None


def _told(error: KubeError, where: str, namespace: str, pod: str) -> KubeError:
    """The same error with what is to be done where it is about exec."""
    if isinstance(error, Forbidden):
        hint = f"Grant {RULE} in namespace {namespace}: homeperf doctor --exec prints the rule, and what it allows."
        return Forbidden(error.message, hint, error.status)
    if isinstance(error, NotFound):
        return NotFound(
            f"pod {namespace}/{pod} went away before {where.partition(' in pod ')[0]} was run", "Run again."
        )
    if isinstance(error, ServerError):
        hint = f"Does its node answer? kubectl -n {namespace} get pod {pod} -o wide"
        return ServerError(error.message, hint, error.status, error.retry_after)
    if error.status == BAD_REQUEST:
        return BadAnswer(error.message, f"Which containers has it? kubectl -n {namespace} describe pod {pod}", 400)
    return error
