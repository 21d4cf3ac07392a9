"""Lays out trackio 0.43's static export in a folder, as its deployment to a static Space does. Argument: the folder.

Its front end reads the data from a host on the internet; here it is told to read them from beside itself, which spares
it a connection.
"""

from __future__ import annotations

import json
import shutil
from importlib import import_module
from pathlib import Path

from adapters import PROJECT, chosen

[target] = chosen()[2]
# Imported only now: it reads its settings then.
trackio = import_module("trackio")
storage = import_module("trackio.sqlite_storage").SQLiteStorage

site, package = Path(target), Path(str(trackio.__file__)).parent
shutil.copytree(package / "frontend" / "dist", site, dirs_exist_ok=True)
shutil.copytree(package / "assets", site / "static" / "trackio")
for path in site.rglob("*.js"):
    text = path.read_text("utf-8")
    path.write_text(text.replace("https://huggingface.co/datasets/", "/datasets/"), "utf-8")
config = {"mode": "static", "project": PROJECT, "private": False, "version": trackio.__version__, "dataset_id": "bench"}
(site / "config.json").write_text(json.dumps(config), "utf-8")
data = site / "datasets" / "bench" / "resolve" / "main"
data.mkdir(parents=True)
storage.export_for_static_space(PROJECT, data)
