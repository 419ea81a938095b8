"""What a log gives away beyond one line, in quotes within quotes, and on a command line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from homeperf_ray.executor.look import Look, Looked
from homeperf_ray.kube.redaction import redacted, redacted_log

BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"


@pytest.mark.parametrize(
    "line",
    [
        r'{"msg":"{\"password\":\"hunter2\"}"}',
        r'"password": "ab\"hunter2"',
        "exec: mysqldump --password hunter2 --all",
    ],
)
def test_a_password_in_other_clothes_is_masked(line: str) -> None:
    assert "hunter2" not in redacted(line)


@pytest.mark.parametrize(
    "log", [("-----BEGIN PRIVATE KEY-----", BODY, "c2hvcnQ="), (BODY, BODY), ("c2hvcnQ=", "-----END PRIVATE KEY-----")]
)
def test_no_line_of_a_private_key_is_shown(log: tuple[str, ...]) -> None:
    lines = Looked(look=Look("Pod", "a", "b"), log=log).lines(datetime.now(UTC))
    assert not any(BODY in line or "c2hvcnQ" in line for line in lines)


def test_a_digest_is_no_key() -> None:
    assert redacted_log(["a" * 64, "ready"]) == ["a" * 64, "ready"]
