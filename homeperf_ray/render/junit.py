"""``-o junit``: for what shows test results: a suite a domain, a test case a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from homeperf_ray.checks.finding import Finding
from homeperf_ray.executor.report import Report, Survey
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.document import sentence
from homeperf_ray.render.escape import safe


def lines(survey: Survey, width: int) -> Iterator[str]:
    """Findings fail, what could not be judged is in error, what is suppressed is skipped.

    The objects that are well are one passing test case a context, with their number.
    """
    root = ET.Element("testsuites", name="homeperf")
    for report in survey.reports:
        for domain in dict.fromkeys(one.domain for one in (*report.findings, *report.suppressed)):
            shown = [one for one in report.findings if one.domain == domain]
            hidden = [one for one in report.suppressed if one.domain == domain]
            root.append(_suite(report, domain, shown, hidden))
        root.append(_healthy(report))
    yield _written(root)


def failure_lines(error: KubeError) -> Iterator[str]:
    """One suite with one test case that is in error."""
    root = ET.Element("testsuites", name="homeperf")
    suite = ET.SubElement(root, "testsuite", name="homeperf", tests="1", failures="0", errors="1", skipped="0")
    case = ET.SubElement(suite, "testcase", classname="homeperf", name="check", time="0")
    ET.SubElement(case, "error", message=safe(error.message), type=error.kind).text = safe(error.hint)
    yield _written(root)


def _suite(report: Report, domain: str, shown: Sequence[Finding], hidden: Sequence[Finding]) -> ET.Element:
    errors = sum(finding.severity == "error" for finding in shown)
    suite = _empty(report, f"{report.context}.{domain}", len(shown) + len(hidden))
    suite.set("failures", str(len(shown) - errors))
    suite.set("errors", str(errors))
    suite.set("skipped", str(len(hidden)))
    for finding in shown:
        outcome = ET.SubElement(_case(suite, report, finding), "error" if finding.severity == "error" else "failure")
        outcome.set("message", safe(finding.message))
        outcome.set("type", f"{finding.code} {finding.severity}")
        outcome.text = "\n".join(map(safe, (sentence(finding), finding.hint, *finding.detail)))
    for finding in hidden:
        ET.SubElement(_case(suite, report, finding), "skipped", message=f"suppressed: {safe(finding.message)}")
    return suite


def _healthy(report: Report) -> ET.Element:
    suite = _empty(report, f"{report.context}.healthy", 1)
    _properties(suite, report)
    name = f"{report.summary.healthy} of {report.summary.total} objects are healthy"
    ET.SubElement(suite, "testcase", classname=safe(report.context), name=name, time="0")
    return suite


def _properties(suite: ET.Element, report: Report) -> None:
    properties = ET.SubElement(suite, "properties")
    for name, value in (("context", report.context), ("server_version", report.server_version), ("run", report.run)):
        ET.SubElement(properties, "property", name=name, value=safe(value))


def _empty(report: Report, name: str, tests: int) -> ET.Element:
    begun = datetime.fromtimestamp(report.started, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    spent = f"{report.duration:.3f}"
    counts = {"tests": str(tests), "failures": "0", "errors": "0", "skipped": "0"}
    return ET.Element("testsuite", {"name": safe(name), **counts, "time": spent, "timestamp": begun})


def _case(suite: ET.Element, report: Report, finding: Finding) -> ET.Element:
    place = f"{finding.namespace}/{finding.object}" if finding.namespace else finding.object
    name = f"{finding.code} {place}" + (f" ({finding.part})" if finding.part else "")
    classname = f"{report.context}.{finding.domain}"
    return ET.SubElement(suite, "testcase", classname=safe(classname), name=safe(name), time="0")


def _written(root: ET.Element) -> str:
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")
