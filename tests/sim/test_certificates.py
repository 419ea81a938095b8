"""Client certificates: who a certificate says that one is."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from urllib.parse import urlsplit

import pytest
import yaml


def ask(sim, path, context, tmp_path, *, method="GET", headers=None, body=None):
    config = yaml.safe_load(sim.certified.read_text())
    user = next(item["user"] for item in config["users"] if item["name"] == context)
    cluster = config["clusters"][0]["cluster"]
    tls = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    pem = tmp_path / "client.pem"
    pem.touch(mode=0o600)
    pem.write_bytes(b"".join(base64.b64decode(user[f"client-{part}-data"]) for part in ("certificate", "key")))
    tls.load_cert_chain(pem)
    address = urlsplit(cluster["server"])
    connection = http.client.HTTPSConnection(str(address.hostname), address.port, context=tls, timeout=10)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    try:
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_masters_may_do_everything_and_are_counted_by_name(sim, tmp_path):
    status, answer = ask(sim, "/api/v1/nodes", "certified", tmp_path)
    assert (status, len(answer["items"])) == (200, 6)
    assert sim.counts()["by_user"] == {"certified": 1}
    review = {"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1"}
    path, headers = "/apis/authentication.k8s.io/v1/selfsubjectreviews", {"Content-Type": "application/json"}
    _, who = ask(sim, path, "certified", tmp_path, method="POST", headers=headers, body=json.dumps(review))
    assert who["status"]["userInfo"]["groups"] == ["system:masters", "system:authenticated"]


def test_others_may_what_their_name_may(sim, tmp_path):
    status, answer = ask(sim, "/api/v1/nodes", "newcomer", tmp_path)
    assert (status, answer["reason"]) == (403, "Forbidden")
    assert 'User "newcomer" cannot list resource "nodes"' in answer["message"]
    assert ask(sim, "/version", "newcomer", tmp_path)[0] == 200


def test_an_expired_certificate_is_nobodys(sim, tmp_path):
    status, answer = ask(sim, "/version", "expired", tmp_path)
    assert (status, answer["reason"]) == (401, "Unauthorized")


def test_the_certificate_of_another_authority_is_refused(sim, make_homelab, tmp_path):
    other = make_homelab(nodes=1, namespaces=5, pods=10, pvcs=0)
    mixed = yaml.safe_load(other.certified.read_text())
    mixed["clusters"] = yaml.safe_load(sim.certified.read_text())["clusters"]

    class Mixed:
        certified = tmp_path / "mixed"

    Mixed.certified.write_text(yaml.safe_dump(mixed))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        ask(Mixed, "/version", "certified", tmp_path)


def test_its_kubeconfig_is_for_its_owner_only(sim):
    assert sim.certified.stat().st_mode & 0o777 == 0o600
