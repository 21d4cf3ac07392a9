"""What the small Hub says to the real client is what the real one says."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, constants
from huggingface_hub.errors import HfHubHTTPError, RemoteEntryNotFoundError, RepositoryNotFoundError

from tests.hub.emulator import READ_TOKEN, TOKEN, Hub, limited

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library
SPACE = "ada/charts"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with Hub() as running:
        yield running


@pytest.fixture
def api(hub: Hub) -> HfApi:
    return HfApi(endpoint=hub.endpoint, token=TOKEN)


@pytest.fixture
def space(hub: Hub, api: HfApi) -> str:
    api.create_repo(SPACE, repo_type="space", space_sdk="static")
    return SPACE


def add(api: HfApi, path: str, content: bytes, **options: object) -> str:
    operations = [CommitOperationAdd(path, content)]
    return str(api.create_commit(SPACE, operations, commit_message=path, repo_type="space", **options).oid)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["model", "dataset", "space"])
def test_repositories_are_made_found_hidden_and_deleted(hub: Hub, api: HfApi, kind: str) -> None:
    api.create_repo("ada/one", repo_type=kind, space_sdk="static" if kind == "space" else None)
    api.update_repo_settings("ada/one", repo_type=kind, private=True)
    assert api.repo_info("ada/one", repo_type=kind).private
    assert not HfApi(endpoint=hub.endpoint, token=False).repo_exists("ada/one", repo_type=kind)
    api.delete_repo("ada/one", repo_type=kind)
    with pytest.raises(RepositoryNotFoundError):
        api.repo_info("ada/one", repo_type=kind)


def test_a_commit_changes_all_or_nothing(hub: Hub, api: HfApi, space: str) -> None:
    before = dict(hub.space(space).files)
    operations = [CommitOperationAdd("new.txt", b"new"), CommitOperationDelete("nowhere.txt")]
    with pytest.raises(RemoteEntryNotFoundError):
        api.create_commit(space, operations, commit_message="both", repo_type="space")
    assert hub.space(space).files == before


def test_a_commit_on_an_older_head_is_refused(hub: Hub, api: HfApi, space: str) -> None:
    head = str(api.space_info(space).sha)
    add(api, "a.txt", b"a")
    with pytest.raises(HfHubHTTPError, match="A commit has happened since"):
        add(api, "b.txt", b"b", parent_commit=head)


def test_large_files_come_whole_or_in_parts_and_only_once(hub: Hub, api: HfApi, space: str) -> None:
    hub.multipart_bytes, hub.part_bytes = 1000, 400
    content = bytes(range(256)) * 5
    add(api, "one.bin", content)
    hub.requests.clear()
    add(api, "two.bin", content)
    assert not [one for one in hub.requests if one.startswith("PUT")]
    assert hub.space(space).files["one.bin"] == hub.space(space).files["two.bin"] == content
    add(api, "small.bin", b"small")
    [found] = api.get_paths_info(space, ["small.bin"], repo_type="space")
    assert found.lfs is not None


def test_a_file_that_is_too_large_is_refused(hub: Hub, api: HfApi, space: str) -> None:
    hub.file_bytes = 10
    with pytest.raises(ValueError, match="too large"):
        add(api, "a.bin", b"a" * 11)


def test_a_tree_comes_in_pages(hub: Hub, api: HfApi, space: str) -> None:
    hub.page_size = 2
    operations = [CommitOperationAdd(f"a/b/{k}.txt", b"%d" % k) for k in range(5)]
    api.create_commit(space, operations, commit_message="many", repo_type="space")
    found = {one.path for one in api.list_repo_tree(space, repo_type="space", recursive=True)}
    assert {"a", "a/b", *(f"a/b/{k}.txt" for k in range(5))} <= found
    assert [one.path for one in api.list_repo_tree(space, "a", repo_type="space")] == ["a/b"]
    assert [one.title for one in api.list_repo_commits(space, repo_type="space")] == ["many", "initial commit"]


def test_files_are_read_whole_in_part_or_not_again(hub: Hub, api: HfApi, space: str) -> None:
    add(api, "a.txt", b"0123456789")
    address = f"{hub.endpoint}/spaces/{space}/resolve/main/a.txt"
    part = urllib.request.Request(address, headers={"Range": "bytes=2-4"})
    with urllib.request.urlopen(part) as answer:
        assert (answer.status, answer.read(), answer.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
        known = urllib.request.Request(address, headers={"If-None-Match": answer.headers["ETag"]})
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.urlopen(known)
    assert told.value.code == 304
    told.value.close()


def test_a_request_is_proposed_discussed_and_merged(hub: Hub, api: HfApi, space: str) -> None:
    add(api, "a.txt", b"proposed", create_pr=True)
    [one] = api.get_repo_discussions(space, repo_type="space")
    assert one.is_pull_request
    api.comment_discussion(space, one.num, "Fine.", repo_type="space")
    told = api.get_discussion_details(space, one.num, repo_type="space")
    assert [event.content for event in told.events][-1] == "Fine."  # type: ignore[attr-defined]
    assert "a.txt" not in hub.space(space).files
    api.merge_pull_request(space, one.num, repo_type="space")
    assert hub.space(space).files["a.txt"] == b"proposed"


def test_a_request_that_has_conflicts_is_not_merged(hub: Hub, api: HfApi, space: str) -> None:
    add(api, "a.txt", b"proposed", create_pr=True)
    add(api, "a.txt", b"meanwhile")
    with pytest.raises(HfHubHTTPError, match="conflicts"):
        api.merge_pull_request(space, 1, repo_type="space")


def test_a_token_that_only_reads_may_not_write(hub: Hub, space: str) -> None:
    reading = HfApi(endpoint=hub.endpoint, token=READ_TOKEN)
    assert reading.whoami()["auth"]["accessToken"]["role"] == "read"
    with pytest.raises(HfHubHTTPError, match="write access"):
        add(reading, "a.txt", b"a")


def test_who_asks_too_often_is_told_when_to_come_again(hub: Hub, api: HfApi) -> None:
    hub.failing["/whoami"] = limited(7)
    with pytest.raises(HfHubHTTPError) as told:
        api.whoami()
    assert (told.value.response.status_code, told.value.response.headers["Retry-After"]) == (429, "7")


@pytest.mark.parametrize("is_after", [False, True])
def test_a_connection_is_cut_before_or_after_what_was_asked_is_done(hub: Hub, api: HfApi, is_after: bool) -> None:
    hub.cut(1, is_after=is_after)
    for _ in range(2):
        with pytest.raises(Exception, match="disconnected"):
            api.create_repo("ada/cut", repo_type="model")
    hub.mend()
    assert api.repo_exists("ada/cut") is is_after


def test_a_static_space_has_a_host_of_its_own_and_a_page_that_frames_it(hub: Hub, api: HfApi, space: str) -> None:
    add(api, "p/a.html", b"<p>a")
    by_host = urllib.request.Request(
        f"{hub.endpoint}/p/a.html?x=1", headers={"Host": f"ada-charts.static.hf.space:{hub.port}"}
    )
    for asked in (by_host, f"{hub.endpoint}/static/{space}/p/a.html"):
        with urllib.request.urlopen(asked) as answer:
            assert (answer.headers["Content-Type"], answer.read()) == ("text/html", b"<p>a")
    with urllib.request.urlopen(f"{hub.endpoint}/spaces/{space}?smoothing=5&runs=a%2Cb") as answer:
        framed = answer.read().decode()
    assert f'src="http://ada-charts.static.hf.space:{hub.port}/?smoothing=5&amp;runs=a%2Cb"' in framed
    assert api.space_info(space).host == f"http://ada-charts.static.hf.space:{hub.port}"


def test_a_private_space_shows_its_files_to_those_whom_its_page_let_in(hub: Hub, api: HfApi, space: str) -> None:
    hub.space(space).private = True
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.urlopen(f"{hub.endpoint}/static/{space}/index.html")
    told.value.close()
    page = urllib.request.Request(f"{hub.endpoint}/spaces/{space}", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(page) as answer:
        signed = answer.read().decode().split("/?")[1].split('"')[0]
    with urllib.request.urlopen(f"{hub.endpoint}/static/{space}/index.html?{signed}") as answer:
        cookie = answer.headers["Set-Cookie"].split(";")[0]
    again = urllib.request.Request(f"{hub.endpoint}/static/{space}/style.css", headers={"Cookie": cookie})
    with urllib.request.urlopen(again) as answer:
        assert b"padding" in answer.read()
