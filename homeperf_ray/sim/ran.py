"""How a command in a container ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True)
class Ran:
    """``output`` and ``error`` are what it wrote to stdout and stderr, ``code`` its exit code.

    ``failure`` is why it could not even be started, in the words of the container runtime.
    """

    output: str = ""
    error: str = ""
    code: int = 0
    failure: str = ""

    def status(self) -> bytes:
        """The Status that ends the session, as the kubelet words it."""
        return msgspec.json.encode(self._status())

    def _status(self) -> dict[str, Any]:
        if self.failure:
            message = f"Internal error occurred: error executing command in container: {self.failure}"
            details = {"causes": [{"message": f"error executing command in container: {self.failure}"}]}
            return {**_FAILED, "message": message, "reason": "InternalError", "details": details, "code": 500}
        if not self.code:
            return {"metadata": {}, "status": "Success"}
        message = f"command terminated with non-zero exit code: exit status {self.code}"
        details = {"causes": [{"reason": "ExitCode", "message": str(self.code)}]}
        return {**_FAILED, "message": message, "reason": "NonZeroExitCode", "details": details}


_FAILED = {"metadata": {}, "status": "Failure"}


def not_found(program: str) -> Ran:
    """What a container runtime says of a program that an image has not."""
    return Ran(
        failure=(
            "failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start "
            f'container process: exec: "{program}": executable file not found in $PATH: unknown'
        )
    )
