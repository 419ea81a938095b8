"""What helps with each of Ceph's health checks: a word of advice, and the command that shows more.

The names are those of Ceph's documentation, "Health checks" (Reef and Squid).
"""

from __future__ import annotations

_CAPACITY = "ceph osd df tree"
_PLACEMENT = "ceph pg dump_stuck"
_TREE = "ceph osd tree down"
_SCRUBS = "ceph pg dump pgs_brief"

_ADVICE: dict[str, tuple[str, str]] = {
    "MON_DOWN": ("Which monitor is out, and does its pod run?", "ceph quorum_status -f json-pretty"),
    "MON_CLOCK_SKEW": ("Let every node follow NTP; how far off are they?", "ceph time-sync-status"),
    "MON_DISK_LOW": ("Make room where the monitor keeps its store", "ceph health detail"),
    "MON_DISK_CRIT": ("Make room at once where the monitor keeps its store, or it stops", "ceph health detail"),
    "MON_DISK_BIG": ("The monitor's store has grown; it shrinks once all is clean", "ceph health detail"),
    "MON_MSGR2_NOT_ENABLED": ("Switch the new protocol on", "ceph mon enable-msgr2"),
    "AUTH_INSECURE_GLOBAL_ID_RECLAIM": ("Old clients are connected: which?", "ceph health detail"),
    "AUTH_INSECURE_GLOBAL_ID_RECLAIM_ALLOWED": (
        "Once no old client is left",
        "ceph config set mon auth_allow_insecure_global_id_reclaim false",
    ),
    "MGR_DOWN": ("Does a manager's pod run? Nothing is measured without one", "ceph mgr stat"),
    "MGR_MODULE_DEPENDENCY": ("A module lacks something", "ceph mgr module ls"),
    "MGR_MODULE_ERROR": ("A module has failed; after its error: ceph mgr fail", "ceph health detail"),
    "RECENT_MGR_MODULE_CRASH": ("A module crashed: read it, then archive it", "ceph crash ls-new"),
    "RECENT_CRASH": (
        "A daemon crashed: read it (ceph crash info ID), then ceph crash archive-all",
        "ceph crash ls-new",
    ),
    "OSD_DOWN": ("Does its node run, and its pod? A disk may have died", _TREE),
    "OSD_HOST_DOWN": ("Does the node run?", _TREE),
    "OSD_ROOT_DOWN": ("Every node of it is away: look at the network first", _TREE),
    "OSD_ORPHAN": ("An OSD is in the map and nowhere else", "ceph osd tree"),
    "OSD_FULL": ("Writes are refused: delete data, or add a disk", _CAPACITY),
    "OSD_BACKFILLFULL": ("Too full to take data over: add a disk, or balance", _CAPACITY),
    "OSD_NEARFULL": ("Which is it? ceph balancer on evens them out, more disks help for good", _CAPACITY),
    "OSD_OUT_OF_ORDER_FULL": ("The thresholds are not in order", "ceph osd dump"),
    "OSDMAP_FLAGS": ("Somebody has set a flag, such as noout; take it back with: ceph osd unset FLAG", "ceph osd dump"),
    "OSD_FLAGS": ("A flag is set on some OSDs or nodes", "ceph health detail"),
    "OSD_SCRUB_ERRORS": ("A copy differs from the others: a disk may be dying", "ceph health detail"),
    "OSD_TOO_MANY_REPAIRS": ("Reads were repaired again and again: replace the disk", "ceph health detail"),
    "OSD_SLOW_PING_TIME_BACK": ("The network between nodes is slow", "ceph health detail"),
    "OSD_SLOW_PING_TIME_FRONT": ("The network between nodes is slow", "ceph health detail"),
    "SLOW_OPS": ("Requests hang: one disk or one node that is slow", "ceph osd perf"),
    "BLUESTORE_SLOW_OP_ALERT": ("A disk answers slowly", "ceph osd perf"),
    "BLUEFS_SPILLOVER": ("The fast device of an OSD is full", "ceph health detail"),
    "DEVICE_HEALTH": ("A disk is expected to fail: replace it in time", "ceph device ls"),
    "DEVICE_HEALTH_IN_USE": ("A disk is expected to fail and is still in use", "ceph device ls"),
    "DEVICE_HEALTH_TOOMANY": ("More disks are expected to fail than can be emptied", "ceph device ls"),
    "PG_AVAILABILITY": ("Some data cannot be reached: bring the OSDs that are down back", _PLACEMENT),
    "PG_DEGRADED": ("Some data has too few copies; it mends itself once the OSDs are back", _PLACEMENT),
    "PG_RECOVERY_FULL": ("There is no room to mend copies", _CAPACITY),
    "PG_BACKFILL_FULL": ("There is no room to move copies", _CAPACITY),
    "PG_DAMAGED": ("Copies differ; after ceph health detail: ceph pg repair PG", "ceph health detail"),
    "OBJECT_UNFOUND": ("The newest copy of some data is on an OSD that is away: bring it back", "ceph health detail"),
    "OBJECT_MISPLACED": ("Data is on its way to where it belongs: wait", "ceph pg stat"),
    "PG_NOT_SCRUBBED": ("Scrubs do not keep up: give them more time, or start one with: ceph pg scrub PG", _SCRUBS),
    "PG_NOT_DEEP_SCRUBBED": (
        "Deep scrubs do not keep up: give them more time, or start one with: ceph pg deep-scrub PG",
        _SCRUBS,
    ),
    "PG_SLOW_SNAP_TRIMMING": ("Snapshots are removed more slowly than they come", "ceph pg stat"),
    "LARGE_OMAP_OBJECTS": ("An object holds too many keys, mostly an index of a bucket", "ceph health detail"),
    "TOO_FEW_OSDS": ("There are fewer OSDs than copies are asked for", "ceph osd tree"),
    "TOO_FEW_PGS": ("Let Ceph choose: ceph osd pool set POOL pg_autoscale_mode on", "ceph osd pool autoscale-status"),
    "TOO_MANY_PGS": ("Each OSD carries too many placement groups", "ceph osd pool autoscale-status"),
    "POOL_TOO_FEW_PGS": (
        "Let Ceph choose: ceph osd pool set POOL pg_autoscale_mode on",
        "ceph osd pool autoscale-status",
    ),
    "POOL_TOO_MANY_PGS": (
        "Let Ceph choose: ceph osd pool set POOL pg_autoscale_mode on",
        "ceph osd pool autoscale-status",
    ),
    "POOL_APP_NOT_ENABLED": (
        "Say what the pool is for: ceph osd pool application enable POOL rbd",
        "ceph health detail",
    ),
    "POOL_FULL": ("A pool has reached its quota", "ceph df detail"),
    "POOL_NEAR_FULL": ("A pool is near its quota", "ceph df detail"),
    "POOL_NO_REDUNDANCY": ("A pool keeps one copy: a dead disk takes its data along", "ceph osd pool ls detail"),
    "MDS_ALL_DOWN": ("Does a pod of the filesystem's MDS run? Nobody can use it now", "ceph fs status"),
    "MDS_INSUFFICIENT_STANDBY": ("Nobody stands by should the MDS go", "ceph fs status"),
    "MDS_SLOW_METADATA_IO": ("The OSDs of the metadata pool are slow", "ceph osd perf"),
    "MDS_SLOW_REQUEST": ("Requests to the MDS hang", "ceph fs status"),
    "MDS_TRIM": ("The MDS cannot keep its journal short", "ceph fs status"),
    "MDS_CLIENT_LATE_RELEASE": ("A client does not give back what it holds: mount it anew", "ceph health detail"),
    "MDS_CLIENT_RECALL": ("A client holds more than it should: mount it anew", "ceph health detail"),
    "MDS_UP_LESS_THAN_MAX": ("Fewer MDS run than are asked for", "ceph fs status"),
    "FS_DEGRADED": ("A filesystem has no MDS for a part of it", "ceph fs status"),
    "FS_WITH_FAILED_MDS": ("An MDS of a filesystem has failed and nobody took over", "ceph fs status"),
    "DAEMON_OLD_VERSION": ("An upgrade was left halfway", "ceph versions"),
    "TELEMETRY_CHANGED": ("Say yes or no to telemetry: ceph telemetry off", "ceph telemetry show"),
}


def advice(name: str) -> tuple[str, str]:
    """A sentence and a command of Ceph for one health check; one that is not known gets what Ceph says of itself."""
    return _ADVICE.get(name, ("What Ceph says of it", "ceph health detail"))
