"""Load a configuration from text, as the command would."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from homeperf_ray.config.load import load
from homeperf_ray.config.settings import Settings, settle

TODAY = date(2027, 1, 31)


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "config.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(0o600)
    return file


def settings(
    folder: Path,
    text: str | bytes,
    *,
    profile: str | None = None,
    environ: Mapping[str, str] = {},
    given: Mapping[str, Any] = {},
) -> Settings:
    file = written(folder, text)
    return settle(load(str(file), profile, environ), environ, given, TODAY)
