"""``-o junit``: a suite a file, a test case a resource."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from homeperf_ray.executor.validation.report import FileResult, Validation
from homeperf_ray.render.escape import safe
from homeperf_ray.render.validation.document import sentence


def lines(found: Validation, width: int) -> Iterator[str]:
    """Invalid resources fail, what could not be judged is in error, skipped ones are skipped.

    Warnings and what is suppressed are output.
    """
    root = ET.Element("testsuites", name="homeperf validate", time=f"{found.duration:.3f}")
    begun = datetime.fromtimestamp(found.started, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for file in found.files:
        counts = {name: sum(one.status == name for one in file.judged) for name in ("invalid", "error", "skipped")}
        suite = ET.SubElement(
            root,
            "testsuite",
            name=safe(file.path),
            tests=str(len(file.judged)),
            failures=str(counts["invalid"]),
            errors=str(counts["error"]),
            skipped=str(counts["skipped"]),
            time="0",
            timestamp=begun,
        )
        _cases(suite, file)
    ET.indent(root)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _cases(suite: ET.Element, file: FileResult) -> None:
    starts = [one.line for one in file.judged]
    for index, one in enumerate(file.judged):
        name = f"{one.namespace}/{one.object}" if one.namespace else one.object or "document"
        case = ET.SubElement(
            suite, "testcase", classname=safe(file.path), name=f"{safe(name)} (line {one.line})", time="0"
        )
        end = starts[index + 1] if index + 1 < len(starts) else 1 << 60
        begin = one.line if index else 0
        told = [fault for fault in file.faults if begin <= fault.line < end]
        known = [fault for fault in file.suppressed if begin <= fault.line < end]
        text = "\n".join(
            [
                *(f"{fault.code} {safe(sentence(file, fault))}" for fault in told),
                *(f"suppressed: {fault.code} {safe(sentence(file, fault))}" for fault in known),
            ]
        )
        if one.status == "skipped":
            ET.SubElement(case, "skipped", message=safe(one.reason))
        elif one.status in ("invalid", "error"):
            outcome = ET.SubElement(case, "failure" if one.status == "invalid" else "error")
            outcome.set("message", safe(told[0].message) if told else one.status)
            outcome.set("type", told[0].code if told else "")
            outcome.text = text
        elif text:
            ET.SubElement(case, "system-out").text = text
