"""Arrow columns: what is kept of each resource, one record batch a page."""

from homeperf_ray.kube.columns.decode import Page, decode, kind_of, schema

__all__ = ["Page", "decode", "kind_of", "schema"]
