"""The embedded homelab: a Kubernetes API server emulator with nodes, pods, volumes, Ceph, Flux and ingresses."""
