"""Files that somebody made to hurt: each ends in a sentence, and costs no more than its size."""

from __future__ import annotations

import os

import click
import pytest

from homeperf_ray.executor.validation.job import ValidateJob
from homeperf_ray.executor.validation.run import validate
from homeperf_ray.manifests.batch import Options
from homeperf_ray.manifests.bundled import versions
from homeperf_ray.manifests.files import expand
from homeperf_ray.manifests.reading import MAX_BROKEN, MAX_BYTES
from homeperf_ray.render.validation import FORMATS, render
from tests.manifests.judged import codes, outcome
from tests.manifests.mistakes import named


def found_in(folder, **options):
    job = ValidateJob(
        files=tuple(map(str, expand([str(folder)]))), root=str(folder), options=Options(versions()[-1]), **options
    )
    return validate(job)


def test_documents_that_are_broken_one_after_another_are_read_so_often_and_no_more():
    told = outcome("a: [\n---\n" * 5_000)
    assert len(told.faults) == len(told.judged) == MAX_BROKEN
    assert "what follows is not read" in told.faults[-1].message


def test_what_is_well_between_broken_documents_is_judged_in_its_order():
    text = f"{named('Bad')}---\na: [\n---\n{named('Worse')}---\nb: [\n"
    told = outcome(text)
    assert [(fault.code, fault.line) for fault in told.faults] == [
        ("HP920", 4),
        ("HP901", 7),
        ("HP920", 11),
        ("HP901", 14),
    ]
    assert [one.line for one in told.judged] == sorted(one.line for one in told.judged)


def test_a_file_of_very_many_documents():
    told = outcome("".join(f"---\n{named(f'c{number}')}" for number in range(3_000)))
    assert len(told.judged) == 3_000
    assert told.faults == ()


def test_an_empty_list_is_counted():
    (judged,) = outcome("apiVersion: v1\nkind: List\nitems: []\n").judged
    assert (judged.status, judged.reason) == ("skipped", "an empty List")
    assert codes("apiVersion: v1\nkind: List\nkind: List\nitems: []\n") == [("HP902", 3)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_pipes_loops_and_folders_with_names_of_files(tmp_path):
    (tmp_path / "a.yaml").write_text(named("good"))
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "dir.yaml").mkdir()
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / "above").symlink_to(tmp_path)
    found = found_in(tmp_path)
    assert (found.counts.total, found.counts.valid, found.counts.errors) == (3, 1, 2)
    assert {fault.code for file in found.files for fault in file.faults} == {"HP903"}


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path):
    with (tmp_path / "a.yaml").open("wb") as file:
        file.truncate(MAX_BYTES * 1_000)
    found = found_in(tmp_path)
    (fault,) = found.files[0].faults
    assert (fault.code, found.counts.errors) == ("HP903", 1)
    assert "16 MiB" in fault.message


def test_names_that_are_no_text_travel_to_other_processes(tmp_path, monkeypatch):
    monkeypatch.setattr("homeperf_ray.executor.validation.spread.POOL_BYTES", 1)
    for number in range(4):
        (tmp_path / os.fsdecode(b"\xff%d.yaml" % number)).write_text(named("Bad"))
    assert found_in(tmp_path).counts.invalid == 4


@pytest.mark.parametrize("shape", FORMATS)
def test_names_of_files_that_are_no_text_or_move_the_cursor(tmp_path, shape):
    for name in (b"\xff\xfe.yaml", b"new\nline\x1b[31m.yaml", b"a b%41.yaml"):
        (tmp_path / os.fsdecode(name)).write_text(named("Bad"))
    text = click.unstyle("\n".join(render(found_in(tmp_path), shape)))
    assert "\x1b" not in text
    text.encode()
    if shape == "sarif":
        assert "%FF%FE.yaml" in text
        assert "new%0Aline%1B%5B31m.yaml" in text
        assert "a%20b%2541.yaml" in text
