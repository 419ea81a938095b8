"""Ceph as its own commands tell of it."""

import msgspec
import pytest

from homeperf_ray.checks.ceph_inside import judge_inside
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.kube.ceph_report import CephReport, Osd, report_of
from homeperf_ray.kube.models.ceph import OsdDf, PgStat, Status
from tests.checks.judging import NOW

WELL = CephReport(
    namespace="rook-ceph",
    health="HEALTH_OK",
    osd_count=3,
    osds_up=3,
    osds_in=3,
    pgs=(("active+clean", 96), ("active+clean+scrubbing+deep", 1)),
    osds=tuple(Osd(name=f"osd.{number}", used=40.0 + number) for number in range(3)),
)


def judged(thresholds=None, **changes):
    report = msgspec.structs.replace(WELL, **changes)
    return judge_inside(Snapshot({}, NOW, ceph=(report,)), thresholds or Thresholds())


def codes(thresholds=None, **changes):
    return [finding.code for finding in judged(thresholds, **changes).findings]


def pgs(**states):
    return tuple((name.replace("_and_", "+"), count) for name, count in {"active_and_clean": 90, **states}.items())


def test_a_cluster_that_is_well():
    judgement = judged()
    assert (judgement.findings, judgement.notes, judgement.examined) == ((), (), 1)


@pytest.mark.parametrize(
    ("states", "checks", "expected"),
    [
        ({"down": 2}, (), ["HP340"]),
        ({"undersized_and_degraded_and_peered": 3}, (), ["HP340", "HP342"]),
        ({"incomplete": 1}, (), ["HP340"]),
        ({"stale_and_active_and_clean": 1}, (), []),
        ({"stale_and_active_and_clean": 1}, (("PG_AVAILABILITY", "1 pg stale"),), ["HP340"]),
        ({"activating": 4}, (), []),
        ({"activating_and_undersized_and_degraded": 4}, (), ["HP342"]),
        ({"wait": 4}, (), []),
        ({"activating": 4}, (("PG_AVAILABILITY", "Reduced data availability: 4 pgs inactive"),), ["HP340"]),
        ({"down": 1, "peering": 4}, (("PG_AVAILABILITY", "1 pg inactive, 1 pg down"),), ["HP340"]),
        ({"peering": 4}, (), []),
        ({"peering": 4}, (("PG_AVAILABILITY", "4 pgs inactive, 4 pgs peering"),), ["HP341"]),
        ({"remapped_and_peering": 4}, (("PG_AVAILABILITY", "Reduced data availability: 1 pg peering"),), ["HP341"]),
        ({"creating_and_peering": 4}, (), []),
        ({"creating": 4}, (), []),
        ({"unknown": 97}, (), []),
        ({"unknown": 97}, (("PG_AVAILABILITY", "97 pgs inactive"),), ["HP340"]),
        ({"active_and_undersized_and_degraded": 9}, (), ["HP342"]),
        ({"active_and_undersized": 9}, (), ["HP342"]),
        ({"active_and_clean_and_inconsistent": 1}, (), ["HP343"]),
        ({"active_and_recovery_wait_and_degraded": 1}, (), ["HP342"]),
        ({"active_and_remapped_and_backfilling": 3}, (), []),
    ],
)
def test_states_of_placement_groups(states, checks, expected):
    assert codes(pgs=pgs(**states), checks=checks) == expected


def test_what_is_degraded_says_what_recovery_does():
    changes = {"pgs": pgs(active_and_undersized_and_degraded=9), "degraded": (120, 91_332)}
    assert "0.13 % of all copies; nothing recovers" in judged(**changes).findings[0].message
    moving = judged(**changes, recovering=48e6, progress=(("Rebalancing after osd.2 marked in", 0.27),))
    assert "Rebalancing after osd.2 marked in, 27 % done; 48 MB/s recover" in moving.findings[0].message


def test_data_that_only_moves_is_a_note():
    judgement = judged(pgs=pgs(active_and_remapped_and_backfilling=5), misplaced=(900, 90_000))
    assert judgement.findings == ()
    assert judgement.notes == (
        "Ceph in rook-ceph moves data: 5 placement groups recover, 1 % of all copies are not where they belong",
    )


def test_much_is_written_as_people_write_it():
    judgement = judged(
        pgs=pgs(active_and_remapped_and_backfilling=5), misplaced=(99_999, 100_000), recovering=1_234_567_890.0
    )
    [note] = judgement.notes
    assert "1235 MB/s recover, 100 % of all copies" in note


@pytest.mark.parametrize("number", ["1" + "0" * 400, "9" * 22, "1e308", "-1" + "0" * 400])
def test_numbers_beyond_all_measure_are_bounded(number):
    status = f"""{{"health": {{}}, "osdmap": {{"num_osds": {number}, "num_up_osds": 3}}, "pgmap": {{
        "pgs_by_state": [{{"state_name": "active+degraded", "count": {number}}}], "degraded_objects": {number},
        "degraded_total": 1, "recovering_bytes_per_sec": {number}}},
        "progress_events": {{"a": {{"message": "a", "progress": {number}}}}}}}"""
    osds = f'{{"nodes": [{{"type": "osd", "name": "osd.0", "kb": 1, "utilization": {number}, "reweight": {number}}}]}}'
    report = report_of(
        "rook-ceph", msgspec.json.decode(status, type=Status), msgspec.json.decode(osds, type=OsdDf), None
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(report), type=CephReport) == report
    findings = judge_inside(Snapshot({}, NOW, ceph=(report,)), Thresholds()).findings
    assert all(len(finding.message) < 200 for finding in findings)


def test_osds_that_are_down_or_out_are_named_where_their_names_are_known():
    osds = (Osd(name="osd.0", used=40.0), Osd(name="osd.1", up=False, used=40.0), Osd(name="osd.2", taking=False))
    judgement = judged(osds=osds, osds_up=2, osds_in=2)
    assert [(finding.code, finding.part) for finding in judgement.findings] == [("HP344", "osd.1"), ("HP345", "osd.2")]
    unnamed = judged(osds=(), osds_up=1, osds_in=2)
    assert [finding.message for finding in unnamed.findings] == ["2 of 3 OSDs are down", "1 of 3 OSDs is out"]


def test_osds_that_are_full_and_uneven():
    osds = tuple(Osd(name=f"osd.{number}", used=used) for number, used in enumerate((96.0, 86.0, 40.0)))
    judgement = judged(osds=osds)
    assert [(finding.code, finding.severity, finding.part) for finding in judgement.findings] == [
        ("HP347", "critical", "osd.0"),
        ("HP346", "warning", "osd.1"),
        ("HP348", "warning", ""),
    ]
    roomy = Thresholds(ceph_nearfull=97.0, ceph_full=99.0, ceph_osd_spread=50.0)
    assert codes(roomy, osds=osds) == []


def test_an_osd_that_is_out_is_empty_and_makes_nothing_uneven():
    osds = (*WELL.osds, Osd(name="osd.3", taking=False, used=0.1))
    assert codes(osds=osds, osd_count=4, osds_up=4) == ["HP345"]


@pytest.mark.parametrize("name", ["SLOW_OPS", "MDS_SLOW_REQUEST", "MDS_SLOW_METADATA_IO", "BLUESTORE_SLOW_OP_ALERT"])
def test_operations_that_are_slow(name):
    checks = ((name, "2 slow ops, oldest one blocked for 35 sec, osd.1 has slow ops"), ("OSD_DOWN", "1 osds down"))
    judgement = judged(checks=checks)
    assert [(finding.code, finding.part) for finding in judgement.findings] == [("HP349", name)]
    assert "oldest one blocked for 35 sec" in judgement.findings[0].message


def test_several_clusters_are_told_apart():
    other = msgspec.structs.replace(WELL, namespace="ceph-two", osds_up=2, osds=())
    judgement = judge_inside(Snapshot({}, NOW, ceph=(WELL, other)), Thresholds())
    assert judgement.examined == 2
    assert [(finding.namespace, finding.object) for finding in judgement.findings] == [("ceph-two", "Ceph/ceph-two")]


def test_documents_of_both_shapes_and_what_is_no_number():
    status = msgspec.json.decode(
        b'{"health":{"status":"HEALTH_WARN","checks":{"A":{"severity":"HEALTH_WARN","summary":{"message":"a"}},'
        b'"B":{"muted":true}}},"osdmap":{"num_osds":3,"num_up_osds":2,"num_in_osds":3},'
        b'"pgmap":{"pgs_by_state":[{"state_name":"active+clean","count":5}],"degraded_objects":-4}}',
        type=Status,
    )
    flat = msgspec.json.decode(b'{"num_pg_by_state":[{"name":"active+clean","num":7}],"num_pgs":7}', type=PgStat)
    nested = msgspec.json.decode(
        b'{"pg_ready":true,"pg_summary":{"num_pg_by_state":[{"name":"down","num":2}]}}', type=PgStat
    )
    osds = msgspec.json.decode(
        b'{"nodes":[{"id":-1,"type":"root","name":"default"},{"type":"osd","name":"osd.0","kb":0,"utilization":0},'
        b'{"type":"osd","name":"osd.1","kb":18446744073709551615,"utilization":12.5,"reweight":0,"status":"down"}]}',
        type=OsdDf,
    )
    report = report_of("rook-ceph", status, osds, flat)
    assert report.checks == (("A", "a"),)
    assert (report.osd_count, report.osds_up, report.degraded) == (3, 2, (0, 0))
    assert report.pgs == (("active+clean", 7),)
    assert report.osds == (Osd(name="osd.0"), Osd(name="osd.1", up=False, taking=False, used=12.5))
    assert report_of("rook-ceph", status, None, nested).pgs == (("down", 2),)
    assert report_of("rook-ceph", status, None, None).pgs == (("active+clean", 5),)
    assert report_of("rook-ceph", None, None, None) == CephReport(namespace="rook-ceph")
