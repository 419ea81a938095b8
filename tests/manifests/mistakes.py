"""Mistakes that people make: what is written, and what must be said of it, where."""

# ruff: noqa: E501 - manifests stand in their lines

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    name: str
    text: str
    code: str
    line: int
    message: str


CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lamps.home.example}
spec:
  group: home.example
  scope: Namespaced
  names: {kind: Lamp, plural: lamps}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [room]
              properties:
                room: {type: string, maxLength: 8, pattern: '^[a-z]+$'}
                watts: {type: integer, minimum: 1, maximum: 60}
                mode: {type: string, enum: [Steady, Blinking]}
                until: {type: string, format: date-time}
                colours: {type: array, minItems: 1, x-kubernetes-list-type: set, items: {type: string}}
                on: {type: boolean}
                port: {x-kubernetes-int-or-string: true}
                bulb:
                  type: object
                  properties: {led: {type: object}, arc: {type: object}}
                  oneOf: [{required: [led]}, {required: [arc]}]
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                names: {type: object, additionalProperties: {type: string}}
                address: {type: string, format: ipv4}
    - name: v1beta1
      served: true
      storage: false
      deprecated: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


def lamp(spec: str) -> str:
    return f"apiVersion: home.example/v1\nkind: Lamp\nmetadata: {{name: l}}\nspec:\n  {spec}\n"


def pod(spec: str) -> str:
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  {spec}\n"


def container(field: str) -> str:
    return pod(f"containers:\n    - name: c\n      image: nginx:1.27\n      {field}")


def deployment(spec: str, kind: str = "Deployment", labels: str = "app: a") -> str:
    return f"""\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: d}}
spec:
  {spec}
  selector: {{matchLabels: {{app: a}}}}
  template:
    metadata: {{labels: {{{labels}}}}}
    spec: {{containers: [{{name: c, image: "nginx:1.27"}}]}}
"""


def service(spec: str) -> str:
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec:\n  {spec}\n"


def config(metadata: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  {metadata}\n"


def named(name: str, kind: str = "ConfigMap") -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n"


MISTAKES = (
    Mistake("tab", "a:\n\t- b\n", "HP901", 2, "tab"),
    Mistake("unclosed", "a: [1\nb: 2\n", "HP901", 2, "flow"),
    Mistake("colon", "a: b: c\n", "HP901", 1, "quote"),
    Mistake("unknown alias", "a: *b\n", "HP901", 1, "&b"),
    Mistake("control character", "a: \x07\n", "HP901", 1, "not allow"),
    Mistake("template as a key", "a: {{ .Values.x }}\n", "HP901", 1, "template"),
    Mistake("broken second document", named("a") + "---\na: [\n", "HP901", 7, ""),
    Mistake("key twice", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  name: b\n", "HP902", 5, "line 4"),
    Mistake("no apiVersion", "kind: Pod\nmetadata: {name: p}\n", "HP904", 1, "apiVersion is missing"),
    Mistake("no kind", "apiVersion: v1\nmetadata: {name: p}\n", "HP904", 1, "kind is missing"),
    Mistake("neither", "metadata: {name: p}\nspec: {}\n", "HP904", 1, "apiVersion and kind"),
    Mistake("kind in lower case", "apiVersion: apps/v1\nkind: deployment\n", "HP905", 2, "Deployment"),
    Mistake("kind misspelt", "apiVersion: v1\nkind: ConfigMpa\n", "HP905", 2, "did you mean ConfigMap"),
    Mistake("kind of another group", "apiVersion: v1\nkind: Deployment\n", "HP905", 2, "apps/v1 Deployment"),
    Mistake("removed", "apiVersion: extensions/v1beta1\nkind: Ingress\n", "HP906", 1, "networking.k8s.io/v1"),
    Mistake("removed CronJob", "apiVersion: batch/v1beta1\nkind: CronJob\n", "HP906", 1, "removed in Kubernetes 1.25"),
    Mistake("deprecated", "apiVersion: v1\nkind: Endpoints\nmetadata: {name: e}\n", "HP907", 1, "EndpointSlice"),
    Mistake(
        "deprecated custom resource",
        "apiVersion: home.example/v1beta1\nkind: Lamp\nmetadata: {name: l}\n",
        "HP907",
        1,
        "deprecated",
    ),
    Mistake("string for a number", deployment('replicas: "3"'), "HP910", 5, "write 3 without quotes"),
    Mistake("number for a string", config("labels: {a: 1}"), "HP910", 5, "put it in quotes"),
    Mistake(
        "yes is true", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  a: yes\n", "HP910", 5, "true"
    ),
    Mistake("list for a mapping", pod("nodeSelector: [a]\n  containers: []"), "HP910", 5, "must be a mapping"),
    Mistake("mapping for a list", pod("containers: {}"), "HP910", 5, "must be a list"),
    Mistake("null where none may be", lamp("room:"), "HP910", 5, "null"),
    Mistake("no containers", pod("restartPolicy: Always"), "HP911", 5, "containers"),
    Mistake("no name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n", "HP911", 3, "name"),
    Mistake("no metadata", "apiVersion: v1\nkind: ConfigMap\n", "HP911", 1, "metadata"),
    Mistake("required of a custom resource", lamp("on: true"), "HP911", 5, "room"),
    Mistake("no ports", service("selector: {a: b}"), "HP911", 5, "ports"),
    Mistake("ports without names", service("ports: [{port: 1, name: a}, {port: 2}]"), "HP911", 5, "names each"),
    Mistake("no external name", service("type: ExternalName"), "HP911", 5, "externalName"),
    Mistake(
        "claim without storage",
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\nspec: {accessModes: [ReadWriteOnce]}\n",
        "HP911",
        4,
        "storage",
    ),
    Mistake("unknown field", deployment("replcas: 3"), "HP912", 5, "did you mean replicas?"),
    Mistake("unknown field of a custom resource", lamp("room: a\n  wats: 3"), "HP912", 6, "watts"),
    Mistake("unknown field of a container", container("imagepullpolicy: Always"), "HP912", 8, "imagePullPolicy"),
    Mistake("pull policy", container("imagePullPolicy: always"), "HP913", 8, "did you mean Always?"),
    Mistake("type of a Service", service("type: Loadbalancer\n  ports: [{port: 1}]"), "HP913", 5, "LoadBalancer"),
    Mistake("protocol", service("ports: [{port: 1, protocol: tcp}]"), "HP913", 5, "TCP"),
    Mistake("enum of a custom resource", lamp("room: a\n  mode: steady"), "HP913", 6, "Steady"),
    Mistake("port too large", container("ports: [{containerPort: 70000}]"), "HP914", 8, "65535"),
    Mistake("too small", lamp("room: a\n  watts: 0"), "HP914", 6, "at least 1"),
    Mistake("too large", lamp("room: a\n  watts: 61"), "HP914", 6, "at most 60"),
    Mistake("too long", lamp("room: abcdefghi"), "HP914", 5, "at most 8"),
    Mistake("pattern", lamp("room: A1"), "HP914", 5, "does not match"),
    Mistake("no time", lamp("room: a\n  until: tomorrow"), "HP914", 6, "RFC 3339"),
    Mistake("no address", lamp("room: a\n  address: 10.0.0.300"), "HP914", 6, "IPv4"),
    Mistake("empty list", lamp("room: a\n  colours: []"), "HP914", 6, "at least 1"),
    Mistake("int32", deployment("replicas: 3000000000"), "HP914", 5, "2^31"),
    Mistake(
        "no base64",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  a: plain text\n",
        "HP914",
        5,
        "base64",
    ),
    Mistake(
        "schedule",
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\nspec:\n  schedule: 61 * * * *\n  jobTemplate:\n"
        "    spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: 'a:1'}]}}}\n",
        "HP914",
        5,
        "schedule",
    ),
    Mistake("image in capitals", pod("containers: [{name: c, image: 'Nginx Latest'}]"), "HP914", 5, "reference"),
    Mistake("both of one", lamp("room: a\n  bulb: {led: {}, arc: {}}"), "HP915", 6, "exactly one of led, arc"),
    Mistake("none of one", lamp("room: a\n  bulb: {}"), "HP915", 6, "exactly one"),
    Mistake("set item twice", lamp("room: a\n  colours: [red, red]"), "HP916", 6, "red"),
    Mistake(
        "container twice",
        pod("containers:\n    - {name: c, image: 'a:1'}\n    - {name: c, image: 'b:1'}"),
        "HP916",
        7,
        "name c",
    ),
    Mistake("name in capitals", named("My_Config"), "HP920", 4, "did you mean my-config?"),
    Mistake("name too long", named("a" * 254), "HP920", 4, "253"),
    Mistake("dots in a namespace", named("a.b", "Namespace"), "HP920", 4, "Namespace"),
    Mistake(
        "service begins with a digit",
        service("ports: [{port: 1}]").replace("name: s", "name: 1s"),
        "HP920",
        3,
        "letter",
    ),
    Mistake("namespace", config("namespace: My Space"), "HP920", 5, "namespace"),
    Mistake(
        "key of a ConfigMap",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  a/b: c\n",
        "HP920",
        5,
        "'a/b'",
    ),
    Mistake("label with a space", config("labels: {a: b c}"), "HP921", 5, "spaces"),
    Mistake("label too long", config(f"labels: {{a: {'b' * 64}}}"), "HP921", 5, "63"),
    Mistake("key of a label", config("labels: {a b: c}"), "HP921", 5, "PREFIX"),
    Mistake("key of an annotation", config("annotations: {a/b/c: d}"), "HP921", 5, "PREFIX"),
    Mistake("quantity", container("resources: {limits: {memory: 512MB}}"), "HP922", 8, "did you mean 512M?"),
    Mistake("quantity of nonsense", container("resources: {limits: {cpu: lots}}"), "HP922", 8, "no quantity"),
    Mistake("no tag", pod("containers: [{name: c, image: nginx}]"), "HP923", 5, "no tag"),
    Mistake("latest", pod("containers: [{name: c, image: 'r.io:5000/nginx:latest'}]"), "HP923", 5, "latest"),
    Mistake("selector misses", deployment("replicas: 1", labels="app: b"), "HP924", 6, "has app=b"),
    Mistake("selector without label", deployment("replicas: 1", labels="x: b"), "HP924", 6, "no label app"),
    Mistake("unknown volume", container("volumeMounts: [{name: dta, mountPath: /d}]"), "HP924", 8, "dta"),
    Mistake(
        "requests above limits",
        container("resources: {requests: {memory: 2Gi}, limits: {memory: 1Gi}}"),
        "HP924",
        8,
        "more than its limit",
    ),
    Mistake("value and source", container("env: [{name: A, value: b, valueFrom: {}}]"), "HP924", 8, "exclude"),
    Mistake(
        "policy of a Job",
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  template:\n"
        "    spec:\n      containers: [{name: c, image: 'a:1'}]\n",
        "HP924",
        7,
        "OnFailure or Never",
    ),
    Mistake(
        "path of an Ingress",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec:\n  rules:\n    - http:\n"
        "        paths: [{path: api, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}]\n",
        "HP914",
        7,
        "begin with /",
    ),
    Mistake(
        "autoscaler",
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec:\n"
        "  minReplicas: 5\n  maxReplicas: 2\n  scaleTargetRef: {kind: Deployment, name: d}\n",
        "HP924",
        5,
        "more than maxReplicas",
    ),
    Mistake(
        "item of a List",
        "apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Pod, metadata: {name: A}, spec: {containers: []}}\n",
        "HP920",
        4,
        "did you mean a?",
    ),
)
