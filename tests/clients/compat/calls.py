"""Calls that scripts written for wandb make, each as a few lines that hold under wandb 0.31 offline.

A line that begins with ``assert`` says what the script relies on. ``wandb`` is the library under test, ``run`` a fresh
run of it unless the lines begin with ``#own``: these begin their own. ``np``, ``Path``, ``pytest_raises``, a small
picture ``pixels`` and the other helpers of ``runner.py`` are there too, and each case runs in an empty folder.
"""

from __future__ import annotations

from typing import NamedTuple


class Call(NamedTuple):
    """One row of the table."""

    area: str
    lines: str
    """Python."""

    @property
    def is_own(self) -> bool:
        """Whether it begins its own run."""
        return self.lines.startswith("#own")

    @property
    def is_fresh(self) -> bool:
        """Whether it needs a process of its own, as for variables of the environment that are read once."""
        return self.lines.startswith("#own, in a fresh process")

    @property
    def code(self) -> str:
        """The lines as a script has them."""
        return "\n".join(line for line in self.lines.splitlines() if not line.startswith("#own"))


def _calls(area: str, text: str) -> list[Call]:
    return [Call(area, block.strip()) for block in text.strip().split("\n---\n")]


CALLS: list[Call] = [
    *_calls(
        "init",
        """
#own
run = wandb.init()
assert run.id
---
#own
run = wandb.init(project="p", name="n")
assert (run.project, run.name) == ("p", "n")
---
#own
run = wandb.init(entity="team", project="p")
assert run.entity == "team"
---
#own
run = wandb.init(id="abc123")
assert run.id == "abc123"
---
#own
run = wandb.init(notes="why", tags=["a", "b"], group="g", job_type="train")
assert (run.notes, tuple(run.tags), run.group, run.job_type) == ("why", ("a", "b"), "g", "train")
---
#own
run = wandb.init(tags=("a", "b"))
assert set(run.tags) == {"a", "b"}
---
#own
run = wandb.init(dir=str(Path("elsewhere").absolute()))
run.log({"a": 1})
---
#own
run = wandb.init(config={"lr": 0.1, "layers": [1, 2], "opt": {"name": "sgd"}})
assert run.config["lr"] == 0.1 and run.config.opt["name"] == "sgd"
---
#own
run = wandb.init(config=argparse.Namespace(lr=0.1, epochs=3))
assert run.config.lr == 0.1 and run.config.epochs == 3
---
#own
Path("settings.yaml").write_text("lr:\\n  value: 0.5\\nepochs:\\n  value: 7\\n")
run = wandb.init(config="settings.yaml")
assert run.config.lr == 0.5 and run.config["epochs"] == 7
---
#own
run = wandb.init(config={"a": 1, "b": 2}, config_exclude_keys=["b"])
assert "a" in run.config.keys() and "b" not in run.config.keys()
---
#own
run = wandb.init(config={"a": 1, "b": 2}, config_include_keys=["b"])
assert "b" in run.config.keys() and "a" not in run.config.keys()
---
#own
run = wandb.init(allow_val_change=True, config={"a": 1})
run.config.a = 2
assert run.config.a == 2
---
#own
run = wandb.init(mode="offline")
assert run.offline is True
---
#own
run = wandb.init(mode="disabled")
run.log({"a": 1})
run.config.x = 1
run.summary["s"] = 2
assert run.disabled is True
---
#own
run = wandb.init(mode="disabled")
wandb.log({"img": wandb.Image(pixels)})
wandb.finish()
---
#own
run = wandb.init(force=False)
assert run
---
#own
run = wandb.init(reinit=True)
second = wandb.init(reinit=True)
assert second.id != run.id
---
#own
run = wandb.init()
same = wandb.init(reinit="return_previous")
assert same is run
---
#own
run = wandb.init()
second = wandb.init(reinit="finish_previous")
assert second.id != run.id
---
#own
run = wandb.init(project="p")
second = wandb.init(project="p", reinit="create_new")
run.log({"a": 1})
second.log({"a": 2})
assert run.summary["a"] == 1 and second.summary["a"] == 2
second.finish()
---
#own
run = wandb.init(reinit="default")
assert run
---
#own
run = wandb.init(resume="allow", id="again")
assert run.id == "again" and run.resumed is False
---
#own
run = wandb.init(resume="never")
assert run.resumed is False
---
#own
run = wandb.init(resume=True)
assert run.id
---
#own
run = wandb.init(resume="auto")
assert run.id
---
#own
run = wandb.init(resume=False)
assert run.id
---
#own
run = wandb.init(save_code=False)
assert run.id
---
#own
run = wandb.init(save_code=True)
assert run.id
---
#own
run = wandb.init(tensorboard=False)
assert run.id
---
#own
run = wandb.init(sync_tensorboard=False)
assert run.id
---
#own
run = wandb.init(monitor_gym=False)
assert run.id
---
#own
run = wandb.init(settings=wandb.Settings(silent=True))
assert run.settings is not None
---
#own
run = wandb.init(settings=wandb.Settings(run_name="from-settings", project="p2"))
assert run.name == "from-settings" and run.project == "p2"
---
#own
run = wandb.init(settings={"console": "off"})
assert run.settings is not None
---
#own
run = wandb.init(settings=wandb.Settings(x_disable_stats=True, init_timeout=30, quiet=True, show_info=False))
assert run.id
---
#own
run = wandb.init(settings=wandb.Settings(start_method="thread"))
assert run.id
---
#own
with wandb.init(project="p") as run:
    run.log({"a": 1})
assert run.id
---
#own
run = wandb.init()
assert wandb.run is run
---
#own
run = wandb.init()
wandb.finish()
assert wandb.run is None
---
#own, in a fresh process
os.environ.update(WANDB_PROJECT="envp", WANDB_NAME="envn", WANDB_RUN_GROUP="envg", WANDB_NOTES="note", WANDB_TAGS="x,y")
run = wandb.init()
assert (run.project, run.name, run.group, run.notes) == ("envp", "envn", "envg", "note") and set(run.tags) == {"x", "y"}
---
#own, in a fresh process
os.environ["WANDB_RUN_ID"] = "env-id"
run = wandb.init()
assert run.id == "env-id"
---
#own, in a fresh process
os.environ["WANDB_JOB_TYPE"] = "eval"
run = wandb.init()
assert run.job_type == "eval"
---
#own, in a fresh process
os.environ["WANDB_MODE"] = "disabled"
run = wandb.init()
assert run.disabled
---
#own, in a fresh process
os.environ["WANDB_ENTITY"] = "team"
run = wandb.init()
assert run.entity == "team"
---
#own
wandb.setup()
run = wandb.init()
assert run.id
---
#own, in a fresh process
os.environ["WANDB_RESUME"] = "allow"
run = wandb.init()
assert run.id
---
#own, in a fresh process
os.environ["WANDB_DIR"] = str(Path("there").absolute())
Path("there").mkdir()
run = wandb.init()
assert run.id
---
#own, in a fresh process
os.environ["WANDB_DISABLED"] = "true"
run = wandb.init()
assert run is not None
---
#own
run = wandb.init(resume="must", id="never-was")
---
#own
run = wandb.init(fork_from="abc?_step=3")
---
#own
run = wandb.init(resume_from="abc?_step=3")
""",
    ),
    *_calls(
        "run",
        """
assert isinstance(run.id, str) and run.id
---
run.name = "renamed"
assert run.name == "renamed"
---
run.tags = ("a", "b")
assert set(run.tags) == {"a", "b"}
---
run.tags += ("more",)
assert "more" in run.tags
---
run.notes = "noted"
assert run.notes == "noted"
---
assert isinstance(run.dir, str) and Path(run.dir).is_dir()
---
assert run.path.split("/")[-1] == run.id
---
assert isinstance(run.step, int) and run.step == 0
---
assert run.starting_step == 0
---
assert run.start_time > 1e9
---
assert run.resumed is False and run.disabled is False
---
run.group, run.job_type
---
assert run.settings.run_id == run.id
---
assert run.project_name() == run.project
---
run.get_url()
---
run.get_project_url()
---
run.url, run.project_url, run.sweep_url
---
assert run.sweep_id is None
---
run.config_static
---
run.mark_preempting()
---
run.status()
---
run.display()
---
assert isinstance(run.to_html(), str)
---
run.finish()
run.finish()
---
run.finish(exit_code=0)
---
run.finish(exit_code=1)
---
wandb.finish(exit_code=0, quiet=True)
---
run.watch(network())
run.unwatch()
---
run.join()
---
run.pin_config_keys(["lr"])
---
run.write_logs("a line")
---
run.log({"a": 1})
assert run.step == 1
""",
    ),
    *_calls(
        "config",
        """
run.config.lr = 0.1
assert run.config.lr == 0.1
---
run.config["lr"] = 0.1
assert run.config["lr"] == 0.1
---
wandb.config.epochs = 4
assert wandb.config.epochs == 4
---
run.config.update({"a": 1, "b": {"c": 2}})
assert run.config["b"]["c"] == 2
---
run.config.update(argparse.Namespace(a=1))
assert run.config.a == 1
---
run.config.update({"a": 1})
run.config.update({"a": 2}, allow_val_change=True)
assert run.config.a == 2
---
run.config.setdefaults({"a": 1})
assert run.config.a == 1
---
run.config.a = 1
assert run.config.setdefaults({"a": 5}) is None or run.config.a == 1
---
run.config.a = 1
assert run.config.as_dict()["a"] == 1
---
assert run.config.get("missing") is None and run.config.get("missing", 3) == 3
---
run.config.a = 1
assert "a" in run.config
---
run.config.a = 1
assert "a" in dict(run.config)
---
run.config.a = 1
assert list(run.config.keys()) == ["a"] and list(run.config.items()) == [("a", 1)]
---
run.log({"x": 1})
run.config.late = True
assert run.config.late is True
---
run.config.update({"np": np.float32(0.5), "path": Path("x"), "none": None, "tuple": (1, 2)})
assert run.config["np"] == 0.5
---
run.config.persist()
---
dict(**run.config)
---
run.config.a = 1
assert run.config.a == wandb.run.config["a"]
---
assert run.config.__contains__("zzz") is False
""",
    ),
    *_calls(
        "log",
        """
wandb.log({"loss": 0.5})
assert run.summary["loss"] == 0.5
---
run.log({"loss": 0.5}, step=7)
run.log({"other": 0.5}, step=8)
assert run.summary["loss"] == 0.5
---
run.log({"a": 1}, step=0)
run.log({"b": 2}, step=0)
run.log({"c": 3}, step=1)
assert run.summary["a"] == 1
---
run.log({"a": 1}, commit=False)
run.log({"b": 2})
assert run.step == 1
---
run.log({"a": 1}, commit=False)
run.log({"b": 2}, commit=False)
run.log({}, commit=True)
assert run.summary["a"] == 1 and run.summary["b"] == 2
---
run.log(data={"a": 1})
assert run.summary["a"] == 1
---
run.log({"a": 1}, commit=True)
assert run.step == 1
---
run.log({"train": {"loss": 1.0, "acc": {"top1": 0.5}}})
assert run.summary["train"]["loss"] == 1.0
---
run.log({"train/loss": 1.0})
assert run.summary["train/loss"] == 1.0
---
run.log({"a": np.float32(1.5), "b": np.int64(3), "c": np.array(2.5), "d": np.bool_(True)})
assert run.summary["a"] == 1.5 and run.summary["b"] == 3 and run.summary["c"] == 2.5
---
run.log({"nan": float("nan"), "inf": float("inf")})
assert "nan" in run.summary.keys()
---
run.log({"text": "hello"})
assert run.summary["text"] == "hello"
---
run.log({"flag": True})
assert run.summary["flag"] == True
---
run.log({"list": [1, 2, 3]})
assert list(run.summary["list"]) == [1, 2, 3]
---
run.log({"array": np.arange(3)})
---
run.log({"array": np.random.rand(1000)})
---
run.log({"none": None, "loss": 1})
assert run.summary["loss"] == 1
---
run.log({})
---
thread = threading.Thread(target=run.log, args=({"a": 1},))
thread.start(); thread.join()
assert run.summary["a"] == 1
---
run.log({"big": 2**40})
assert run.summary["big"] == 2**40
---
run.log({"img": wandb.Image(pixels), "loss": 1})
assert run.summary["loss"] == 1
---
run.log({"imgs": [wandb.Image(pixels, caption=str(k)) for k in range(3)]})
---
run.log({"fig": figure()})
---
run.log({"fig": plotly_figure()})
---
run.log({"table": wandb.Table(columns=["a"], data=[[1]])})
---
run.log({"tuple": (1, 2)})
---
run.log({"date": datetime.datetime(2024, 1, 1)})
---
pytest_raises(Exception, run.log, 5)
---
run.log({"decimal": decimal.Decimal("1.5")})
""",
    ),
    *_calls(
        "summary",
        """
run.summary["best"] = 0.9
assert run.summary["best"] == 0.9
---
run.summary.best = 0.9
assert run.summary.best == 0.9
---
wandb.summary["best"] = 0.9
assert wandb.summary["best"] == 0.9
---
run.summary.update({"a": 1, "b": {"c": 2}})
assert run.summary["b"]["c"] == 2
---
run.log({"x": 1}); run.log({"x": 2})
assert run.summary["x"] == 2
---
run.summary["nested"] = {"a": {"b": 1}}
assert run.summary["nested"]["a"]["b"] == 1
---
assert run.summary.get("missing") is None
---
run.summary["a"] = 1
assert "a" in run.summary.keys()
---
run.summary["a"] = 1
del run.summary["a"]
assert run.summary.get("a") is None
---
run.summary["np"] = np.float64(1.5)
assert run.summary["np"] == 1.5
---
run.summary["arr"] = np.arange(3)
---
run.define_metric("loss", summary="min")
run.log({"loss": 3.0}); run.log({"loss": 1.0}); run.log({"loss": 2.0})
assert run.summary["loss"]["min"] == 1.0
---
run.define_metric("acc", summary="max")
run.log({"acc": 3.0}); run.log({"acc": 1.0})
assert run.summary["acc"]["max"] == 3.0
---
run.define_metric("acc", summary="mean")
run.log({"acc": 3.0}); run.log({"acc": 1.0})
assert run.summary["acc"]["mean"] == 2.0
---
run.define_metric("acc", summary="first,last")
run.log({"acc": 3.0}); run.log({"acc": 1.0})
assert run.summary["acc"]["last"] == 1.0
---
run.define_metric("acc", summary="best", goal="maximize")
run.log({"acc": 3.0}); run.log({"acc": 1.0})
assert run.summary["acc"]["best"] == 3.0
---
run.define_metric("hide", summary="none")
run.log({"hide": 3.0})
assert run.summary.get("hide") is None
---
run.define_metric("loss", summary="copy")
run.log({"loss": 3.0})
assert run.summary["loss"] == 3.0
""",
    ),
    *_calls(
        "define_metric",
        """
wandb.define_metric("epoch")
wandb.define_metric("val/*", step_metric="epoch")
run.log({"epoch": 1, "val/loss": 2.0})
---
run.define_metric("loss", step_metric="epoch", step_sync=True)
---
run.define_metric("secret", hidden=True)
---
run.define_metric("acc", goal="maximize")
---
run.define_metric("val/*", summary="max")
run.log({"val/a": 1.0}); run.log({"val/a": 0.5})
assert run.summary["val/a"]["max"] == 1.0
---
run.define_metric("*", step_metric="global_step")
---
metric = run.define_metric("loss", overwrite=True)
assert metric is not None
---
assert run.define_metric("loss", summary="min").name == "loss"
---
pytest_raises(Exception, run.define_metric, "")
---
pytest_raises(Exception, run.define_metric, "loss", summary="bogus")
""",
    ),
    *_calls(
        "media",
        """
run.log({"m": wandb.Image(pixels, caption="c")})
---
run.log({"m": wandb.Image(np.zeros((8, 8)))})
---
run.log({"m": wandb.Image(np.zeros((8, 8, 1), np.uint8))})
---
run.log({"m": wandb.Image(np.zeros((8, 8, 4), np.uint8), mode="RGBA")})
---
run.log({"m": wandb.Image(np.random.rand(8, 8, 3))})
---
run.log({"m": wandb.Image(pil())})
---
pil().save("x.png")
run.log({"m": wandb.Image("x.png")})
---
pil().save("x.jpg")
run.log({"m": wandb.Image(Path("x.jpg"))})
---
run.log({"m": wandb.Image(figure())})
---
run.log({"m": wandb.Image(pixels, file_type="jpg")})
---
run.log({"m": wandb.Image(pixels, normalize=False)})
---
run.log({"m": wandb.Image(pixels, grouping=2)})
---
box = {"position": {"minX": 0.1, "maxX": 0.5, "minY": 0.1, "maxY": 0.5}, "class_id": 1}
box.update({"box_caption": "b", "scores": {"p": 0.9}})
run.log({"m": wandb.Image(pixels, boxes={"pred": {"box_data": [box], "class_labels": {1: "cat"}}})})
---
box = {"position": {"middle": [4, 4], "width": 2, "height": 2}, "domain": "pixel", "class_id": 1}
run.log({"m": wandb.Image(pixels, boxes={"pred": {"box_data": [box]}})})
---
mask = {"mask_data": np.ones((8, 8), np.uint8), "class_labels": {1: "cat"}}
run.log({"m": wandb.Image(pixels, masks={"pred": mask})})
---
run.log({"m": wandb.Image(pixels, classes=[{"id": 1, "name": "cat"}])})
---
classes = wandb.Classes([{"id": 1, "name": "cat"}])
run.log({"m": wandb.Image(pixels, classes=classes)})
---
image = wandb.Image(pixels)
assert image.image.size == (8, 8)
---
Path("v.mp4").write_bytes(b"not really a video")
run.log({"m": wandb.Video("v.mp4", caption="c", format="mp4")})
---
Path("v.gif").write_bytes(b"GIF89a")
run.log({"m": wandb.Video("v.gif")})
---
run.log({"m": wandb.Audio(np.sin(np.arange(800) / 10), sample_rate=8000, caption="c")})
---
Path("a.wav").write_bytes(wav())
run.log({"m": wandb.Audio("a.wav")})
---
run.log({"m": wandb.Html("<p>hello</p>")})
---
Path("page.html").write_text("<p>hello</p>")
run.log({"m": wandb.Html(open("page.html"))})
---
Path("page.html").write_text("<p>hello</p>")
run.log({"m": wandb.Html("page.html", inject=False)})
---
run.log({"m": wandb.Html("<p>x</p>", data_is_not_path=True)})
---
run.log({"m": wandb.Histogram([1, 2, 3, 3])})
---
run.log({"m": wandb.Histogram(np_histogram=np.histogram([1, 2, 3]))})
---
run.log({"m": wandb.Histogram(np.random.rand(100), num_bins=16)})
---
histogram = wandb.Histogram([1, 2, 3], num_bins=4)
assert len(histogram.histogram) == 4 and len(histogram.bins) == 5
---
run.log({"m": wandb.Object3D(np.random.rand(20, 3))})
---
run.log({"m": wandb.Object3D(np.random.rand(20, 6))})
---
Path("m.obj").write_text("v 0 0 0")
run.log({"m": wandb.Object3D(open("m.obj"))})
---
Path("m.glb").write_bytes(b"glTF")
run.log({"m": wandb.Object3D("m.glb")})
---
run.log({"m": wandb.Object3D({"type": "lidar/beta", "points": np.random.rand(5, 3), "boxes": np.array([])})})
---
Path("m.obj").write_text("v 0 0 0")
run.log({"m": wandb.Object3D.from_file("m.obj")})
---
run.log({"m": wandb.Object3D.from_numpy(np.random.rand(20, 3))})
---
Path("m.pdb").write_text("ATOM")
run.log({"m": wandb.Molecule("m.pdb")})
---
Path("m.pdb").write_text("ATOM")
run.log({"m": wandb.Molecule(open("m.pdb"))})
---
run.log({"m": wandb.Plotly(plotly_figure())})
---
run.log({"m": wandb.data_types.Image(pixels)})
---
run.log({"m": {"nested": wandb.Image(pixels)}})
---
run.log({"m": [wandb.Html("a"), wandb.Html("b")]})
---
run.log({"m": [wandb.Audio(np.zeros(100), sample_rate=8000)] * 2})
---
pytest_raises(Exception, wandb.Histogram)
---
pytest_raises(Exception, wandb.Image, "missing.png")
---
run.log({"m": wandb.Image(np.zeros((3, 8, 8), np.uint8).transpose(1, 2, 0))})
---
wandb.box3d(center=(0, 0, 0), size=(1, 1, 1), orientation=(1, 0, 0, 0), color=(255, 0, 0), label="car")
""",
    ),
    *_calls(
        "tables",
        """
table = wandb.Table(columns=["a", "b"])
table.add_data(1, "x")
assert table.data == [[1, "x"]] and table.columns == ["a", "b"]
run.log({"t": table})
---
table = wandb.Table(columns=["a"], data=[[1], [2]])
assert table.get_column("a") == [1, 2]
---
table = wandb.Table(data=[[1, 2]])
run.log({"t": table})
---
table = wandb.Table(columns=["a"], rows=[[1]])
run.log({"t": table})
---
table = wandb.Table(dataframe=pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}))
assert table.columns == ["a", "b"] and len(table.data) == 2
---
table = wandb.Table(columns=["a"], data=[[1], [2]])
table.add_column("b", [3, 4])
assert table.data == [[1, 3], [2, 4]]
---
table = wandb.Table(columns=["a"], data=[[1], [2]])
assert list(table.get_column("a", convert_to="numpy")) == [1, 2]
---
table = wandb.Table(columns=["a"], data=[[1]])
assert table.get_dataframe()["a"].tolist() == [1]
---
table = wandb.Table(columns=["a"], data=[[1], [2]])
assert [row for _, row in table.iterrows()] == [[1], [2]]
---
table = wandb.Table(columns=["a"], data=[[1]])
table.add_computed_columns(lambda index, row: {"double": row["a"] * 2})
assert table.get_column("double") == [2]
---
table = wandb.Table(columns=["a"], data=[[1], [2]])
assert len(table.get_index()) == 2
---
table = wandb.Table(columns=["img"], data=[[wandb.Image(pixels)]])
run.log({"t": table})
---
table = wandb.Table(columns=["a", "b"], data=[[1, None], [None, "x"]], optional=True)
run.log({"t": table})
---
table = wandb.Table(columns=["a"], data=[[1], ["x"]], allow_mixed_types=True)
run.log({"t": table})
---
table = wandb.Table(columns=["a"], dtype=int)
table.add_data(1)
---
table = wandb.Table(columns=["a"], data=[[1]])
table.cast("a", float)
---
table = wandb.Table(columns=["a"], data=np.arange(3).reshape(3, 1))
run.log({"t": table})
---
table = wandb.Table(columns=["d"], data=[[datetime.datetime(2024, 1, 1)], [datetime.datetime(2024, 1, 2)]])
run.log({"t": table})
---
table = wandb.Table(columns=["a"], log_mode="MUTABLE")
table.add_data(1); run.log({"t": table}); table.add_data(2); run.log({"t": table})
---
table = wandb.Table(columns=["a"], log_mode="INCREMENTAL")
table.add_data(1); run.log({"t": table})
---
table = wandb.Table(columns=["a"])
table.add_row(1)
---
pytest_raises(Exception, wandb.Table(columns=["a"]).add_data, 1, 2)
---
assert wandb.Table(columns=["a"], data=[[1]]) == wandb.Table(columns=["a"], data=[[1]])
""",
    ),
    *_calls(
        "plot",
        """
table = wandb.Table(columns=["x", "y"], data=[[1, 2], [2, 3]])
run.log({"p": wandb.plot.line(table, "x", "y", title="t")})
---
table = wandb.Table(columns=["x", "y"], data=[[1, 2], [2, 3]])
run.log({"p": wandb.plot.line(table, "x", "y", stroke="y", split_table=True)})
---
table = wandb.Table(columns=["x", "y"], data=[[1, 2], [2, 3]])
run.log({"p": wandb.plot.scatter(table, "x", "y", title="t")})
---
table = wandb.Table(columns=["label", "value"], data=[["a", 2], ["b", 3]])
run.log({"p": wandb.plot.bar(table, "label", "value", title="t")})
---
table = wandb.Table(columns=["v"], data=[[1], [2], [2]])
run.log({"p": wandb.plot.histogram(table, "v", title="t")})
---
run.log({"p": wandb.plot.line_series(xs=[0, 1, 2], ys=[[1, 2, 3], [3, 2, 1]], keys=["a", "b"], title="t", xname="x")})
---
run.log({"p": wandb.plot.line_series(xs=[[0, 1], [0, 2]], ys=[[1, 2], [3, 2]])})
---
run.log({"p": wandb.plot.confusion_matrix(y_true=[0, 1, 1], preds=[0, 1, 0], class_names=["a", "b"])})
---
probs = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
run.log({"p": wandb.plot.confusion_matrix(probs=probs, y_true=[0, 1, 1], class_names=["a", "b"], title="t")})
---
probs = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
run.log({"p": wandb.plot.roc_curve([0, 1, 1], probs, labels=["a", "b"])})
---
probs = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
run.log({"p": wandb.plot.pr_curve([0, 1, 1], probs, labels=["a", "b"])})
---
table = wandb.Table(columns=["x", "y"], data=[[1, 2]])
run.log({"p": wandb.plot_table("wandb/line/v0", table, {"x": "x", "y": "y"}, {"title": "t"})})
---
table = wandb.Table(columns=["x", "y"], data=[[1, 2]])
run.log({"p": wandb.plot.plot_table("wandb/scatter/v0", table, {"x": "x", "y": "y"})})
""",
    ),
    *_calls(
        "artifacts",
        """
Path("f.txt").write_text("x")
artifact = wandb.Artifact("data", type="dataset", description="d", metadata={"k": 1})
artifact.add_file("f.txt")
run.log_artifact(artifact)
---
Path("f.txt").write_text("x")
artifact = wandb.Artifact("data", type="dataset")
entry = artifact.add_file("f.txt", name="inside/g.txt")
assert "inside/g.txt" in artifact.manifest.entries
---
Path("d").mkdir(); Path("d/a.txt").write_text("a")
artifact = wandb.Artifact("data", type="dataset")
artifact.add_dir("d")
assert "a.txt" in artifact.manifest.entries
---
Path("d").mkdir(); Path("d/a.txt").write_text("a")
artifact = wandb.Artifact("data", type="dataset")
artifact.add_dir("d", name="inside")
assert "inside/a.txt" in artifact.manifest.entries
---
artifact = wandb.Artifact("data", type="dataset")
with artifact.new_file("n.txt") as file:
    file.write("hello")
assert "n.txt" in artifact.manifest.entries
---
artifact = wandb.Artifact("data", type="dataset")
with artifact.new_file("n.bin", mode="wb") as file:
    file.write(b"hello")
---
Path("f.txt").write_text("x")
artifact = wandb.Artifact("data", type="dataset")
artifact.add_reference(Path("f.txt").absolute().as_uri())
assert "f.txt" in artifact.manifest.entries
---
artifact = wandb.Artifact("data", type="dataset")
artifact.add_reference("s3://bucket/key", name="key", checksum=False)
---
artifact = wandb.Artifact("data", type="dataset")
artifact.add(wandb.Table(columns=["a"], data=[[1]]), "t")
assert "t.table.json" in artifact.manifest.entries
---
artifact = wandb.Artifact("data", type="dataset")
artifact.add(wandb.Image(pixels), "img")
---
artifact = wandb.Artifact("data", type="dataset")
with artifact.new_file("n.txt") as file:
    file.write("hello")
artifact.remove("n.txt")
assert "n.txt" not in artifact.manifest.entries
---
artifact = wandb.Artifact("data", type="dataset")
artifact.metadata["epochs"] = 3
assert artifact.metadata == {"epochs": 3}
---
artifact = wandb.Artifact("data", type="dataset")
artifact.description = "new"
assert artifact.description == "new"
---
artifact = wandb.Artifact("data", type="dataset")
assert artifact.name.startswith("data") and artifact.type == "dataset"
---
artifact = wandb.Artifact("data", type="dataset")
with artifact.new_file("n.txt") as file:
    file.write("hello")
assert artifact.size == 5 and len(artifact.digest) > 0
---
one, two = wandb.Artifact("a", type="t"), wandb.Artifact("b", type="t")
for artifact in (one, two):
    with artifact.new_file("n.txt") as file:
        file.write("hello")
assert one.digest == two.digest
---
Path("f.txt").write_text("x")
run.log_artifact("f.txt", name="data", type="dataset", aliases=["best"])
---
Path("d").mkdir(); Path("d/a.txt").write_text("a")
wandb.log_artifact("d", name="data", type="dataset")
---
Path("model.pt").write_text("weights")
run.log_model(path="model.pt", name="model", aliases=["best"])
---
Path("model.pt").write_text("weights")
wandb.log_model(path="model.pt")
---
artifact = wandb.Artifact("data", type="dataset", incremental=True)
---
pytest_raises(Exception, wandb.Artifact, "bad/name", type="dataset")
---
pytest_raises(Exception, wandb.Artifact("data", type="dataset").add_file, "missing")
---
artifact = wandb.Artifact("data", type="dataset")
pytest_raises(Exception, artifact.get_entry, "missing")
---
Path("f.txt").write_text("x")
artifact = wandb.Artifact("data", type="dataset")
artifact.add_file("f.txt", policy="immutable")
---
artifact = wandb.Artifact("data", type="dataset")
artifact.ttl = datetime.timedelta(days=30)
---
run.log_code(".")
---
Path("train.py").write_text("x = 1")
run.log_code(".", name="code", include_fn=lambda path: path.endswith(".py"))
---
Path("f.txt").write_text("x")
artifact = wandb.Artifact("data", type="dataset")
artifact.add_file("f.txt")
artifact.finalize()
---
Path("f.txt").write_text("x")
artifact = wandb.Artifact("data", type="dataset")
artifact.add_file("f.txt")
run.upsert_artifact(artifact, distributed_id="all")
""",
    ),
    *_calls(
        "files and others",
        """
run.alert("title", "text")
---
run.alert(title="t", text="x", level=wandb.AlertLevel.WARN, wait_duration=60)
---
run.alert("t", "x", level="ERROR", wait_duration=datetime.timedelta(minutes=5))
---
Path("f.txt").write_text("x")
wandb.save("f.txt")
---
Path("f.txt").write_text("x")
run.save("*.txt", policy="now")
---
Path("d").mkdir(); Path("d/f.txt").write_text("x")
run.save("d/f.txt", base_path="d", policy="end")
---
assert len(wandb.util.generate_id()) == 8
---
assert len(wandb.util.generate_id(12)) == 12
---
wandb.termlog("hello")
---
wandb.termwarn("hello")
---
wandb.termerror("hello")
---
wandb.termlog("once", repeat=False)
---
assert wandb.__version__
---
wandb.errors.UsageError, wandb.errors.CommError, wandb.Error
---
wandb.AlertLevel.INFO, wandb.AlertLevel.WARN, wandb.AlertLevel.ERROR
---
wandb.Settings()
---
wandb.setup().settings
---
wandb.ensure_configured()
---
wandb.watch(network(), log="all", log_freq=1)
wandb.unwatch()
---
isinstance(run, wandb.Run)
---
wandb.sdk.wandb_run.Run
---
from wandb import Artifact, Image, Settings, Table
---
import wandb.util, wandb.errors, wandb.data_types, wandb.plot
---
from wandb.errors import CommError, UsageError
---
from wandb.util import generate_id
---
from wandb.data_types import Histogram, Image, Table
---
from wandb.sdk.data_types.base_types.wb_value import WBValue
---
from wandb.sdk import wandb_config
---
from wandb.sdk.lib import RunDisabled
---
assert run.config is wandb.config or dict(run.config) == dict(wandb.config)
""",
    ),
]
