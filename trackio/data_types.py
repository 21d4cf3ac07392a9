"""Every class of medium under one name, as ``wandb.data_types`` has them."""

from trackio.media.annotations import BoundingBoxes2D, Classes, ImageMask
from trackio.media.audio import Audio
from trackio.media.base import Media
from trackio.media.bokeh import Bokeh
from trackio.media.graph import Graph, Node
from trackio.media.histogram import Histogram
from trackio.media.html import Html, Markdown
from trackio.media.image import Image
from trackio.media.molecule import Molecule
from trackio.media.object3d import Object3D, box3d
from trackio.media.plotly import Plotly
from trackio.media.table import Table
from trackio.media.tables import EvalTable, JoinedTable, PartitionedTable
from trackio.media.trace import Trace
from trackio.media.vega import Chart
from trackio.media.video import Video

WBValue = BatchableMedia = Media
"""What media are called in wandb."""

__all__ = [
    "Audio",
    "BatchableMedia",
    "Bokeh",
    "BoundingBoxes2D",
    "Chart",
    "Classes",
    "EvalTable",
    "Graph",
    "Histogram",
    "Html",
    "Image",
    "ImageMask",
    "JoinedTable",
    "Markdown",
    "Media",
    "Molecule",
    "Node",
    "Object3D",
    "PartitionedTable",
    "Plotly",
    "Table",
    "Trace",
    "Video",
    "WBValue",
    "box3d",
]
