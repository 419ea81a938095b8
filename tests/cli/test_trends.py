"""``homeperf trends``: what a user sees of the past, in a process of its own."""

import json
import time
from pathlib import Path

import pytest

from tests.cli.command import Done, Homeperf
from tests.timings.volumes import DAY, GIB, HOUR, grow, record, use


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Three weeks of two clusters: one volume that fills up, one that stands still, one that has not been seen."""
    where, now = tmp_path_factory.mktemp("timings"), time.time()
    past = {"until": now - 60, "every": 6 * HOUR, "days": 21}
    grow(where, lambda day: round((50 + 2 * day) * GIB), claim="fills", **past)
    grow(where, lambda day: 40 * GIB, claim="stands", namespace="web", **past)
    grow(where, lambda day: round((30 + 2 * day) * GIB), claim="gone", until=now - 5 * DAY, every=6 * HOUR, days=9)
    grow(where, lambda day: round((20 + day) * GIB), claim="away", server="s2", context="work", **past)
    return where


def trends(homeperf: Homeperf, folder: Path, *arguments: str, **environment: str) -> Done:
    return homeperf.run("trends", "storage", "--timings", str(folder), *arguments, **environment)


def claims(done: Done) -> list[str]:
    return [line.split()[0] for line in done.out.splitlines() if "/" in line.split(" ")[0]]


def test_each_cluster_has_its_table_worst_first(homeperf, folder):
    done = trends(homeperf, folder, COLUMNS="140")
    assert done.code == 0
    assert done.err == ""
    assert claims(done) == ["media/fills", "web/stands", "media/gone", "media/away"]
    head, columns, fills, stands, gone, empty, other, *_ = done.out.splitlines()
    assert head.startswith("home: 3 volumes, 21.0 of 21.0 days of history: 1 full within days")
    assert columns.split() == ["CLAIM", "USE", "SIZE", "THEN", "NOW", "GROWTH", "A", "DAY", "FULL", "IN"]
    assert "92%" in fills
    assert "100 GiB" in fills
    assert "+2.0 GiB (+2.0 GiB to +2.0 GiB)" in fills
    assert "▁" in fills
    assert fills.rstrip().endswith("days (4 to 4)") or "4 days" in fills
    assert stands.rstrip().endswith("no sure growth")
    assert gone.rstrip().endswith("not seen for 5d")
    assert empty == ""
    assert other.startswith("work: 1 volume, ")


def test_contexts_and_namespaces_are_chosen(homeperf, folder):
    assert claims(trends(homeperf, folder, "--context", "work")) == ["media/away"]
    assert claims(trends(homeperf, folder, "-n", "web,else")) == ["web/stands"]
    assert claims(trends(homeperf, folder, "--context", "home,work", "-n", "media")) == [
        "media/fills",
        "media/gone",
        "media/away",
    ]


def test_what_the_history_does_not_know_is_an_error_that_names_what_it_knows(homeperf, folder):
    done = trends(homeperf, folder, "-n", "medai")
    assert (done.code, done.out) == (3, "")
    assert done.err == "homeperf: the history knows no volume of namespace medai\n  It knows: media, web.\n"
    done = trends(homeperf, folder, "--context", "hom")
    assert done.code == 3
    assert "It knows: home, work." in done.err


def test_without_a_history_there_is_nothing_of_what_was_asked_for(homeperf, tmp_path):
    (tmp_path / "empty").mkdir()
    assert trends(homeperf, tmp_path / "empty").code == 0
    asked = trends(homeperf, tmp_path / "empty", "-n", "media")
    assert asked.code == 3
    assert "there is no history of volumes" in asked.err


def test_a_namespace_of_another_cluster_is_not_among_those_that_are_known(homeperf, folder):
    done = trends(homeperf, folder, "--context", "work", "-n", "web")
    assert done.code == 3
    assert done.err.splitlines()[1].strip() == "It knows: media."


def test_a_cluster_whose_context_was_renamed_is_one_table_under_the_new_name(homeperf, tmp_path):
    now = time.time()
    grow(tmp_path, lambda day: 40 * GIB, claim="gone", context="old", until=now - 5 * DAY, every=6 * HOUR, days=9)
    grow(tmp_path, lambda day: 40 * GIB, claim="here", context="new", until=now - 60, every=6 * HOUR, days=9)
    done = trends(homeperf, tmp_path)
    assert done.out.startswith("new: 2 volumes, ")
    assert claims(done) == ["media/here", "media/gone"]
    assert claims(trends(homeperf, tmp_path, "--context", "new")) == ["media/here", "media/gone"]
    assert trends(homeperf, tmp_path, "--context", "old").code == 3


def test_json_is_one_object_with_everything_in_base_units(homeperf, folder):
    done = trends(homeperf, folder, "-o", "json")
    assert done.code == 0
    document = json.loads(done.out)
    assert document["days"] == 30
    assert document["left_out"] == []
    first = document["volumes"][0]
    assert (first["context"], first["namespace"], first["claim"], first["severity"]) == (
        "home",
        "media",
        "fills",
        "critical",
    )
    growth, full = first["growth_bytes_per_day"], first["days_to_full"]
    assert growth["low"] <= growth["estimate"] <= growth["high"]
    assert abs(growth["estimate"] - 2 * GIB) < 0.01 * GIB
    assert full["soonest"] <= full["estimate"] <= full["latest"]
    assert abs(full["estimate"] - 4) < 0.2
    assert first["capacity_bytes"] == 100 * GIB
    assert first["history"]["days"] == pytest.approx(21, abs=0.1)
    still = next(one for one in document["volumes"] if one["claim"] == "stands")
    assert (still["severity"], still["days_to_full"]) == (None, None)


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal(homeperf, folder, width):
    done = trends(homeperf, folder, COLUMNS=str(width))
    table = [line for line in done.out.splitlines() if "of history" not in line]
    assert max(map(len, table)) <= max(width, 40)
    assert "fills" in done.out or "media/" in done.out


def test_colour_is_where_it_is_wanted(homeperf, folder):
    assert "\x1b[" not in trends(homeperf, folder).out
    assert "\x1b[" not in trends(homeperf, folder, "--color", "never").out
    coloured = trends(homeperf, folder, "--color", "always").out
    assert "\x1b[31m" in coloured
    assert "\x1b[" not in trends(homeperf, folder, NO_COLOR="1").out


def test_days_are_how_far_is_looked_back(homeperf, folder):
    done = trends(homeperf, folder, "--days", "4", "-n", "media", "--context", "home")
    assert claims(done) == ["media/fills"]
    for wrong in ("0", "-3", "nan", "inf", "many", "1e9"):
        assert trends(homeperf, folder, "--days", wrong).code == 3, wrong


def test_without_a_history_it_is_told_how_to_get_one(homeperf):
    done = homeperf.run("trends", "storage")
    assert (done.code, done.out) == (0, "")
    assert "there is no history of volumes in" in done.err
    assert "homeperf check storage --kubelet" in done.err
    empty = homeperf.run("trends", "storage", "-o", "json")
    assert json.loads(empty.out)["volumes"] == []
    assert not (homeperf.home / ".local").exists()


def test_too_little_history_says_how_much_there_is_and_how_much_is_needed(homeperf, tmp_path):
    grow(tmp_path, lambda day: round(day * GIB), until=time.time(), days=1)
    done = trends(homeperf, tmp_path)
    assert done.code == 0
    assert "history: 1.0 days" in done.out
    assert "the history goes back 1.0 days; growth is told from 3 days on." in done.err
    grow(tmp_path, lambda day: round(day * GIB), until=time.time(), days=5, claim="older")
    assert "the history goes back 5.0 days; warned of is growth after a week." in trends(homeperf, tmp_path).err


def test_a_folder_that_was_named_must_be_there(homeperf, tmp_path):
    done = trends(homeperf, tmp_path / "typo")
    assert done.code == 3
    assert f"there is no folder {tmp_path / 'typo'}" in done.err


def test_broken_files_are_named_on_stderr_and_in_json(homeperf, tmp_path):
    path = record(tmp_path, [use()], at=time.time() - 100)
    record(tmp_path, [use("b")], at=time.time() - 50)
    path.write_bytes(b"PAR1 and nonsense")
    done = trends(homeperf, tmp_path, "-o", "json")
    assert done.code == 0
    document = json.loads(done.out)
    assert [one["claim"] for one in document["volumes"]] == ["b"]
    assert document["left_out"][0]["path"] == str(path)
    assert str(path) in done.err


def test_names_from_a_cluster_move_no_cursor(homeperf, tmp_path):
    evil = use("\x1b[2Jclaim\u202e", namespace="a\nb", volume="v")
    record(tmp_path, [evil], at=time.time() - 50, context="\x1b[31mctx")
    done = trends(homeperf, tmp_path)
    assert done.code == 0
    assert "\x1b" not in done.out + done.err
    assert "\\x1b[2Jclaim\\u202e" in done.out
    assert len(done.out.splitlines()) == 3


def test_a_thousand_claims_are_a_thousand_lines(homeperf, tmp_path):
    now = time.time()
    for number in range(12):
        uses = [use(f"claim-{place}", used=20 * GIB + (12 - number) * place * 2**22) for place in range(1_000)]
        record(tmp_path, uses, at=now - 60 - number * DAY)
    done = trends(homeperf, tmp_path, timeout=120)
    assert done.code == 0
    assert len(claims(done)) == 1_000


def test_claims_on_one_file_system_are_one_line(homeperf, tmp_path):
    for claim in ("a", "b", "c"):
        grow(tmp_path, lambda day: round((60 + day) * GIB), claim=claim, until=time.time() - 60, days=9, every=6 * HOUR)
    done = trends(homeperf, tmp_path, COLUMNS="140")
    assert claims(done) == ["media/a"]
    assert "media/a (+2 on it)" in done.out
    document = json.loads(trends(homeperf, tmp_path, "-o", "json").out)
    assert document["volumes"][0]["same_file_system"] == ["media/b", "media/c"]


def test_one_file_system_is_as_severe_as_the_limits_that_find_it_worst(homeperf, tmp_path):
    past = {"until": time.time() - 60, "days": 12, "every": 6 * HOUR}
    config = tmp_path / "config.yaml"
    for claim in ("a", "b"):
        grow(tmp_path / "timings", lambda day: round((60 + 3 * day) * GIB), claim=claim, **past)
    relaxed = "{object: PersistentVolumeClaim/a, thresholds: {growth_warning: 1d, growth_critical: 1d}}"
    config.write_text(f"timings: {tmp_path / 'timings'}\noverrides: [{relaxed}]\n")
    config.chmod(0o600)
    done = homeperf.run("trends", "storage", "--config", str(config), "-o", "json")
    (volume,) = json.loads(done.out)["volumes"]
    assert volume["claim"] == "a"
    assert volume["severity"] == "critical"
    assert volume["same_file_system"] == ["media/b"]


def test_the_configuration_says_where_and_what(homeperf, folder, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(f"timings: {folder}\ncontext: work\n")
    config.chmod(0o600)
    done = homeperf.run("trends", "storage", "--config", str(config))
    assert claims(done) == ["media/away"]
    config.write_text(f"timings: {folder}\nthresholds: {{growth_warning: 2d, growth_critical: 1d}}\n")
    done = homeperf.run("trends", "storage", "--config", str(config), "-o", "json")
    assert {one["severity"] for one in json.loads(done.out)["volumes"]} == {None}


def test_help_tells_of_both_levels(homeperf):
    assert "storage" in homeperf.run("trends", "--help").out
    assert "95 % intervals" in homeperf.run("trends", "storage", "--help").out
    assert homeperf.run("trends", "nonsense").code == 3
