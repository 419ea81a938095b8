from __future__ import annotations

import pytest

from homeperf_ray.sim.fill import fill
from homeperf_ray.sim.process import RunningSim
from tests.homelab import MakeHomelab, received
from tests.sim.api import Api
from tests.sim.shell import V4, V5, execute

DF = ("df", "-P")


def mounted(api: Api) -> tuple[str, str, str, str]:
    """Namespace, pod, claim and path of a claim that is mounted in a pod that runs."""
    claims = {
        (one["metadata"]["namespace"], one["metadata"]["name"]): one
        for one in api.get("/api/v1/persistentvolumeclaims").json["items"]
    }
    for pod in api.get("/api/v1/pods", fieldSelector="status.phase=Running").json["items"]:
        spec, namespace = pod["spec"], pod["metadata"]["namespace"]
        states = [one["state"] for one in pod["status"]["containerStatuses"]]
        if len(spec["containers"]) > 1 or "running" not in states[0]:
            continue
        for volume in spec["volumes"]:
            name = volume.get("persistentVolumeClaim", {}).get("claimName")
            if name and claims[namespace, name]["status"]["phase"] == "Bound":
                mounts = spec["containers"][0]["volumeMounts"]
                path = next(one["mountPath"] for one in mounts if one["name"] == volume["name"])
                return namespace, pod["metadata"]["name"], name, path
    raise AssertionError("no pod mounts a claim")


def test_df_tells_of_a_mounted_claim_what_is_true_of_it(api: Api) -> None:
    namespace, pod, claim, path = mounted(api)
    document = api.get(f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/{claim}").json
    truth = fill(document)
    said = execute(api, namespace, pod, [*DF, path])
    header, row = said.output.splitlines()
    assert header.split() == ["Filesystem", "1024-blocks", "Used", "Available", "Capacity", "Mounted", "on"]
    device, size, used, available, share, where = row.split()
    assert device
    assert where == path
    assert [int(size), int(used), int(available)] == [
        truth.capacity // 1024,
        truth.used // 1024,
        truth.available // 1024,
    ]
    assert int(share[:-1]) == -(-100 * truth.used // (truth.used + truth.available))
    assert said.status == {"metadata": {}, "status": "Success"}


def test_df_counts_inodes_and_lists_every_mount(api: Api) -> None:
    namespace, pod, _, path = mounted(api)
    whole = execute(api, namespace, pod, ["df", "-Pi"])
    rows = [line.split() for line in whole.output.splitlines()[1:]]
    assert [row[-1] for row in rows][:2] == ["/", "/dev"]
    assert path in [row[-1] for row in rows]
    assert all(row[3] == "0" or int(row[1]) == int(row[2]) + int(row[3]) for row in rows)


def test_df_says_which_path_is_missing_and_prints_the_others(api: Api) -> None:
    namespace, pod, _, path = mounted(api)
    said = execute(api, namespace, pod, ["df", "-k", path, "/nowhere"])
    assert said.error == "df: /nowhere: No such file or directory\n"
    assert len(said.output.splitlines()) == 2
    assert said.status["reason"] == "NonZeroExitCode"
    assert said.status["details"]["causes"] == [{"reason": "ExitCode", "message": "1"}]


def test_an_annotation_says_how_full_a_claim_is(sim: RunningSim, api: Api) -> None:
    namespace, pod, claim, path = mounted(api)
    sim.patch(
        "persistentvolumeclaims", namespace, claim, {"metadata": {"annotations": {"home.arpa/used-percent": "97"}}}
    )
    try:
        share = execute(api, namespace, pod, [*DF, path]).output.split()[-2]
    finally:
        sim.patch(
            "persistentvolumeclaims", namespace, claim, {"metadata": {"annotations": {"home.arpa/used-percent": None}}}
        )
    assert share == "97%"


def test_a_program_that_an_image_has_not_is_told_by_the_container_runtime(api: Api) -> None:
    namespace, pod, _, _ = mounted(api)
    said = execute(api, namespace, pod, ["mount"])
    assert said.status["code"] == 500
    assert 'exec: "mount": executable file not found in $PATH' in said.status["message"]
    for text, code in (("mount -a", "127"), ("df -P /nowhere", "1"), ("df; df", "2")):
        shell = execute(api, namespace, pod, ["sh", "-c", text])
        assert shell.status["details"]["causes"][0]["message"] == code


@pytest.mark.parametrize(
    ("protocols", "chosen"), [((V4,), V4), ((V5, V4), V5), (("v9.channel.k8s.io", V4), V4), ((), None)]
)
def test_a_protocol_is_chosen_of_those_that_the_client_names(api: Api, protocols: tuple[str, ...], chosen: str) -> None:
    namespace, pod, _, _ = mounted(api)
    said = execute(api, namespace, pod, DF, protocols=protocols)
    assert said.protocol == chosen
    assert said.frames[0] == b"\x01"
    assert said.status["status"] == "Success"


def test_what_cannot_be_is_refused_before_anything_is_upgraded(sim: RunningSim, api: Api) -> None:
    namespace, pod, _, _ = mounted(api)
    assert execute(api, namespace, "nobody", DF).code == 404
    assert execute(api, namespace, pod, []).code == 400
    assert execute(api, namespace, pod, DF, container="other").code == 400
    assert execute(api, namespace, pod, DF, stdout="false", stderr="false").code == 400
    assert execute(api, namespace, pod, DF, protocols=("v9.channel.k8s.io",)).code == 403
    assert execute(Api(sim, token="wrong"), namespace, pod, DF).code == 401
    plain = api.get(f"/api/v1/namespaces/{namespace}/pods/{pod}/exec", command="df", stdout="true")
    assert (plain.status, plain.json["message"]) == (400, "Upgrade request required")


def test_a_pod_of_several_containers_needs_one_named(api: Api) -> None:
    pods = api.get("/api/v1/pods", fieldSelector="status.phase=Running").json["items"]
    pod = next(
        one for one in pods if len(one["spec"]["containers"]) > 1 and one["metadata"]["namespace"] != "rook-ceph"
    )
    namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    query = {"command": "df", "stdout": "true"}
    refused = api.get(f"/api/v1/namespaces/{namespace}/pods/{name}/exec", **query)
    assert refused.status == 400
    assert refused.json["message"].startswith(f"a container name must be specified for pod {name}, choose one of: [")


def test_a_node_that_does_not_answer_runs_nothing(api: Api) -> None:
    nodes = api.get("/api/v1/nodes").json["items"]
    lost = next(
        node["metadata"]["name"]
        for node in nodes
        if any(one["type"] == "Ready" and one["status"] == "Unknown" for one in node["status"]["conditions"])
    )
    pods = api.get("/api/v1/pods", fieldSelector=f"spec.nodeName={lost}").json["items"]
    pod = next(one for one in pods if len(one["spec"]["containers"]) == 1)
    metadata = pod["metadata"]
    assert execute(api, metadata["namespace"], metadata["name"], DF).code == 500


def test_who_may_get_exec_may_run_commands_until_1_35(make_homelab: MakeHomelab, api: Api, limited: Api) -> None:
    namespace, pod, _, _ = mounted(api)
    refused = limited.get(f"/api/v1/namespaces/{namespace}/pods/{pod}/exec", command="df", stdout="true")
    assert refused.status == 403
    assert 'cannot get resource "pods/exec" in API group ""' in refused.json["message"]
    small = {"nodes": 2, "namespaces": 8, "pods": 60, "pvcs": 8, "fairness": True}
    for version, code in (("1.34", 101), ("1.35", 403)):
        made = make_homelab(**small, kubernetes_version=version)
        namespace, pod, _, _ = mounted(Api(made))
        assert execute(Api(made, "reader"), namespace, pod, DF).code == code
        assert execute(Api(made), namespace, pod, DF).code == 101


def test_an_exec_is_counted_as_one_request(sim: RunningSim, api: Api) -> None:
    namespace, pod, _, _ = mounted(api)
    sim.reset_counts()
    execute(api, namespace, pod, DF)
    assert received(sim, verb="get", resource="pods/exec") == 1


def test_a_script_speaks_for_a_program_and_faults_cut_it_short(sim: RunningSim, api: Api) -> None:
    namespace, pod, _, _ = mounted(api)
    sim.say(namespace, pod, ["df"], "0123456789", times=10_000, error="odd\n", code=7)
    said = execute(api, namespace, pod, DF)
    assert (len(said.output), said.error, said.status["details"]["causes"][0]["message"]) == (100_000, "odd\n", "7")
    sim.fault("truncated", resource="pods/exec", times=1)
    half = execute(api, namespace, pod, DF)
    assert 0 < len(half.output) < 100_000
    assert not half.channel(3)
    sim.fault("status", resource="pods/exec", status=503, times=1)
    assert execute(api, namespace, pod, DF).code == 503
