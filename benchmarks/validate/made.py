"""Resources that the benchmark makes itself: Deployments, Services, ConfigMaps and Ingresses."""

from __future__ import annotations

from pathlib import Path

A_FILE = 8
"""Resources in one file: two of each kind, and every Ingress has its Service beside it."""


def make(folder: Path, count: int) -> int:
    """Write so many resources, and return their size in bytes."""
    folder.mkdir()
    size = 0
    for number in range((count + A_FILE - 1) // A_FILE):
        some = [_resource(number * A_FILE + index) for index in range(min(A_FILE, count - number * A_FILE))]
        text = "---\n".join(some)
        (folder / f"app-{number}").mkdir()
        (folder / f"app-{number}" / "all.yaml").write_text(text)
        size += len(text)
    return size


def _resource(number: int) -> str:
    kinds = (_deployment, _service, _config, _ingress)
    return kinds[number % len(kinds)](f"app-{number // len(kinds)}")


def _deployment(name: str) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels: {{app.kubernetes.io/name: {name}}}
spec:
  replicas: 2
  selector:
    matchLabels: {{app.kubernetes.io/name: {name}}}
  template:
    metadata:
      labels: {{app.kubernetes.io/name: {name}}}
    spec:
      containers:
        - name: app
          image: registry.example/{name}:1.2.3
          ports: [{{name: http, containerPort: 8080}}]
          env:
            - name: LOG_LEVEL
              value: info
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
            limits: {{memory: 256Mi}}
          livenessProbe:
            httpGet: {{path: /healthz, port: http}}
"""


def _service(name: str) -> str:
    return f"""\
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  type: ClusterIP
  selector: {{app.kubernetes.io/name: {name}}}
  ports:
    - name: http
      port: 80
      targetPort: http
"""


def _config(name: str) -> str:
    lines = "\n".join(f"  key-{index}: value of {index}" for index in range(10))
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n{lines}\n"


def _ingress(name: str) -> str:
    return f"""\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  annotations: {{example.org/class: internal}}
spec:
  rules:
    - host: {name}.example.org
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {name}
                port: {{number: 80}}
"""
