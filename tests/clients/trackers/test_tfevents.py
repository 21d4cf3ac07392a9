"""Event files of real writers come in whole, and those we write are read by TensorBoard and tbparse."""

from __future__ import annotations

import io
import math
import os
import struct
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from tbparse import SummaryReader
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.context import RequestContext
from tensorboard.data.server_ingester import SubprocessServerDataIngester, get_server_binary
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.scalar import metadata as scalar_metadata
from tensorboard.plugins.text import metadata as text_metadata
from tensorboard.util import tensor_util
from tensorboard.util.grpc_util import ChannelCredsType
from tensorboardX import SummaryWriter

import trackio
from trackio import references
from trackio.cli.main import main
from trackio.errors import UsageError
from trackio.exporters.formats import send
from trackio.importers.formats import Report, bring
from trackio.importers.imported import Alert, Attachment, Event, ImportedRun, Inline
from trackio.importers.recording import record
from trackio.importers.tfevents import Options
from trackio.store.home import Home
from trackio.store.project import ProjectStore
from trackio.tfrecords import framer

START_NS = 1_763_695_140_000_000_000
Row = tuple[int, int, dict[str, Any]]


def png(color: str = "red") -> bytes:
    data = io.BytesIO()
    Pillow.new("RGB", (4, 3), color).save(data, "PNG")
    return data.getvalue()


def wav() -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\1" * 800)
    return data.getvalue()


class Events:
    """An event file made of protocol buffers, for what no installed writer writes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self._framed = path, framer()
        self.put(event_pb2.Event(wall_time=1.7e9, file_version="brain.Event:2"))

    def put(self, event: Any) -> None:
        with self.path.open("ab") as file:
            file.write(self._framed(event.SerializeToString()))

    def scalar(self, tag: str, value: float, step: int, wall: float = 1.7e9) -> None:
        one = summary_pb2.Summary.Value(tag=tag, simple_value=value)
        self.put(event_pb2.Event(wall_time=wall, step=step, summary=summary_pb2.Summary(value=[one])))

    def tensor(self, tag: str, value: Any, metadata: Any, step: int = 0, wall: float = 1.7e9) -> None:
        one = summary_pb2.Summary.Value(tag=tag, tensor=tensor_util.make_tensor_proto(value), metadata=metadata)
        self.put(event_pb2.Event(wall_time=wall, step=step, summary=summary_pb2.Summary(value=[one])))


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def events(logs: Path) -> Callable[..., Events]:
    def make(run: str = "", number: int = 0) -> Events:
        return Events(logs / run / f"events.out.tfevents.{1_700_000_000 + number}.host.1.{number}")

    return make


def imported(source: Path, **options: Any) -> tuple[Report, ProjectStore]:
    report = bring("tfevents", [source], project="p", options=Options(**options))
    return report, Home().project("p") if report.runs else ProjectStore("p", source)


def rows(store: ProjectStore, name: str) -> list[Row]:
    return list(store.rows(store.run(name).id))


def values(store: ProjectStore, name: str, metric: str) -> list[Any]:
    return [value for _, _, row in rows(store, name) if (value := row.get(metric)) is not None]


def medium(store: ProjectStore, name: str, metric: str) -> dict[str, Any]:
    (value,) = values(store, name, metric)
    found = references.decode(value)
    assert found is not None
    return found


class TestIn:
    def test_what_tensorboardx_writes_comes_in(self, logs: Path) -> None:
        with SummaryWriter(str(logs / "exp" / "one")) as writer:
            for step in range(3):
                writer.add_scalar("train/loss", 1 / (step + 1), step, walltime=1.7e9 + step * 2)
                writer.add_scalar("train/acc", step / 4, step, walltime=1.7e9 + step * 2 + 0.25)
            writer.add_text("note", "**bold**", 2, walltime=1.7e9 + 9)
            writer.add_image("sample", np.zeros((3, 3, 4), np.uint8), 2, walltime=1.7e9 + 9)
            writer.add_histogram("weights", np.arange(100) / 10, 2, walltime=1.7e9 + 9)
            writer.add_hparams({"lr": 0.1, "layers": 3, "name": "x", "ok": True}, {"best": 0.5}, name="trial")
        report, store = imported(logs)
        assert sorted(run.name for run in report.runs) == ["exp/one", "exp/one/trial"]
        assert (report.failures, report.notes) == ([], {})
        assert rows(store, "exp/one")[:3] == [
            (
                step,
                (1_700_000_000 + step * 2) * 10**9,
                {"train/loss": struct.unpack("f", struct.pack("f", 1 / (step + 1)))[0], "train/acc": step / 4},
            )
            for step in range(3)
        ]
        assert medium(store, "exp/one", "note/text_summary") == {"_type": "trackio.markdown", "_value": "**bold**"}
        picture = medium(store, "exp/one", "sample")
        assert (picture["_type"], picture["width"], picture["height"]) == ("trackio.image", 4, 3)
        assert Pillow.open(io.BytesIO(store.blobs.read(picture["file"]))).size == (4, 3)
        weights = medium(store, "exp/one", "weights")
        assert (sum(weights["values"]), weights["bins"][0], weights["bins"][-1]) == (100, 0, 9.9)
        assert len(weights["bins"]) == len(weights["values"]) + 1
        assert store.run("exp/one/trial").config == {"lr": 0.1, "layers": 3, "name": "x", "ok": True}
        assert values(store, "exp/one/trial", "best") == [0.5]

    def test_the_forms_of_tensorflow_2_come_in(self, logs: Path, events: Callable[..., Events]) -> None:
        made = events("tf2")
        made.tensor("loss", np.float32(0.5), scalar_metadata.create_summary_metadata("", ""), 1)
        made.tensor("loss", np.float64(0.1), None, 2)
        made.tensor("n", np.int64(7), scalar_metadata.create_summary_metadata("", ""), 2)
        made.tensor("text", b"*hi*", text_metadata.create_summary_metadata("", ""), 3)
        made.tensor("table", [[b"a", b"b|"], [b"c", b"d"]], text_metadata.create_summary_metadata("", ""), 3)
        image = image_metadata.create_summary_metadata("", "")
        made.tensor("one", [b"4", b"3", png()], image, 4)
        made.tensor("two", [b"4", b"3", png(), png("blue")], image, 4)
        histogram = histogram_metadata.create_summary_metadata("", "")
        made.tensor("h", [[0.0, 1.0, 3.0], [1.0, 2.0, 0.0], [4.0, 5.0, 2.0]], histogram, 5)
        made.tensor("strange", np.zeros((2, 2)), None, 6)
        report, store = imported(logs)
        assert values(store, "tf2", "loss") == [0.5, 0.1]
        assert values(store, "tf2", "n") == [7]
        assert medium(store, "tf2", "text")["_value"] == "*hi*"
        assert medium(store, "tf2", "table")["_value"].splitlines()[2:] == ["| a | b\\| |", "| c | d |"]
        assert store.blobs.read(medium(store, "tf2", "one")["file"]) == png()
        assert [store.blobs.read(one["file"]) for one in medium(store, "tf2", "two")["items"]] == [png(), png("blue")]
        assert medium(store, "tf2", "h") == {
            "_type": "trackio.histogram",
            "bins": [0.0, 1.0, 2.0, 4.0, 5.0],
            "values": [3.0, 0.0, 0.0, 2.0],
        }
        assert report.notes == {"tf2: strange: a tensor": 1}

    def test_steps_that_repeat_or_go_back_are_kept_in_order(self, logs: Path, events: Callable[..., Events]) -> None:
        made = events()
        for at, (step, value) in enumerate([(0, 1.0), (1, 2.0), (1, 3.0), (0, 4.0), (0, math.nan), (-5, math.inf)]):
            made.scalar("x", value, step, 1.7e9 + at / 8)
        _, store = imported(logs)
        assert repr([(step, row["x"]) for step, _, row in rows(store, "logs")]) == repr(
            [(0, 1.0), (1, 2.0), (1, 3.0), (0, 4.0), (0, math.nan), (-5, math.inf)]
        )

    @pytest.mark.parametrize(("together", "expected"), [(1.0, 2), (0.0, 3), (0.01, 3), (5.0, 1)])
    def test_what_was_logged_together_makes_a_row(
        self, logs: Path, events: Callable[..., Events], together: float, expected: int
    ) -> None:
        made = events()
        for tag, wall in (("a", 1.7e9), ("b", 1.7e9 + 0.1), ("c", 1.7e9 + 3)):
            made.scalar(tag, 1.0, 0, wall)
        _, store = imported(logs, together_seconds=together)
        assert store.run("logs").row_count == expected

    def test_times_are_kept_to_the_bit(self, logs: Path, events: Callable[..., Events]) -> None:
        walls = [1.7e9 + 1 / 3, math.nextafter(1.7e9 + 5, 2e9), 1_763_695_140.123456]
        made = events()
        for step, wall in enumerate(walls):
            made.scalar("x", 0.0, step, wall)
        _, store = imported(logs)
        assert [time_ns / 10**9 for _, time_ns, _ in rows(store, "logs")] == walls

    def test_the_files_of_a_run_follow_each_other(self, logs: Path, events: Callable[..., Events]) -> None:
        later = events("r", 10)
        later.scalar("x", 2.0, 1, 1.7e9 + 10)
        first = events("r", 0)
        first.scalar("x", 1.0, 0)
        # Named as if it were the last.
        Events(logs / "r" / "z.tfevents").scalar("x", 3.0, 2, 1.7e9 - 5)
        _, store = imported(logs)
        assert sorted(values(store, "r", "x")) == [1.0, 2.0, 3.0]
        assert [row["x"] for _, _, row in rows(store, "r")][-1] != 1.0

    def test_a_record_that_was_not_written_whole_costs_only_itself(
        self, logs: Path, events: Callable[..., Events]
    ) -> None:
        made = events()
        for step in range(3):
            made.scalar("x", float(step), step)
        for cut in (1, 5, 30):
            os.truncate(made.path, made.path.stat().st_size - cut)
            report, store = imported(logs)
            assert report.failures == []
        assert values(store, "logs", "x") == [0.0, 1.0]

    def test_zeros_at_the_end_cost_nothing(self, logs: Path, events: Callable[..., Events]) -> None:
        made = events()
        made.scalar("x", 1.0, 0)
        with made.path.open("ab") as file:
            file.write(bytes(5000))
        report, store = imported(logs)
        assert (report.failures, values(store, "logs", "x")) == ([], [1.0])

    @pytest.mark.parametrize(
        ("at", "expected", "words"),
        [(20, [0.0, 2.0], "a damaged record at byte"), (3, [0.0], "damaged from byte")],
    )
    def test_damage_is_named_and_costs_as_little_as_it_can(
        self, logs: Path, events: Callable[..., Events], at: int, expected: list[float], words: str
    ) -> None:
        made = events("bad")
        made.scalar("x", 0.0, 0)
        second = made.path.stat().st_size
        made.scalar("x", 1.0, 1)
        made.scalar("x", 2.0, 2)
        data = bytearray(made.path.read_bytes())
        data[second + at] ^= 0xFF
        made.path.write_bytes(data)
        events("good").scalar("x", 5.0, 0)
        report, store = imported(logs)
        (error,) = report.failures
        assert (error.path, words in error.reason) == (made.path, True)
        assert (values(store, "bad", "x"), values(store, "good", "x")) == (expected, [5.0])

    def test_what_is_no_event_file_costs_that_file(self, logs: Path, events: Callable[..., Events]) -> None:
        (logs / "no").mkdir()
        (logs / "no" / "events.out.tfevents.1").write_bytes(b"hello " * 100)
        (logs / "no" / "events.out.tfevents.2").write_bytes(b"")
        events("good").scalar("x", 5.0, 0)
        report, store = imported(logs)
        assert [(error.path.name, error.reason) for error in report.failures] == [
            ("events.out.tfevents.1", "it is no event file")
        ]
        assert [run.name for run in store.runs()] == ["good"]

    def test_twice_gives_one_copy_and_a_training_that_went_on_replaces_it(
        self, logs: Path, events: Callable[..., Events]
    ) -> None:
        made = events("r")
        made.scalar("x", 1.0, 0)
        assert [run.outcome for run in imported(logs)[0].runs] == ["new"]
        assert [run.outcome for run in imported(logs)[0].runs] == ["unchanged"]
        made.scalar("x", 2.0, 1)
        report, store = imported(logs)
        assert [(run.outcome, run.row_count) for run in report.runs] == [("replaced", 2)]
        assert len(store.runs()) == 1
        events("r", 5).scalar("x", 3.0, 2)
        assert [(run.outcome, run.row_count) for run in imported(logs)[0].runs] == [("replaced", 3)]

    def test_a_file_alone_is_a_run_called_like_its_folder(self, events: Callable[..., Events]) -> None:
        made = events("deep/er")
        made.scalar("x", 1.0, 0)
        report = bring("tfevents", [made.path])
        assert [(run.name, run.project) for run in report.runs] == [("er", "er")]

    def test_how_a_session_ended_is_the_status(self, logs: Path, events: Callable[..., Events]) -> None:
        made = events("r")
        made.scalar("x", 1.0, 0)
        content = plugin_data_pb2.HParamsPluginData()
        content.session_end_info.status = 2
        metadata = summary_pb2.SummaryMetadata()
        metadata.plugin_data.plugin_name = "hparams"
        metadata.plugin_data.content = content.SerializeToString()
        made.tensor("_hparams_/session_end_info", np.zeros(0, np.float32), metadata)
        _, store = imported(logs)
        assert (store.run("r").status, store.run("r").exit_code) == ("failed", 1)

    def test_the_command_tells_what_it_did(
        self, logs: Path, events: Callable[..., Events], capsys: pytest.CaptureFixture[str]
    ) -> None:
        events("a").scalar("x", 1.0, 0)
        (logs / "b").mkdir()
        (logs / "b" / "events.out.tfevents.1").write_bytes(b"hello " * 10)
        assert main(["import", "tfevents", str(logs)]) == 1
        out, err = capsys.readouterr()
        assert out == "Imported 1 run with 1 row into 'logs'.\n"
        assert err.startswith("trackio: ")
        assert "it is no event file. Nothing was imported from it." in err

    def test_the_original_s_call_works(self, logs: Path, events: Callable[..., Events]) -> None:
        events("a").scalar("x", 1.0, 0)
        events("b").scalar("x", 1.0, 0)
        trackio.import_tf_events(logs, "p", name="old")
        assert sorted(run.name for run in Home().project("p").runs()) == ["old/a", "old/b"]


@pytest.fixture
def store() -> ProjectStore:
    """A project with everything that an event file can hold, and some things that it cannot."""
    store = Home().create("mine")
    values: list[dict[str, Any]] = [
        {"loss": 0.1, "n": 3, "ok": True, "note": "plain *text*"},
        {"loss": math.nan, "n": 2**53, "ok": False},
        {"loss": -math.inf, "md": Inline("markdown", {"_value": "# Hi"})},
        {
            "picture": Attachment("image", png(), ".png", {"width": 4, "height": 3, "format": "png"}),
            "sound": Attachment(
                "audio", wav(), ".wav", {"sample_rate": 8000, "seconds": 0.1, "channels": 1, "format": "wav"}
            ),
            "h": Inline("histogram", {"bins": [0.0, 0.1, 3.0], "values": [2.0, 7.0]}),
        },
        {"molecule": Attachment("molecule", b"x", ".pdb", {"format": "pdb"})},
    ]
    run = ImportedRun(
        "r1",
        "exp/otter",
        "g",
        {"lr": 0.1, "model": {"layers": [1, 2]}, "none": None, "big": 10**400},
        [(step * 7 % 3, START_NS + step * 1_250_000_000, row) for step, row in enumerate(values)],
        job_type="train",
        tags=["a", "b"],
        notes="hello",
        summary={"best": 0.1, "nan": "x"},
        status="failed",
        exit_code=3,
        system_rows=[(0, START_NS + 5 * 10**8, {"gpu/0": 50.0, "ram": 4})],
        alerts=[Alert(START_NS, "warn", "t", "x", 3, {"k": 1})],
        events=[Event("define_metric", START_NS, {"name": "loss", "summary": ["min"]})],
    )
    record(store, [run])
    return store


class TestOut:
    def test_a_round_trip_loses_nothing_that_both_hold(self, store: ProjectStore, tmp_path: Path) -> None:
        carried = send("tfevents", "mine", tmp_path / "out")
        assert (carried.runs, carried.points) == (["r1"], 14)
        assert carried.lost == {
            "digits beyond float32, which TensorBoard has no room for; trackio import reads them": 1,
            "molecule: media of type molecule, which TensorBoard has no place for": 1,
        }
        (one,) = bring("tfevents", [tmp_path / "out"], project="back").runs
        back = Home().project("back")
        here, there = store.run("r1"), back.run(one.id)
        for field in ("name", "group", "job_type", "tags", "notes", "config", "status", "exit_code"):
            assert getattr(there, field) == getattr(here, field), field
        assert back.own_summary(one.id) == store.own_summary("r1")
        assert (there.created_ns, there.finished_ns) == (here.created_ns, here.finished_ns)
        kept = [row for row in store.rows("r1") if "molecule" not in row[2]]
        assert repr(list(back.rows(one.id))) == repr(kept)
        assert list(back.rows(one.id, "system")) == list(store.rows("r1", "system"))
        assert [(a.title, a.level, a.step, a.data) for a in back.alerts(one.id)] == [("t", "warn", 3, {"k": 1})]
        assert back.events(one.id, "define_metric") == store.events("r1", "define_metric")
        for name in back.blobs.names():
            assert back.blobs.read(name) == store.blobs.read(name)

    def test_what_cannot_be_carried_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("A")
        with trackio.init(project="more", name="otter") as run:
            run.log({"n": 1})
            run.log({"n": 2.5})
            run.log({"n": True})
            run.record("odd", anything=[1])
            run.record(
                "energy_begin", session="s", boot="b", clock_ns=0, devices=[{"id": "a", "kind": "gpu", "name": "b"}]
            )
            run.record("energy", session="s", clock_ns=1, rows=[[0, 5, None, None]])
            run.log_artifact(str(tmp_path / "a.txt"), name="ds").wait()
            run.use_artifact("ds:latest")
            trackio.save(str(tmp_path / "a.txt"), base_path=str(tmp_path))
        carried = send("tfevents", "more", tmp_path / "out")
        carried.lost.pop("the last digits of a time, which is float64 seconds there", None)
        assert carried.lost == {
            "otter: files that the run saved": 1,
            "a version of an artifact": 1,
            "which artifacts a run used": 1,
            "otter: the energy that was measured": 1,
        }
        (one,) = bring("tfevents", [tmp_path / "out"], project="back").runs
        back, here = Home().project("back"), Home().project("more")
        rows = [repr(row[2]) for row in back.rows(one.id)]
        assert rows == [repr(row[2]) for row in here.rows(run.id)]
        assert rows[:2] == ["{'n': 1}", "{'n': 2.5}"]
        assert back.events(one.id, "odd") == here.events(run.id, "odd")
        assert back.run(one.id).created_ns // 1000 == here.run(run.id).created_ns // 1000

    @pytest.mark.usefixtures("store")
    def test_a_folder_with_event_files_of_others_is_refused(self, tmp_path: Path) -> None:
        Events(tmp_path / "out" / "exp" / "otter" / "events.out.tfevents.1.x").scalar("loss", 1.5, 0)
        with pytest.raises(UsageError, match="would be one run with what is exported"):
            send("tfevents", "mine", tmp_path / "out")

    @pytest.mark.usefixtures("store")
    def test_tbparse_reads_it(self, tmp_path: Path) -> None:
        send("tfevents", "mine", tmp_path / "out")
        reader = SummaryReader(str(tmp_path / "out"), extra_columns={"dir_name", "wall_time"})
        loss = reader.scalars[reader.scalars["tag"] == "loss"]
        assert repr(loss["value"].tolist()) == repr([float(np.float32(0.1)), math.nan, -math.inf])
        assert set(loss["dir_name"]) == {"exp/otter"}
        assert loss["wall_time"].tolist() == [(START_NS + i * 1_250_000_000) / 10**9 for i in range(3)]
        assert dict(zip(reader.hparams["tag"], reader.hparams["value"], strict=True))["lr"] == 0.1

    @pytest.mark.usefixtures("store")
    def test_tensorboard_reads_it(self, tmp_path: Path) -> None:
        send("tfevents", "mine", tmp_path / "out")
        multiplexer = EventMultiplexer(tensor_size_guidance={"scalars": 0, "images": 0, "text": 0, "histograms": 0})
        multiplexer.AddRunsFromDirectory(str(tmp_path / "out"))
        multiplexer.Reload()
        accumulator = multiplexer.GetAccumulator("exp/otter")

        def content(tag: str) -> list[Any]:
            return [tensor_util.make_ndarray(one.tensor_proto) for one in accumulator.Tensors(tag)]

        assert repr([one.item() for one in content("loss")]) == repr([float(np.float32(0.1)), math.nan, -math.inf])
        assert content("picture")[0].tolist() == [b"4", b"3", png()]
        assert content("h")[0].tolist() == [[0.0, 0.1, 2.0], [0.1, 3.0, 7.0]]
        assert b'"lr": 0.1' in content("trackio/config")[0].item()
        for plugin, tags in {
            "scalars": {"loss", "n", "ok", "system/gpu/0", "system/ram"},
            "images": {"picture"},
            "text": {"note", "md", "trackio/config"},
            "histograms": {"h"},
            "audio": {"sound"},
        }.items():
            assert set(accumulator.PluginTagToContent(plugin)) == tags

    @pytest.mark.usefixtures("store")
    def test_an_export_again_takes_the_place_of_the_first(self, tmp_path: Path) -> None:
        for _ in range(2):
            send("tfevents", "mine", tmp_path / "out")
        assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 1

    def test_no_name_leads_out_of_the_folder(self, tmp_path: Path) -> None:
        store = Home().create("hostile")
        names = ["../../up", "/abs", "..", "a\0b", "x" * 500, "A", "a", "C:\\d", " "]
        record(store, [ImportedRun(f"h{i}", name, rows=[(0, 1, {"x": 1.0})]) for i, name in enumerate(names)])
        carried = send("tfevents", "hostile", tmp_path / "out")
        paths = [Path(path) for path in carried.written]
        assert len(set(paths)) == len(names)
        assert all(path.resolve().is_relative_to((tmp_path / "out").resolve()) and path.is_file() for path in paths)
        report = bring("tfevents", [tmp_path / "out"], project="again")
        assert sorted(Home().project("again").run(run.id).name for run in report.runs) == sorted(names)


def test_the_fast_loader_of_tensorboard_reads_it(store: ProjectStore, tmp_path: Path) -> None:
    """The one that `tensorboard` starts where it can is another program than the reader in Python, and stricter."""
    send("tfevents", "mine", tmp_path / "out")
    ingester = SubprocessServerDataIngester(
        server_binary=get_server_binary(),
        logdir=str(tmp_path / "out"),
        reload_interval=0,
        channel_creds_type=ChannelCredsType.LOCAL,
    )
    ingester.start()
    asked = RequestContext()
    while not (
        found := ingester.data_provider.read_scalars(asked, experiment_id="", plugin_name="scalars", downsample=9)
    ):
        pass
    scalars = {tag: [one.value for one in points] for tag, points in found["exp/otter"].items()}
    assert repr(scalars.pop("loss")) == repr([float(np.float32(0.1)), math.nan, -math.inf])
    assert scalars == {"n": [3.0, 2.0**53], "ok": [1.0, 0.0], "system/gpu/0": [50.0], "system/ram": [4.0]}
    blobs = ingester.data_provider.list_blob_sequences(asked, experiment_id="", plugin_name="images")
    assert set(blobs["exp/otter"]) == {"picture"}


def test_a_file_that_was_only_begun_is_told_and_is_no_fault(tmp_path: Path) -> None:
    for name, content in (
        ("empty", b""),
        ("zeros", bytes(1000)),
        ("torn", Events(tmp_path / "x").path.read_bytes()[:9]),
    ):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "events.out.tfevents.1.x").write_bytes(content)
    report = bring("tfevents", [tmp_path / "runs"])
    assert (report.runs, report.failures, len(report.notes)) == ([], [], 3)


def test_links_are_followed_once_and_never_in_circles(tmp_path: Path, home: Path) -> None:
    runs, elsewhere = tmp_path / "runs", tmp_path / "elsewhere"
    Events(runs / "a" / "events.out.tfevents.1.x").scalar("loss", 1.5, 0)
    Events(elsewhere / "b" / "events.out.tfevents.1.x").scalar("loss", 1.5, 0)
    for name, target in (
        ("here", runs),
        ("a/up", runs),
        ("latest", runs / "a"),
        ("one", elsewhere),
        ("two", elsewhere),
    ):
        (runs / name).symlink_to(target)
    (runs / "itself").symlink_to(runs / "itself")
    report = bring("tfevents", [runs], home=Home(home))
    assert [run.name for run in report.runs] == ["a", "one/b"]
    assert not report.failures
