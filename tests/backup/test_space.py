"""A Space from its making on: runs log to it, it is killed and starts on an empty disk, and nothing is missing."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import trackio
from tests.backup.hosted import Hosted
from tests.backup.recorded import QUIET, record
from tests.hub.emulator import READ_TOKEN, TOKEN, Hub, Repo
from tests.remote.answering import Answering, Asked
from tests.remote.comparing import assert_same, exact
from tests.remote.conftest import command
from tests.remote.misbehaving import Misbehaving
from tests.remote.serving import CHECKOUT, wait_for
from trackio.errors import PublishError, SecretsFound
from trackio.publish import answering, gradio_space
from trackio.publish.gradio_space import Wanted
from trackio.remote import tokens
from trackio.store import outbox
from trackio.store.home import Home

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library

SPACE = "ada/live"


@pytest.fixture
def space(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosted]:
    """Where the Space answers when it is started."""
    with Hosted(hub, SPACE, tmp_path / "space", TRACKIO_BACKUP_SECONDS="0.3") as found:
        passed = Misbehaving(found.port, 0, share=0.0)

        def proxy(asked: Asked) -> tuple[int, dict[str, str], bytes]:
            # As the Hub's own answers for a Space that is not there, or does not run yet.
            repo = hub.repos.get(("spaces", SPACE))
            if repo is not None and repo.private and asked.headers.get("authorization") != f"Bearer {TOKEN}":
                return 404, {}, b"<html>Sorry"
            if found.process is not None:
                return passed(asked)
            return (503, {}, b"<html>starting") if ("spaces", SPACE) in hub.repos else (404, {}, b"<html>Sorry")

        with Answering(proxy) as front:
            monkeypatch.setenv("TRACKIO_SPACE_ENDPOINT", front.url)
            monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
            yield found


def started(code: str, **environment: str) -> subprocess.Popen[str]:
    """A training in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", f"import time, trackio\n{code}"],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def begun() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Likewise, ended with the test."""
    found: list[subprocess.Popen[str]] = []

    def begin(code: str, **environment: str) -> subprocess.Popen[str]:
        found.append(started(code, **environment))
        return found[-1]

    yield begin
    for process in found:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    return out + err


def is_kept(home: Path) -> bool:
    """Whether nothing waits any more: the Space has told that all of it is safe."""
    return not outbox.marks(Home(home).project("p").directory)


def test_init_makes_the_space_and_what_was_logged_gets_there(
    home: Path, hub: Hub, space: Hosted, begun: Callable[..., subprocess.Popen[str]]
) -> None:
    training = begun(
        f"with trackio.init(project='p', id='r', space_id='{SPACE}', private=True, auto_log_gpu=False) as run:\n"
        "    run.log({'loss': 1.0})\n    print('logged', flush=True)\n    input()\n    run.log({'loss': 0.5})\n"
    )
    assert training.stdout is not None
    assert training.stdout.readline() == "logged\n"
    wait_for(lambda: ("spaces", SPACE) in hub.repos and "app.py" in hub.space(SPACE).files)
    repo = hub.space(SPACE)
    assert repo.private
    assert hub.repos["datasets", f"{SPACE}_dataset"].private
    assert repo.sdk == "gradio"
    space.start()
    token = repo.running.secrets["TRACKIO_WRITE_TOKEN"]
    assert token == tokens.kept(home, SPACE)
    assert tokens.place(home, SPACE).stat().st_mode & 0o777 == 0o600
    said = training.communicate("\n", timeout=120)
    assert training.returncode == 0, said
    assert "is being made" in said[1]
    assert token not in "".join(said)
    assert token.encode() not in b"".join(repo.files.values())
    wait_for(lambda: space.rows("r") == 2, str(said))
    assert_same(Home(home).project("p"), space.project(), "r")


def test_a_space_that_is_killed_at_any_moment_loses_nothing(
    home: Path, hub: Hub, space: Hosted, begun: Callable[..., subprocess.Popen[str]]
) -> None:
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    space.start()
    training = begun(
        "import numpy\n"
        f"with trackio.init(project='p', id='r', space_id='{SPACE}', auto_log_gpu=False) as run:\n"
        "    for step in range(400):\n"
        "        run.log({'loss': 1 / (step + 1), 'step': step})\n"
        "        if step % 50 == 0: run.log({'picture': trackio.Image(numpy.full((4, 4), step % 256, numpy.uint8))})\n"
        "        time.sleep(0.02)\n",
        TRACKIO_SYNC_SECONDS="120",
    )
    chance = random.Random(7)
    for _ in range(4):
        before = space.rows("r")
        wait_for(lambda before=before: space.rows("r") > before or training.poll() is not None)
        wait = chance.random()
        subprocess.run(["sleep", str(wait)], check=True)
        space.kill()
        space.wipe()
        space.start()
    ended(training)
    # What the training left to be made sure of, the next does.
    with_next = begun(
        f"run = trackio.init(project='p', id='next', space_id='{SPACE}', auto_log_gpu=False)\n"
        "run.log({'loss': 1.0})\ninput()\nrun.finish()\n"
    )
    wait_for(lambda: {mark.run for mark in outbox.marks(Home(home).project("p").directory)} == {"next"})
    ended_next = with_next.communicate("\n", timeout=120)
    assert with_next.returncode == 0, ended_next
    space.end()
    space.wipe()
    space.start()
    assert_same(Home(home).project("p"), space.project(), "r")
    assert space.rows("r") == 408
    assert space.rows("next") == 1


def test_a_space_that_is_told_to_end_backs_up_what_came_last(
    home: Path, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gradio_space.deploy(Wanted(SPACE, dataset_id="ada/elsewhere"), lambda _said: None)
    with Hosted(hub, SPACE, tmp_path / "space", TRACKIO_BACKUP_SECONDS="3600") as space:
        monkeypatch.setenv("TRACKIO_SPACE_ENDPOINT", space.url)
        space.start()
        wait_for(lambda: "trackio-backup.json" not in hub.repos["datasets", "ada/elsewhere"].files)
        said = ended(
            started(
                f"with trackio.init(project='p', id='r', space_id='{SPACE}', auto_log_gpu=False) as run:\n"
                "    run.log({'loss': 1.0})\n"
            )
        )
        assert "still to be sent" not in said
        # It has all of it, and could still lose it.
        assert not is_kept(home)
        space.end()
        space.wipe()
        space.start()
        assert_same(Home(home).project("p"), space.project(), "r")


def test_a_space_of_another_kind_is_refused_with_what_to_do(
    hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("spaces", "ada/static", "static")
    hub.add("spaces", "ada/theirs", "gradio").commit("theirs", {"app.py": b"print()"})
    hub.add("spaces", "ada/other", "gradio").commit("theirs", {"demo.py": b"print()"})
    tagged = b"---\nsdk: gradio\ntags:\n- trackio\n---\n"
    hub.add("spaces", "ada/tagged", "gradio").commit("theirs", {"app.py": b"print()", "README.md": tagged})
    monkeypatch.setenv("TRACKIO_WRITE_TOKEN", "that-of-another-server")
    theirs = "did not make it"
    for name, word in (("static", "static Space"), ("theirs", theirs), ("other", theirs), ("tagged", theirs)):
        with pytest.raises(PublishError, match=rf"{word}.*Name another Space"):
            gradio_space.deploy(Wanted(f"ada/{name}"), lambda _said: None)
    assert hub.space("ada/theirs").files["app.py"] == hub.space("ada/tagged").files["app.py"] == b"print()"
    assert all(hub.space(f"ada/{name}").running.secrets == {} for name in ("theirs", "other", "tagged"))
    hub.add("spaces", "ada/empty", "gradio")
    assert gradio_space.deploy(Wanted("ada/empty"), lambda _said: None) == "ada/empty"


def test_runs_that_are_to_be_private_go_to_no_public_space(hub: Hub, home: Path) -> None:
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    with pytest.raises(PublishError, match=r"it is public.*Make it private"):
        gradio_space.deploy(Wanted(SPACE, private=True), lambda _said: None)
    hub.space(SPACE).private = True
    assert gradio_space.deploy(Wanted(SPACE, private=True), lambda _said: None) == SPACE


def test_deploying_again_changes_nothing_and_an_old_one_is_brought_up_to_date(hub: Hub, home: Path) -> None:
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    repo = hub.space(SPACE)
    commits, secrets = list(repo.commits), dict(repo.running.secrets)
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    assert repo.commits == commits
    assert repo.running.secrets == secrets
    repo.commit("old", {"requirements.txt": b"# trackio 0.49.0\n", "trackio-0.49.0-py3-none-any.whl": b"old"})
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    assert b"# trackio 0.50.0" in repo.files["requirements.txt"]
    assert "trackio-0.49.0-py3-none-any.whl" not in repo.files
    repo.commit("new", {"requirements.txt": b"# trackio 99.1\n"})
    said: list[str] = []
    gradio_space.deploy(Wanted(SPACE), said.append)
    assert repo.files["requirements.txt"] == b"# trackio 99.1\n"
    assert "newer" in said[0]


def test_a_space_whose_token_is_elsewhere_is_left_alone(
    hub: Hub, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    with pytest.raises(PublishError, match=r"its write token is not on this machine.*TRACKIO_WRITE_TOKEN"):
        gradio_space.deploy(Wanted(SPACE, home=tmp_path / "other"), lambda _said: None)
    monkeypatch.setenv("TRACKIO_WRITE_TOKEN", str(tokens.kept(home, SPACE)))
    assert gradio_space.deploy(Wanted(SPACE, home=tmp_path / "other"), lambda _said: None) == SPACE


def test_the_token_of_another_server_does_not_take_the_place_of_one_that_is_kept(
    hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    kept = tokens.kept(home, SPACE)
    monkeypatch.setenv("TRACKIO_WRITE_TOKEN", "that-of-another-server")
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    assert tokens.kept(home, SPACE) == kept == hub.space(SPACE).running.secrets["TRACKIO_WRITE_TOKEN"]


def test_the_tokens_that_are_kept_are_for_their_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        for token in (None, "given"):
            tokens.keep(tmp_path, SPACE, token)
            assert tokens.place(tmp_path, SPACE).stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


def test_making_a_space_that_is_cut_short_goes_on_where_it_was(hub: Hub, home: Path) -> None:
    at = 0
    while True:
        at += 1
        hub.cut(at, is_once=True)
        try:
            gradio_space.deploy(Wanted(SPACE), lambda _said: None)
            break
        except PublishError:
            continue
        finally:
            hub.mend()
    repo = hub.space(SPACE)
    assert repo.running.secrets["TRACKIO_WRITE_TOKEN"] == tokens.kept(home, SPACE)
    assert repo.running.secrets["HF_TOKEN"] == TOKEN
    assert repo.running.variables["TRACKIO_DATASET_ID"] == f"{SPACE}_dataset"
    assert at > 3


def test_a_bucket_is_mounted_and_backed_up_to(
    hub: Hub, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gradio_space.deploy(Wanted(SPACE, private=True, bucket_id="runs"), lambda _said: None)
    running = hub.space(SPACE).running
    assert hub.buckets["ada/runs"]["visibility"] == "private"
    assert [(one["source"], one["mountPath"]) for one in running.volumes] == [("ada/runs", "/bucket")]
    assert "HF_TOKEN" not in running.secrets
    assert running.variables == {"TRACKIO_BUCKET_ID": "ada/runs", "TRACKIO_BUCKET_DIR": "/bucket"}
    mounted = tmp_path / "bucket"
    mounted.mkdir()
    with Hosted(hub, SPACE, tmp_path / "space", TRACKIO_BUCKET_DIR=str(mounted)) as space:
        monkeypatch.setenv("TRACKIO_SPACE_ENDPOINT", space.url)
        space.start()
        ended(
            started(
                f"with trackio.init(project='p', id='r', space_id='{SPACE}', auto_log_gpu=False) as run:\n"
                "    run.log({'loss': 1.0})\n"
            )
        )
        space.end()
        space.wipe()
        space.start()
        assert_same(Home(home).project("p"), space.project(), "r")


def test_sync_brings_the_runs_of_this_machine_to_a_space_each_once(home: Path, hub: Hub, space: Hosted) -> None:
    ids = [record("p", "first"), record("p", "second/with a slash")]
    answers: list[str | None] = []
    deployed = threading.Thread(target=lambda: answers.append(trackio.sync("p", SPACE, sdk="gradio")))
    deployed.start()
    wait_for(lambda: ("spaces", SPACE) in hub.repos and "app.py" in hub.space(SPACE).files)
    space.start()
    deployed.join(120)
    assert answers == [SPACE]
    for run in ids:
        assert space.rows(run) == 7
    here = Home(home).project("p")
    for run in ids:
        for name in ("loss", "odd", "sign", "wide", "picture"):
            assert exact(space.project().values(run, name)) == exact(here.values(run, name))
    with trackio.init(project="p", id=ids[0], resume="must", **QUIET) as run:
        run.log({"loss": 0.1})
    third = record("p", "third")
    said = command("sync", "--project", "p", "--space-id", SPACE, "--sdk", "gradio", "--json")
    told = json.loads(said[said.index("{") :])
    assert sorted(told["sent"]) == sorted([ids[0], third])
    assert [space.rows(run) for run in (*ids, third)] == [8, 7, 7]
    assert trackio.sync("p", SPACE, sdk="gradio") == SPACE
    assert [space.rows(run) for run in (*ids, third)] == [8, 7, 7]


def test_runs_that_are_brought_to_a_space_have_no_home_folders_there(home: Path, hub: Hub, space: Hosted) -> None:
    with trackio.init(project="p", id="r", config={"data": "/home/ada/d"}, notes="in /home/ada/nb", **QUIET) as run:
        run.log({"loss": 1.0, "said": "at /home/ada/txt"})
        run.log({"rows": trackio.Table(columns=["a"], data=[["/home/ada/cell"]])})
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    space.start()
    assert trackio.sync("p", SPACE, sdk="gradio") == SPACE
    assert space.rows("r") == 2
    there = space.project()
    assert (there.runs()[0].config["data"], there.runs()[0].notes) == ("~/d", "in ~/nb")
    assert [value for *_, value in there.values("r", "said")] == ["at ~/txt"]
    assert not [name for name in there.blobs.names() if b"/home/ada" in there.blobs.read(name)]
    dataset = hub.repos["datasets", f"{SPACE}_dataset"]
    wait_for(lambda: any("/logs/" in name for name in dataset.files), str(list(dataset.files)))
    files = dataset.files
    tables = {name: pq.read_table(BytesIO(files[name])) for name in files if name.endswith(".parquet")}
    assert not [name for name in tables if "/home/ada" in str(tables[name].to_pylist())]


def test_a_secret_keeps_runs_from_a_space(home: Path, hub: Hub) -> None:
    with trackio.init(project="p", config={"api_key": "sk-" + "a8Fk3jWq9ZxT7bNm2LpR" * 2}, **QUIET) as run:
        run.log({"loss": 1.0})
    with pytest.raises(SecretsFound):
        trackio.sync("p", SPACE, sdk="gradio")
    assert ("spaces", SPACE) not in hub.repos


@pytest.mark.parametrize("kind", ["artifact", "file"])
def test_a_secret_in_a_file_keeps_runs_from_a_space(
    kind: str, home: Path, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "creds.txt").write_text("token hf" + "_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH")
    with trackio.init(project="p", name="r", **QUIET) as run:
        if kind == "file":
            trackio.save("creds.txt")
        else:
            run.log_artifact("creds.txt", name="ds", type="dataset")
    place = "saved file creds.txt of run 'r'" if kind == "file" else "artifact 'ds' v0 in project 'p', file creds.txt"
    with pytest.raises(SecretsFound, match=place):
        trackio.sync("p", SPACE, sdk="gradio")
    assert ("spaces", SPACE) not in hub.repos


def test_a_space_that_is_broken_or_paused_is_told_of(hub: Hub, home: Path, space: Hosted) -> None:
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    for stage, word in (("BUILD_ERROR", "See its logs"), ("PAUSED", "Restart it")):
        hub.space(SPACE).running.stage = stage
        with pytest.raises(PublishError, match=word):
            answering.wait(SPACE)


def test_a_space_that_is_served_elsewhere_is_told_with_its_address(
    hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gradio_space.deploy(Wanted("ada/my_runs.v2"), lambda _said: None) == "ada/my_runs.v2"
    # As the Hub does with what is too long for a host's name.
    monkeypatch.setattr(Repo, "subdomain", "ada-0123456789")
    with pytest.raises(PublishError, match=r"serves it at http://ada-0123456789\.hf\.space.*server_url="):
        gradio_space.deploy(Wanted(f"ada/{'long-' * 15}name"), lambda _said: None)


def test_what_waits_for_a_space_is_kept_where_the_login_is_missing(
    home: Path, hub: Hub, space: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    gradio_space.deploy(Wanted(SPACE, private=True), lambda _said: None)
    with monkeypatch.context() as context:
        context.delenv("HF_TOKEN")
        for name in ("one", "two"):
            said = ended(
                started(
                    f"with trackio.init(project='p', id='{name}', space_id='{SPACE}', auto_log_gpu=False) as run:\n"
                    "    run.log({'loss': 1.0})\n"
                )
            )
            assert said.count("log in with `hf auth login`") == 1
    space.start()
    command("sync", "--project", "p")
    assert [space.rows(name) for name in ("one", "two")] == [1, 1]


def test_a_token_that_may_only_read_makes_no_space_and_what_was_logged_is_sent_with_a_better_one(
    home: Path, hub: Hub, space: Hosted, begun: Callable[..., subprocess.Popen[str]]
) -> None:
    training = begun(
        f"run = trackio.init(project='p', id='r', space_id='{SPACE}', auto_log_gpu=False)\nrun.log({{'loss': 1.0}})\n"
        "input()\nrun.finish()\n",
        HF_TOKEN=READ_TOKEN,
    )
    assert training.stderr is not None
    said = next(line for line in training.stderr if "was not made" in line)
    assert READ_TOKEN not in said
    assert "HF_TOKEN" in said
    training.communicate("\n", timeout=120)
    assert training.returncode == 0
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    space.start()
    command("sync", "--project", "p")
    assert space.rows("r") == 1


@pytest.mark.parametrize(("stage", "word"), [("BUILD_ERROR", "?logs=build"), ("PAUSED", "/settings")])
def test_a_run_is_told_what_keeps_its_space_from_running(
    stage: str, word: str, hub: Hub, space: Hosted, begun: Callable[..., subprocess.Popen[str]]
) -> None:
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    hub.space(SPACE).running.stage = stage
    training = begun(
        f"run = trackio.init(project='p', id='r', space_id='{SPACE}', auto_log_gpu=False)\nrun.log({{'loss': 1.0}})\n"
        "input()\nrun.finish()\n"
    )
    assert training.stderr is not None
    said = next(line for line in training.stderr if "does not run" in line)
    assert f"{hub.endpoint}/spaces/{SPACE}{word}" in said
    assert "is recorded on this machine" in said
    training.communicate("\n", timeout=120)
    assert training.returncode == 0


def test_a_run_with_a_secret_goes_on_and_is_not_sent_where_everybody_would_see_it(
    home: Path, hub: Hub, space: Hosted
) -> None:
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    space.start()
    secret = "sk-" + "a8Fk3jWq9ZxT7bNm2LpR" * 2
    code = (
        f"with trackio.init(project='p', id='%s', space_id='{SPACE}', config=%r, auto_log_gpu=False) as run:\n"
        "    run.log({'loss': 1.0})\n"
    )
    said = ended(started(code % ("telling", {"service": {"api_key": secret}})))
    assert "config of run 'telling' in project 'p': service.api_key: api-key" in said
    assert secret not in said
    assert said.count("TRACKIO_ALLOW") == 1
    assert secret not in ended(started(code % ("plain", {"lr": 0.1})))
    wait_for(lambda: space.rows("plain") == 1)
    assert space.rows("telling") == 0
    assert len(Home(home).project("p").values("telling", "loss")) == 1
    assert "everybody would see a secret" in command("sync", "--project", "p", code=1)
    command("sync", "--project", "p", TRACKIO_ALLOW="api-key")
    wait_for(lambda: space.rows("telling") == 1)


def test_home_folders_of_a_run_that_everybody_sees_are_told_once_and_sent(
    home: Path, hub: Hub, space: Hosted, tmp_path: Path
) -> None:
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    space.start()
    code = (
        "import os; os.chdir(%r)\nfor name in ('one', 'two'):\n"
        f"    with trackio.init(project='p', id=name, space_id='{SPACE}', config=%r, auto_log_gpu=False) as run:\n"
        "        run.log({'loss': 1.0})\n"
    )
    said = ended(started(code % (str(tmp_path), {"data": "/home/ada/data"})))
    assert said.count("Everybody can see a home folder") == 1
    assert "config of run 'one' in project 'p': data: home-folder, /home/… (9 characters)" in said
    wait_for(lambda: space.rows("one") == space.rows("two") == 1)
    # What is recorded by itself has none, wherever the script runs.
    work = tmp_path / "home" / "ada" / "work"
    work.mkdir(parents=True)
    assert "home folder" not in ended(started(code % (str(work), {"lr": 0.1}), HOME=str(work.parent)))
    allowed = started(code % (str(tmp_path), {"data": "/home/ada/data"}), TRACKIO_ALLOW="home-folder")
    assert "home folder" not in ended(allowed)


def test_a_run_that_is_to_be_private_is_kept_here_while_its_space_is_public(
    home: Path, hub: Hub, space: Hosted
) -> None:
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    space.start()
    code = (
        f"with trackio.init(project='p', id='r', space_id='{SPACE}', private=True, auto_log_gpu=False) as run:\n"
        "    run.log({'loss': 1.0})\n"
    )
    assert "it is public, and the run was to be private" in ended(started(code))
    assert space.rows("r") == 0
    hub.space(SPACE).private = True
    command("sync", "--project", "p")
    wait_for(lambda: space.rows("r") == 1)


def test_a_space_for_its_members_gets_what_is_logged_as_it_is(home: Path, hub: Hub, space: Hosted) -> None:
    gradio_space.deploy(Wanted(SPACE, private=True), lambda _said: None)
    space.start()
    ended(
        started(
            f"with trackio.init(project='p', id='r', space_id='{SPACE}', config={{'password': 'x9Kq27Lm'}}) as run:\n"
            "    run.log({'loss': 1.0})\n"
        )
    )
    wait_for(lambda: space.rows("r") == 1)
    assert "r" in command("list", "runs", "--project", "p", "--server", SPACE)


def test_two_that_bring_the_same_runs_at_once_bring_each_once(home: Path, hub: Hub, space: Hosted) -> None:
    ids = [record("p", name, steps=200) for name in ("first", "second")]
    gradio_space.deploy(Wanted(SPACE), lambda _said: None)
    space.start()
    both = [threading.Thread(target=trackio.sync, args=("p", SPACE), kwargs={"sdk": "gradio"}) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(120)
    assert [space.rows(run) for run in ids] == [202, 202]
    here = Home(home).project("p")
    for run in ids:
        assert exact(space.project().values(run, "loss")) == exact(here.values(run, "loss"))
