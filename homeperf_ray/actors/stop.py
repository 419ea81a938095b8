"""``python -m homeperf_ray.actors.stop``: end the runtime from which this was started, as ``homeperf down`` does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from homeperf_ray.actors.folder import RuntimeFolder
from homeperf_ray.actors.processes import MARK


def stop_from_within(folder: RuntimeFolder) -> None:
    """Let a process of its own end the runtime whose process this is; one that was started since is left alone."""
    stop = [sys.executable, "-m", "homeperf_ray.actors.stop", str(folder.path), os.environ[MARK]]
    # Ray ends the children of a worker with it, so this one is left to the system by a shell that ends at once.
    subprocess.run(
        ["/bin/sh", "-c", '"$@" &', "sh", *stop],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        check=False,
    )


if __name__ == "__main__":
    from homeperf_ray.actors.runtime import Runtime

    Runtime(RuntimeFolder(Path(sys.argv[1]))).down(only=sys.argv[2])
