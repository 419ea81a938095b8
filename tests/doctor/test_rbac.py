"""The roles that ``doctor`` prints give what was asked for and nothing more."""

from __future__ import annotations

import yaml

from homeperf_ray.checks.registry import CHECKS, by_domain
from homeperf_ray.doctor.permissions import used
from homeperf_ray.doctor.rbac import UNKNOWN_USER, documents, service_account, text
from homeperf_ray.kube.resources import NAMESPACES, NODES, PODS, SECRETS, VOLUME_STATS, GroupResource
from homeperf_ray.kube.review import Permission

DEPLOYMENTS = GroupResource("apps", "deployments")

LISTED = [check for check in CHECKS if check.source == "lists"]
"""What is judged without any option."""


def given(made: list[dict]) -> set[tuple[str, str, str, str]]:
    """Every (namespace, verb, group, resource) that the roles among these documents give."""
    return {
        (role["metadata"].get("namespace", ""), verb, group, resource)
        for role in made
        if role["kind"] in {"ClusterRole", "Role"}
        for rule in role["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def test_the_roles_give_exactly_the_permissions():
    wanted = [
        Permission("list", PODS),
        Permission("get", PODS, subresource="log"),
        Permission("list", DEPLOYMENTS),
        Permission("list", PODS, "media"),
        Permission("list", DEPLOYMENTS, "web"),
    ]
    made = documents(wanted, user="sam")
    assert given(made) == {
        ("", "list", "", "pods"),
        ("", "watch", "", "pods"),
        ("", "get", "", "pods/log"),
        ("", "list", "apps", "deployments"),
        ("", "watch", "apps", "deployments"),
        ("media", "list", "", "pods"),
        ("media", "watch", "", "pods"),
        ("web", "list", "apps", "deployments"),
        ("web", "watch", "apps", "deployments"),
    }


def test_every_role_is_bound_where_it_stands():
    made = documents([Permission("list", PODS), Permission("list", PODS, "media")], user="sam")
    assert [(one["kind"], one["metadata"].get("namespace")) for one in made] == [
        ("ClusterRole", None),
        ("ClusterRoleBinding", None),
        ("Role", "media"),
        ("RoleBinding", "media"),
    ]
    for role, binding in (made[:2], made[2:]):
        assert (binding["roleRef"]["kind"], binding["roleRef"]["name"]) == (role["kind"], role["metadata"]["name"])
        assert binding["subjects"] == [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "sam"}]


def test_a_service_account_is_bound_as_one_and_a_user_with_colons_is_not():
    [_, binding] = documents([Permission("list", PODS)], user="system:serviceaccount:ops:reader")
    assert binding["subjects"] == [{"kind": "ServiceAccount", "namespace": "ops", "name": "reader"}]
    [_, binding] = documents([Permission("list", PODS)], user="oidc:https://id.example/sam")
    assert binding["subjects"][0]["name"] == "oidc:https://id.example/sam"


def test_the_yaml_is_what_the_documents_are_even_for_a_hostile_user():
    user = 'sam"\n- kind: User\n  name: root\u202e\x1b[2J'
    wanted = [Permission("list", PODS)]
    written = text(wanted, user=user)
    assert written.isascii()
    assert written.replace("\n", "").isprintable()
    assert list(yaml.safe_load_all(written)) == documents(wanted, user=user)


def test_an_unknown_user_stands_as_a_placeholder():
    [_, binding] = documents([Permission("list", PODS)], user="")
    assert binding["subjects"][0]["name"] == UNKNOWN_USER


def test_the_service_account_has_what_every_check_reads_and_no_verb_that_changes():
    roles = given(list(yaml.safe_load_all(service_account(used(CHECKS, None, secrets=True, detailed=True)))))
    asked = {resource for check in CHECKS for resource in (*check.needs, *check.optional)} - {VOLUME_STATS}
    assert {(resource.group, resource.plural) for resource in asked} <= {(group, name) for _, _, group, name in roles}
    assert {verb for _, verb, _, _ in roles} == {"list", "watch", "get"}
    assert not {plural for _, verb, _, plural in roles if verb == "watch"} & {"events", "pods/log"}
    assert {name for _, verb, _, name in roles if verb == "get"} == {"pods/log"}


def test_without_secrets_and_details_neither_is_asked_for():
    names = {str(one.resource) for one in used(LISTED, None, secrets=False, detailed=False)}
    assert str(SECRETS) not in names
    assert "events" not in names
    assert str(SECRETS) in {str(one.resource) for one in used(LISTED, None, secrets=True, detailed=False)}


def test_with_namespaces_only_what_has_none_is_wanted_cluster_wide():
    wanted = used(by_domain(["workloads", "nodes"]), ("media", "web"), secrets=True, detailed=True)
    wide = {one.resource for one in wanted if one.namespace is None}
    assert {NODES, NAMESPACES} <= wide
    assert PODS not in wide
    assert {one.namespace for one in wanted if one.resource == PODS} == {"media", "web"}


def test_what_older_servers_call_otherwise_is_wanted_too():
    names = {str(one.resource) for one in used(by_domain(["network"]), None, secrets=True, detailed=False)}
    assert {"endpointslices.discovery.k8s.io", "endpoints"} <= names
