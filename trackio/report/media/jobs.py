"""Putting a project's media into the report: stored files are copied, what is made of others is made by workers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from trackio.errors import StoreError
from trackio.references import FILE_NAME
from trackio.report.media import derive, files, medium
from trackio.report.media.choice import DAMAGED, Chosen
from trackio.report.media.found import Need
from trackio.report.media.place import Place, Unavailable
from trackio.report.urls import ProjectUrls
from trackio.report.write import Folder
from trackio.store.blobs import Blobs
from trackio.store.home import Home

_CUT_SHORT = re.compile(rf"{FILE_NAME.pattern}\.[0-9a-f]{{12}}\.part")
"""What `Blobs.copy_to` writes first."""

A_JOB = 8
"""Needs that one job meets: charts among them take a fifth of a second each."""


@dataclass(frozen=True, slots=True)
class MediaJob:
    """Some stored files of a project of which others are to be made."""

    home: Path
    project: str
    urls: ProjectUrls
    needs: tuple[Need, ...]
    faults: dict[str, str]


def folder(urls: ProjectUrls) -> str:
    """The page name under which the cache keeps the copied files."""
    return urls.media("")


def page(urls: ProjectUrls, need: Need) -> str:
    """The page name of what is made for a need: its first file."""
    return urls.media(files.names(need).made[0])


def made(urls: ProjectUrls, need: Need) -> tuple[str, ...]:
    """The files that are made for a need."""
    return tuple(urls.media(name) for name in files.names(need).made)


def copied(chosen: Chosen) -> list[str]:
    """The stored files that are published as they are."""
    return sorted({name for need in chosen.needs if (name := files.names(need).copied) is not None})


def copy(
    target: Folder, urls: ProjectUrls, blobs: Blobs, names: Iterable[str]
) -> tuple[dict[str, int], dict[str, str]]:
    """Copy stored files, whatever their size; the sizes of those that lie there now, and why the others do not."""
    sizes: dict[str, int] = {}
    faults: dict[str, str] = {}
    target.sweep(folder(urls), _CUT_SHORT)
    before = target.before.files.get(folder(urls), {})
    for name in names:
        place = urls.media(name)
        if place in before and target.is_there(place, before[place]):
            sizes[place] = before[place]
            continue
        try:
            sizes[place] = target.put(place, lambda path, name=name: blobs.copy_to(name, path))  # type: ignore[misc]
        except StoreError:
            faults[name] = DAMAGED
    return sizes, faults


def make(job: MediaJob) -> list[tuple[str, dict[str, bytes]]]:
    """Do a media job: a page name and its files for each need; none where the stored file is damaged."""
    store = Home(job.home).project(job.project)
    place = Place(store.blobs, job.faults, MEDIA_FROM_A_RUN)
    found = []
    for need in job.needs:
        try:
            own = derive.make(need, place.read(need.blob), lambda value: medium.html_of(value, place))
            found.append((page(job.urls, need), {job.urls.media(name): data for name, data in own.items()}))
        except Unavailable:
            found.append((page(job.urls, need), {}))
    return found


def batches(needs: Sequence[Need]) -> list[tuple[Need, ...]]:
    """The needs in groups that one job meets."""
    return [tuple(needs[start : start + A_JOB]) for start in range(0, len(needs), A_JOB)]


MEDIA_FROM_A_RUN = "../media/"
"""The way from a run's page to the project's media."""
