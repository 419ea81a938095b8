"""Options that mean the same in every command. Each may also stand in the environment and in the configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from homeperf_ray.cli.configuration import config_options, settings
from homeperf_ray.cli.kinds import Duration, Names, Word, click_type
from homeperf_ray.config.keys import KEYS
from homeperf_ray.config.kinds import Flag, Words
from homeperf_ray.config.nearest import did_you_mean

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = [
    "Duration",
    "Names",
    "address_options",
    "budget_options",
    "cache_options",
    "cluster_options",
    "clusters_options",
    "config_options",
    "did_you_mean",
    "domain_argument",
    "idle_option",
    "judging_options",
    "kubelet_options",
    "output_options",
    "request_option",
    "runner_option",
    "settings",
    "timings_options",
    "validation_options",
]

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[F], F]


def option(name: str, help_text: str, *short: str, metavar: str | None = None) -> Callable[[F], F]:
    """The option of a key of the configuration: its type, its default and its variable are the key's."""
    key = KEYS[name]
    declared = (*short, f"--{name}", key.parameter)
    if isinstance(key.kind, Flag):
        return click.option(*declared, is_flag=True, envvar=key.variable, help=help_text)
    return click.option(
        *declared,
        type=click_type(key.kind),
        multiple=key.kind.many,
        default=key.default,
        show_default=key.default is not None,
        envvar=key.variable,
        metavar=metavar,
        help=help_text,
    )


def stack(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """One decorator from several, shown in ``--help`` in the order given."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


def domain_argument(function: F) -> F:
    """The domains to judge; none stands for all."""
    key = KEYS["domains"]
    assert isinstance(key.kind, Words)
    return click.argument("domains", nargs=-1, type=Word(key.kind), envvar=key.variable, metavar="[DOMAIN]...")(
        function
    )


def _contexts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
    from homeperf_ray.cli import candidates

    return candidates.contexts(ctx, param, incomplete)


_kubeconfig = option("kubeconfig", "Kubeconfig file to use.", metavar="FILE")
_namespaces = stack(
    option("namespace", "Only these (a comma list).", "-n"),
    option("all-namespaces", "All namespaces, the default.", "-A"),
)

cluster_options = stack(
    _kubeconfig,
    click.option(
        "--context",
        metavar="NAME",
        envvar="HOMEPERF_CONTEXT",
        shell_complete=_contexts,
        help="Context in the kubeconfig.",
    ),
    _namespaces,
)
"""For commands that read one cluster."""

clusters_options = stack(
    _kubeconfig,
    option("context", "Contexts in the kubeconfig (a comma list).", metavar="NAMES"),
    option("all-contexts", "All contexts of the kubeconfig."),
    _namespaces,
)
"""For commands that read several clusters."""

runner_option = option(
    "runner", "Where to run: ray where a runtime is up, else local; serial does one thing at a time."
)

address_options = stack(
    option("address", "The runtime of a cluster, which reads with its own credentials.", metavar="HOST:PORT"),
    option(
        "gateway-token-file",
        "Its token.  [default: homeperf/gateway.token in the XDG configuration directory]",
        metavar="FILE",
    ),
    option("gateway-ca", "The authority of its certificate.", metavar="FILE"),
    option("gateway-fingerprint", "The SHA-256 of its certificate, which then needs no authority.", metavar="SHA256"),
)
"""For commands that a runtime elsewhere may do."""

budget_options = stack(
    option("concurrency", "LISTs in flight at once."),
    option("qps", "Requests a second that the API server may see."),
    option("burst", "Requests that may come at once."),
    option("timeout", "Time for the whole run."),
)

idle_option = option("idle-stop", "Time without a check after which the runtime ends by itself; 0 for never.")

request_option = option("request-timeout", "Time for which the server may be silent in one request.")

kubelet_options = stack(
    option("kubelet", "Ask the kubelets how full the mounted volumes are."),
    option("kubelet-access", "How: direct wants nodes/stats, proxy wants nodes/proxy, auto takes what is safe."),
    option("kubelet-insecure-tls", "Send your credentials to kubelets whose certificate cannot be verified."),
)

cache_options = stack(
    option("max-age", "Accept answers from the runtime's cache that are at most this old."),
    option("fresh", "Accept no cached answer."),
)

judging_options = stack(
    option("exec", "Ask Ceph itself too, by commands in its toolbox; it takes pods/exec, see doctor --exec."),
    option("no-secrets", "Read no Secrets, not even certificates."),
    option("probe", "Go there too: DNS, TCP, TLS and HTTP of what the cluster publishes (domain network)."),
    option("details", "For how many sick objects events and log lines are fetched."),
    option("fail-on", "What decides the exit code: warning counts everything, never nothing that was found."),
)

output_options = stack(
    option("output", "Format of what goes to stdout.", "-o"),
    option("color", "Colour on stdout; auto has it on a terminal where NO_COLOR is not set."),
)

timings_options = stack(
    option("timings", "Folder of the Parquet dataset.  [default: homeperf/timings in the XDG state directory]"),
    option("no-timings", "Write no timings."),
    option("timings-keep", "Days that the dataset keeps."),
)

validation_options = stack(
    option("kubernetes-version", "Version to aim at.  [default: the newest; with --cluster that of it]", metavar="1.N"),
    option("cluster", "Take the version and the custom resources of the cluster as well."),
    option(
        "schemas",
        "Folders of schemas of custom resources: GROUP/KIND_VERSION.json, or CustomResourceDefinitions.",
        metavar="FOLDER",
    ),
    option("strict", "Unknown fields make a resource invalid, instead of a warning."),
    option("ignore-missing-schemas", "A kind without a schema does not decide the exit code."),
    option("exclude", "Paths that are known, and not reported on: vendor, '*.tmpl.yaml'.", metavar="GLOB"),
    option("env-file", "File of VAR=VALUE lines.", metavar="FILE"),
    option("render", "Also judge what kustomize builds, where kustomize or kubectl is installed."),
)
"""For what judges manifests."""
