"""The identity of one connection: its credentials, with the kubeconfig's own certificate where they bring none."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from homeperf_ray.kube.credentials import Credential
from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.target import Target


class Identity:
    """Who a target's requests are sent as, renewed where the server rejects it."""

    def __init__(self, target: Target) -> None:
        self._credentials = target.source.open()
        self._certificate = target.certificate

    async def current(self) -> Credential:
        """What there is to send now. Raises ConfigError where there is nothing."""
        return await self._credentials.current()

    def shown(self, given: Credential) -> Credential:
        """What a request is sent with, given what is current."""
        if given.certificate or not self._certificate:
            return given
        return replace(given, certificate=self._certificate)

    async def renewed(self, rejected: Credential, deadline: float | None) -> bool:
        """Whether there is something else to send than what was rejected, by ``deadline`` (``time.monotonic()``)."""
        try:
            async with asyncio.timeout(None if deadline is None else deadline - time.monotonic()):
                return await self._credentials.renew(rejected)
        except (ConfigError, TimeoutError):
            return False


class Lent(Identity):
    """The identity of another connection, for whoever has no say in what it is worth: no rejection renews it.

    A kubelet that rejects every token would run an exec plugin again for each node.
    """

    def __init__(self, lender: Identity) -> None:
        self._lender = lender

    async def current(self) -> Credential:
        """The lender's."""
        return await self._lender.current()

    def shown(self, given: Credential) -> Credential:
        """The lender's."""
        return self._lender.shown(given)

    async def renewed(self, rejected: Credential, deadline: float | None) -> bool:
        """Never."""
        return False
