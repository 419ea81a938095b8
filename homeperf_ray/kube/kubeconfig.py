"""Kubeconfig files: which ones, how they merge, and what a context in them names."""

from __future__ import annotations

import base64
import binascii
import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeperf_ray.kube.errors import ConfigError

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a pod finds its token, its CA and its namespace."""

_TRUE = {"true", "yes", "on"}
_FALSE = {"false", "no", "off", ""}


def kubeconfig_paths(option: str | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The merge list that kubectl would use, absolute: ``--kubeconfig``, ``KUBECONFIG``, ``~/.kube/config``.

    Empty inside a pod that has no kubeconfig: its ServiceAccount is used then. Where there is nothing at all, the
    place where a kubeconfig is expected, so that the error can name it.
    """
    if option:
        return (_absolute(option, environ),)
    listed = [part for part in environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    paths = tuple(dict.fromkeys(_absolute(part, environ) for part in listed))
    if not paths:
        home = environ.get("HOME") or str(Path.home())
        paths = (str(Path(home) / ".kube" / "config"),)
    if environ.get("KUBERNETES_SERVICE_HOST") and not any(Path(path).exists() for path in paths):
        return ()
    return paths


class Section:
    """One mapping of a kubeconfig, read field by field. Errors name the file, the entry and the field, and never
    show a value.
    """

    def __init__(self, fields: Mapping[str, Any], file: Path, name: str, entry: str = "") -> None:
        self.file = file
        self.name = name
        self.entry = entry
        self._fields = fields

    def __bool__(self) -> bool:
        return bool(self._fields)

    def __contains__(self, field: str) -> bool:
        return self._fields.get(field) is not None

    def text(self, field: str) -> str:
        """A string; empty where the field is absent."""
        value = self._fields.get(field)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(field, "must be a string")
        return value

    def flag(self, field: str) -> bool:
        """A boolean; false where the field is absent."""
        value = self._fields.get(field)
        if value is None or isinstance(value, bool):
            return bool(value)
        text = str(value).lower()
        if text not in _TRUE | _FALSE:
            raise self.wrong(field, "must be true or false")
        return text in _TRUE

    def texts(self, field: str) -> tuple[str, ...]:
        """A list of strings."""
        value = self._fields.get(field)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(field, "must be a list of strings")
        return tuple(value)

    def section(self, field: str) -> Section:
        """A mapping; empty where the field is absent."""
        value = self._fields.get(field)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self.wrong(field, "must be a mapping")
        return Section(value, self.file, f"{self.name}, {field}")

    def sections(self, field: str) -> list[Section]:
        """A list of mappings."""
        value = self._fields.get(field)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(field, "must be a list of mappings")
        return [Section(item, self.file, f"{self.name}, {field}") for item in value]

    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(self._fields)

    def plain(self) -> dict[str, Any]:
        """The fields as they stand in the file."""
        return dict(self._fields)

    def path(self, field: str) -> Path | None:
        """A file name, relative to the file that names it."""
        value = self.text(field)
        return self.file.parent / value if value else None

    def content(self, field: str) -> bytes:
        """``FIELD-data`` from base64, else the content of the file that ``FIELD`` names; empty without either."""
        data = self.text(f"{field}-data")
        if data:
            try:
                return base64.b64decode("".join(data.split()), validate=True)
            except (binascii.Error, ValueError):
                raise self.wrong(f"{field}-data", "is not base64") from None
        path = self.path(field)
        if path is None:
            return b""
        try:
            return path.read_bytes()
        except OSError as error:
            message = f"{self.file}: {self.name}: {field} {str(path)!r} cannot be read: {error.strerror}"
            raise ConfigError(message, f"Put the file there or correct `{field}` in the kubeconfig.") from None

    def wrong(self, field: str, fault: str) -> ConfigError:
        """An error about one field."""
        return ConfigError(f"{self.file}: {self.name}: `{field}` {fault}", "Correct the kubeconfig.")


class Kubeconfig:
    """Several kubeconfig files as one: of entries with the same name the first file's wins, as in kubectl."""

    def __init__(self, files: tuple[Section, ...], paths: tuple[str, ...]) -> None:
        self.paths = paths
        self.current = next((name for file in files if (name := file.text("current-context"))), "")
        self._contexts = _merged(files, "contexts", "context")
        self._clusters = _merged(files, "clusters", "cluster")
        self._users = _merged(files, "users", "user")

    @property
    def contexts(self) -> tuple[str, ...]:
        """The names of all contexts, in the order of the files."""
        return tuple(self._contexts)

    def context(self, name: str = "") -> tuple[str, Section]:
        """A context, by default the current one."""
        wanted = name or self.current
        if not wanted and not self.contexts:
            raise ConfigError(f"{self._where} has no contexts", "Name another kubeconfig with --kubeconfig.")
        if not wanted:
            message = f"{self._where} has no current context"
            raise ConfigError(message, f"Name one with --context: {_listed(self.contexts)}.")
        if wanted not in self._contexts:
            which = "" if name else "current "
            near = difflib.get_close_matches(wanted, self.contexts, n=1)
            offer = f" Did you mean {near[0]!r}?" if near else ""
            raise ConfigError(
                f"the {which}context {wanted!r} is not in {self._where}",
                f"There is: {_listed(self.contexts)}.{offer}" if self.contexts else "It defines no context at all.",
            )
        return wanted, self._contexts[wanted]

    def cluster(self, context: Section) -> Section:
        """The cluster that a context names."""
        return self._named(context, "cluster", self._clusters)

    def user(self, context: Section) -> Section:
        """The user that a context names; empty where it names none."""
        return self._named(context, "user", self._users) if context.text("user") else Section({}, context.file, "user")

    def _named(self, context: Section, kind: str, known: Mapping[str, Section]) -> Section:
        name = context.text(kind)
        if name not in known:
            message = f"{context.file}: {context.name} names the {kind} {name!r}, which is not in {self._where}"
            raise ConfigError(message, f"There is: {_listed(tuple(known))}.")
        return known[name]

    @property
    def _where(self) -> str:
        return os.pathsep.join(self.paths)


def read_kubeconfig(paths: tuple[str, ...]) -> Kubeconfig:
    """Read and merge. In a list, files that do not exist are passed over; a single one must be there."""
    present = tuple(path for path in paths if Path(path).exists())
    if not present:
        many = len(paths) > 1
        raise ConfigError(
            f"none of these kubeconfig files exists: {', '.join(paths)}" if many else f"there is no {paths[0]}",
            "Name a kubeconfig with --kubeconfig or KUBECONFIG, or copy your cluster's to ~/.kube/config.",
        )
    return Kubeconfig(tuple(_read(Path(path)) for path in present), present)


def _read(path: Path) -> Section:
    import yaml

    hint = "Name a readable kubeconfig with --kubeconfig or KUBECONFIG."
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint) from None
    try:
        content = next(iter(yaml.load_all(text, Loader=_loader())), None)
    except yaml.MarkedYAMLError as error:
        where = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(f"{path}{where}: not YAML", "Correct the kubeconfig.") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise ConfigError(f"{path}: not YAML", "Correct the kubeconfig.") from None
    if content is None:
        content = {}
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ConfigError(f"{path} is not a kubeconfig: it holds no mapping", hint)
    if str(content.get("kind") or "Config") != "Config":
        raise ConfigError(f"{path} is not a kubeconfig: its kind is not Config", hint)
    return Section(content, path, "kubeconfig")


def _loader() -> Any:
    """A loader that leaves every scalar a string but null, true and false: a name may look like a number or a date."""
    import re

    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader: Any = type("KubeconfigLoader", (base,), {"yaml_implicit_resolvers": {}})
    loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
    booleans = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
    loader.add_implicit_resolver("tag:yaml.org,2002:bool", booleans, list("tTfF"))
    return loader


def _merged(files: tuple[Section, ...], plural: str, kind: str) -> dict[str, Section]:
    merged: dict[str, Section] = {}
    for file in files:
        seen = set()
        for entry in file.sections(plural):
            name = entry.text("name")
            if not name:
                raise file.wrong(plural, "has an entry without a name")
            if name in seen:
                raise file.wrong(plural, f"names {name!r} twice")
            seen.add(name)
            fields = entry.section(kind).plain()
            merged.setdefault(name, Section(fields, file.file, f"{kind} {name!r}", name))
    return merged


def _absolute(path: str, environ: Mapping[str, str]) -> str:
    if path.startswith("~/") and environ.get("HOME"):
        path = environ["HOME"] + path[1:]
    return str(Path(path).absolute())


def _listed(names: tuple[str, ...]) -> str:
    if not names:
        return "none"
    shown = ", ".join(names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown
