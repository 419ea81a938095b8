"""Manifests before they reach a cluster: loading, Flux substitution, schemas, and what schemas cannot say."""
