"""A diagnosis: one thing that was looked at, and how it is."""

from __future__ import annotations

from typing import Literal

import msgspec

from homeperf_ray.kube.review import Permission

Status = Literal["ok", "note", "warning", "error"]

WORST: tuple[Status, ...] = ("error", "warning", "note", "ok")


class Diagnosis(msgspec.Struct, frozen=True):
    """``name`` says what was looked at (``disk``, ``server``, ``permissions``), ``hint`` what to do about it.

    A ``note`` is something to know, a ``warning`` something to mend, and with an ``error`` no check can be done.
    """

    name: str
    status: Status
    message: str
    hint: str = ""


class Missing(msgspec.Struct, frozen=True):
    """A permission that the user has not, and the titles of the checks that want it.

    ``loud`` says whether a check without it has a finding that it could not judge.
    """

    permission: Permission
    wanted_by: tuple[str, ...]
    loud: bool


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one subject: this machine, or one context.

    ``user`` is whom the server takes the caller for, empty where that is not known. ``missing`` are the permissions
    that would let every check be done.
    """

    subject: str
    diagnoses: tuple[Diagnosis, ...]
    context: str = ""
    user: str = ""
    missing: tuple[Missing, ...] = ()

    @property
    def status(self) -> Status:
        """The worst status of its diagnoses."""
        found = {diagnosis.status for diagnosis in self.diagnoses}
        return next((status for status in WORST if status in found), "ok")
