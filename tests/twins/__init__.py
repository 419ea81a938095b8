"""The same requests to a genuine kube-apiserver and to the embedded homelab."""
