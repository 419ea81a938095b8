"""A tree as kustomize and Flux see it: coverage, variables, duplicates, references."""

# ruff: noqa: E501 - manifests stand in their lines

from __future__ import annotations

from pathlib import Path

import pytest

from homeperf_ray.executor.validation.job import ValidateJob
from homeperf_ray.executor.validation.report import Validation
from homeperf_ray.executor.validation.run import validate
from homeperf_ray.manifests.batch import Options
from homeperf_ray.manifests.bundled import versions
from tests.manifests.mistakes import CRD, deployment, lamp, named, service

KS = "kustomization.yaml"


def kustomization(**lists: list[str] | str) -> str:
    lines = [
        f"{key}: [{', '.join(value)}]" if isinstance(value, list) else f"{key}: {value}" for key, value in lists.items()
    ]
    return "\n".join(["apiVersion: kustomize.config.k8s.io/v1beta1", "kind: Kustomization", *lines, ""])


def flux(path: str, build: str = "", name: str = "apps", source: str = "home") -> str:
    return f"""\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: flux-system}}
spec:
  interval: 1h
  prune: true
  path: {path}
  sourceRef: {{kind: GitRepository, name: {source}}}
{build}"""


@pytest.fixture
def tree(tmp_path: Path):
    def run(files: dict[str, str], only: str = "", **options) -> list[tuple[str, str, int, str]]:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        found = whole(tmp_path, only, **options)
        return [
            (Path(file.path).relative_to(tmp_path).as_posix(), fault.code, fault.line, fault.message)
            for file in found.files
            for fault in file.faults
        ]

    return run


def whole(root: Path, only: str = "", **options) -> Validation:
    files = [str(root / only)] if only else [str(one) for one in sorted(root.rglob("*.yaml"))]
    return validate(ValidateJob(files=tuple(files), root=str(root), options=Options(versions()[-1]), **options))


def short(found) -> list[tuple[str, str, int]]:
    return [one[:3] for one in found]


def test_definitions_in_the_tree_are_schemas(tree):
    assert short(tree({"crd.yaml": CRD, "a/lamp.yaml": lamp("room: A")})) == [("a/lamp.yaml", "HP914", 5)]


def test_missing_resources_components_and_patches(tree):
    found = tree(
        {
            f"a/{KS}": kustomization(resources=["cm.yaml", "./cn.yaml", "../b", "https://x.io/y"], components=["../c"])
            + "patches:\n  - path: p.yaml\nconfigMapGenerator:\n  - name: g\n    files: [k=v.txt]\n",
            "a/cm.yaml": named("c"),
            "b/x.yaml": named("x"),
        }
    )
    assert {code for _, code, _, _ in found} == {"HP931"}
    assert {(line, message) for _, _, line, message in found} == {
        (3, "./cn.yaml is not there; did you mean cm.yaml?"),
        (3, "the folder ../b has no kustomization.yaml"),
        (4, "../c is not there"),
        (6, "p.yaml is not there; did you mean cm.yaml?"),
        (9, "v.txt is not there"),
    }


def test_patches_are_no_objects(tree):
    files = {
        f"a/{KS}": kustomization(resources=["d.yaml"]) + "patches:\n  - path: p.yaml\n",
        "a/d.yaml": deployment("replicas: 1"),
        "a/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {}}}\n",
    }
    assert tree(files) == []


def test_an_object_twice_in_one_build_but_not_in_two(tree):
    overlay = {f"{one}/{KS}": kustomization(resources=["../base"], namespace=one) for one in ("dev", "prod")}
    base = {f"base/{KS}": kustomization(resources=["a.yaml", "b.yaml"]), "base/a.yaml": named("same")}
    assert tree({**overlay, **base, "base/b.yaml": named("other")}) == []
    found = tree({"base/b.yaml": named("same")})
    assert short(found) == [("base/b.yaml", "HP930", 4)]
    assert "first in base/a.yaml:4" in found[0][3]


def test_prefixes_make_other_names(tree):
    parts = {f"{one}/{KS}": kustomization(resources=["../base"], namePrefix=f"{one}-") for one in ("a", "b")}
    assert (
        tree(
            {
                **parts,
                f"base/{KS}": kustomization(resources=["c.yaml"]),
                "base/c.yaml": named("c"),
                KS: kustomization(resources=["a", "b"]),
            }
        )
        == []
    )


def test_variables_have_values_where_flux_applies(tree):
    build = "  postBuild:\n    substitute: {N: '3', BAD: many}\n"
    files = {
        "ks.yaml": flux("./apps", build),
        "apps/a.yaml": deployment('replicas: "${N}"'),
        "apps/b.yaml": deployment("replicas: ${BAD}").replace("{name: d}", "{name: e}"),
        "apps/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  # ${COMMENT}\n  a: ${NONE}\n  b: ${NONE:=d}\n",
        "apps/d.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: d\n  annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}\ndata: {a: '${NONE}'}\n",
        "apps/e.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: e}\ndata: {a: '${N-x}'}\n",
        "elsewhere/f.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: f}\ndata: {a: '${NONE}'}\n",
    }
    assert short(tree(files)) == [
        ("apps/b.yaml", "HP910", 5),
        ("apps/c.yaml", "HP940", 6),
        ("apps/e.yaml", "HP941", 4),
    ]


def test_variables_come_from_the_tree_or_may_come_from_elsewhere(tree):
    source = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars}\ndata: {N: '3'}\n"
    build = "  postBuild:\n    substituteFrom: [{kind: ConfigMap, name: vars}]\n"
    files = {"ks.yaml": flux("./apps", build), "vars.yaml": source, "apps/a.yaml": deployment("replicas: ${N}")}
    assert tree(files) == []
    assert short(tree({"vars.yaml": source.replace("'3'", "three")})) == [("apps/a.yaml", "HP910", 5)]
    assert short(tree({"vars.yaml": source.replace("N:", "M:")})) == [("apps/a.yaml", "HP940", 5)]
    assert tree({"vars.yaml": named("others")}) == []


def test_secrets_give_names_and_never_values(tree):
    external = """\
apiVersion: v1
kind: Secret
metadata: {name: vars}
stringData: {DOMAIN: example.org}
"""
    build = "  postBuild:\n    substituteFrom: [{kind: Secret, name: vars}]\n"
    host = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '${DOMAIN/./-}'}\ndata: {a: '${DOMAIN}', b: '${OTHER}'}\n"
    found = tree({"ks.yaml": flux("./apps", build), "vars.yaml": external, "apps/a.yaml": host})
    assert short(found) == [("apps/a.yaml", "HP940", 4)]


def test_post_build_that_a_parent_patches_in(tree):
    patch = """\
  patches:
    - target: {group: kustomize.toolkit.fluxcd.io, kind: Kustomization}
      patch: |
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: any}
        spec: {postBuild: {substitute: {N: "3"}}}
"""
    files = {
        "cluster.yaml": flux("./ks", patch, name="cluster"),
        "ks/app.yaml": flux("./apps"),
        "apps/a.yaml": deployment("replicas: ${N}"),
        "apps/b.yaml": deployment("replicas: ${M}").replace("{name: d}", "{name: e}"),
    }
    assert short(tree(files)) == [("apps/b.yaml", "HP940", 5)]


def test_given_values_win_and_reach_what_flux_does_not(tree):
    files = {"a.yaml": deployment("replicas: ${N}")}
    assert short(tree(files)) == [("a.yaml", "HP910", 5)]
    assert tree(files, given={"N": "3"}) == []


def test_a_flux_path_that_is_not_there(tree):
    files = {
        "a.yaml": flux("./apps"),
        "b.yaml": flux("./aps", name="b"),
        "c.yaml": flux("./x", name="c", source="other"),
    }
    assert short(tree({**files, "apps/c.yaml": named("c")})) == [("b.yaml", "HP932", 7)]


RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: r}
spec:
  chart: {spec: {chart: c, sourceRef: {kind: HelmRepository, name: grafna}}}
"""
REPOSITORY = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: grafana}\n"


def test_a_chart_without_its_source(tree):
    files = {"ks.yaml": flux("./apps"), "apps/r.yaml": RELEASE, "apps/s.yaml": REPOSITORY}
    found = tree(files)
    assert short(found) == [("apps/r.yaml", "HP933", 5)]
    assert "did you mean grafana?" in found[0][3]
    assert tree({"other.yaml": flux("./apps", name="o", source="elsewhere")}) == []


INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i}
spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: NAME, port: {number: PORT}}}}]}}]}
"""


def test_services_without_pods_and_ingresses_without_services(tree):
    files = {
        "a/d.yaml": deployment("replicas: 1"),
        "a/s.yaml": service("selector: {app: b}\n  ports: [{port: 80}]"),
        "a/i.yaml": INGRESS.replace("NAME", "s").replace("PORT", "81"),
    }
    found = tree(files)
    assert short(found) == [("a/i.yaml", "HP934", 4), ("a/s.yaml", "HP934", 3)]
    assert "it has 80" in found[0][3]
    assert "Deployment d has app=a" in found[1][3]
    assert short(tree({"a/i.yaml": INGRESS.replace("NAME", "t").replace("PORT", "80")}))[0] == ("a/i.yaml", "HP934", 4)
    assert tree({"a/r.yaml": RELEASE}) == [], "a chart may bring pods and Services"


def test_what_a_pod_mounts(tree):
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers: [{name: c, image: 'a:1'}]\n  volumes:\n"
    volume = "    - {name: v, configMap: {name: settngs}}\n    - {name: w, secret: {secretName: by-hand}}\n"
    files = {"a/p.yaml": pod + volume, "a/c.yaml": named("settings")}
    found = tree(files)
    assert short(found) == [("a/p.yaml", "HP934", 7)]
    assert "did you mean settings?" in found[0][3]
    assert tree({"a/p.yaml": pod + volume.replace("settngs", "settings")}) == []
    several = "    - {name: v, projected: {sources: [{configMap: {name: %s}}, {secret: {name: x, optional: true}}]}}\n"
    assert short(tree({"a/p.yaml": pod + several % "settngs"})) == [("a/p.yaml", "HP934", 7)]
    assert tree({"a/p.yaml": pod + several % "settings"}) == []


def test_generated_config_maps_are_known(tree):
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers: [{name: c, image: 'a:1'}]\n  volumes: [{name: v, configMap: {name: conf}}]\n"
    generator = (
        kustomization(resources=["p.yaml", "o.yaml"]) + "configMapGenerator:\n  - {name: conf, literals: [a=b]}\n"
    )
    assert tree({f"a/{KS}": generator, "a/p.yaml": pod, "a/o.yaml": named("other")}) == []


def test_one_file_is_judged_with_the_whole_tree_in_view(tree):
    build = "  postBuild:\n    substitute: {N: '3'}\n"
    files = {"ks.yaml": flux("./apps", build), "apps/a.yaml": deployment("replicas: ${N}"), "apps/b.yaml": "a: ["}
    assert tree(files, only="apps/a.yaml") == []


def test_counts_add_up(tree, tmp_path):
    tree(
        {
            "a.yaml": named("A")
            + "---\n"
            + named("b")
            + "---\na: b\n---\napiVersion: x.y/v1\nkind: Z\nmetadata: {name: z}\n"
        }
    )
    counts = whole(tmp_path).counts
    assert (counts.total, counts.valid, counts.invalid, counts.skipped, counts.errors) == (4, 1, 1, 2, 0)
    assert counts.unjudged == 1


def test_results_are_kept_and_a_damaged_file_of_results_is_as_none(tree, tmp_path):
    cache = tmp_path / "cache"
    tree({"t/a.yaml": named("A"), "t/b.yaml": named("b")})
    first = whole(tmp_path / "t", cache=str(cache))
    again = whole(tmp_path / "t", cache=str(cache))
    assert (first.kept, again.kept) == (0, 2)
    assert again.files == first.files
    (tmp_path / "t/b.yaml").write_text(named("B"))
    assert whole(tmp_path / "t", cache=str(cache)).kept == 1
    (pack,) = cache.glob("*.pack")
    for damage in (b"", b"\x00" * 50, pack.read_bytes()[:-3], pack.read_bytes()[:9] + b"x" + pack.read_bytes()[10:]):
        pack.write_bytes(damage)
        found = whole(tmp_path / "t", cache=str(cache))
        assert (found.kept, found.counts.invalid) == (0, 2)


def test_a_secret_reaches_neither_the_report_nor_the_kept_results(tree, tmp_path):
    cache = tmp_path / "cache"
    data = "data: {a: hunter/ hunter}\nstringData: {b: hunter-2-hunter, pin: 48213579, c: [hunter]}\n"
    secret = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\n{data}"
    generator = kustomization(resources=["a.yaml"]) + "secretGenerator:\n  - {name: g, literals: [a=hunter]}\n"
    tree({"t/a.yaml": secret, f"t/{KS}": generator})
    found = whole(tmp_path / "t", cache=str(cache))
    assert [fault.code for file in found.files for fault in file.faults] == ["HP914", "HP910", "HP910"]
    (pack,) = cache.glob("*.pack")
    for text in (str(found), pack.read_bytes().decode("latin-1")):
        assert "hunter" not in text
        assert "48213579" not in text


def test_templates_of_a_chart_are_left_to_helm(tree, tmp_path):
    files = {
        "c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
        "c/templates/a.yaml": "a: {{ .Values.a }}\n${",
    }
    assert tree(files) == []
    assert whole(tmp_path).counts.skipped == 2
    assert short(tree({"d/templates/a.yaml": "a: {{ .Values.a }}\n"})) == [("d/templates/a.yaml", "HP901", 1)]


def test_many_files_go_to_a_pool_with_the_same_result(tree, tmp_path, monkeypatch):
    files = {f"d{number}/a.yaml": deployment(f"replicas: {number if number % 7 else 'x'}") for number in range(40)}
    alone = tree(files)
    monkeypatch.setattr("homeperf_ray.executor.validation.spread.POOL_BYTES", 100)
    monkeypatch.setattr("homeperf_ray.executor.validation.spread.BATCH_BYTES", 2000)
    assert tree(files) == alone
    assert len(alone) == 6


def test_what_another_folder_brings_is_not_missed(tree, tmp_path):
    ingress = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i, namespace: %s}
spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
---
apiVersion: v1
kind: Service
metadata: {name: other, namespace: %s}
spec: {ports: [{port: 80}], selector: {a: b}}
"""
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: n1}\nspec: {ports: [{port: 80}]}\n"
    for name, text in (("a/s", service), ("b/i", ingress % ("n1", "n1")), ("c/i", ingress % ("n2", "n2"))):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / f"{name}.yaml").write_text(text)
    files = tuple(str(path) for path in sorted(tmp_path.rglob("*.yaml")))
    found = validate(ValidateJob(files=files, root=str(tmp_path), options=Options("1.37")))
    told = [(file.path, fault.code) for file in found.files for fault in file.faults]
    assert told == [(str(tmp_path / "c/i.yaml"), "HP934")]


def test_components_that_flux_adds_take_part_in_its_build(tree):
    build = "  components: [../shared, ../gone]\n  postBuild:\n    substitute: {N: '3'}\n"
    component = kustomization(resources=["d.yaml"]).replace("kind: Kustomization", "kind: Component")
    files = {
        "ks.yaml": flux("./apps", build),
        "apps/a.yaml": named("a"),
        f"shared/{KS}": component.replace("v1beta1", "v1alpha1"),
        "shared/d.yaml": deployment("replicas: ${N}") + "  paused: ${NONE}\n",
    }
    found = tree(files)
    assert short(found) == [("ks.yaml", "HP932", 3), ("shared/d.yaml", "HP940", 10)]
    assert "../gone is not there" in found[0][3]
    files["ks.yaml"] = flux("./apps", "  ignoreMissingComponents: true\n" + build)
    assert [code for _, code, _ in short(tree(files))] == ["HP940"]


def test_names_of_variables_that_flux_refuses(tree):
    build = (
        "  postBuild:\n    substitute: {good_1: a, bad-name: b}\n    substituteFrom: [{kind: ConfigMap, name: vars}]\n"
    )
    config = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars, namespace: flux-system}\ndata: {OK: a, app.ini: b}\n"
    )
    found = tree({"ks.yaml": flux("./apps", build), "apps/a.yaml": named("a"), "vars.yaml": config})
    assert short(found) == [("ks.yaml", "HP941", 3), ("ks.yaml", "HP941", 3)]
    assert ["'bad-name'" in found[0][3] or "'bad-name'" in found[1][3], any("app.ini" in one[3] for one in found)] == [
        True
    ] * 2


def test_a_file_of_a_generator_is_missed_where_it_is_named(tree):
    text = """\
kind: Kustomization
configMapGenerator:
  - name: a
    files:
      - here.json
      - key=gone.json
secretGenerator:
  - name: b
    envs: [gone.env]
"""
    found = tree({f"a/{KS}": text, "a/here.json": "{}"})
    assert short(found) == [(f"a/{KS}", "HP931", 6), (f"a/{KS}", "HP931", 9)]
