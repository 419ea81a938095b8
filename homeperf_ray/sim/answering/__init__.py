"""What answers on loopback beside the API server: DNS, the ingress controller's ports, and Services."""
