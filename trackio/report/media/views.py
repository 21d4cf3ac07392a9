"""What `_medium.html.j2` is given: one frozen value a medium, its texts ready to show, its addresses relative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Class:
    """A class of boxes or masks in the legend."""

    key: str
    """Group and number; boxes and masks of the class bear it too."""
    label: str
    color: int
    red: int
    """How red its pixels are in a mask: no other class has it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box over a picture; places are percentages."""

    key: str
    color: int
    x: str
    y: str
    width: str
    height: str
    label: str


@dataclass(frozen=True, slots=True)
class Mask:
    """A mask over a picture: a picture in the colours of its classes."""

    src: str
    keys: str
    """The keys of its classes, with spaces between."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image, or a film that browsers take for one."""

    src: str
    href: str | None
    """Where the whole picture opens; None for SVG, which could hold scripts."""
    width: int | None
    """On the page, in pixels; narrow pages show it smaller."""
    height: int | None
    is_tiny: bool
    """So small that its pixels should be seen."""
    alt: str
    caption: str
    masks: tuple[Mask, ...]
    boxes: tuple[Box, ...]
    classes: tuple[Class, ...]
    note: str = ""
    """What of it is not shown."""
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True, slots=True)
class Clip:
    """Video or sound."""

    tag: Literal["video", "audio"]
    src: str
    mime: str
    caption: str
    facts: str
    width: int | None = None
    height: int | None = None
    kind: Literal["clip"] = "clip"


@dataclass(frozen=True, slots=True)
class Frame:
    """A page of its own in a sandbox."""

    src: str | None
    document: str | None
    """The page itself, in a single file."""
    title: str
    caption: str
    links: tuple[tuple[str, str], ...]
    is_ours: bool = False
    """Whether the page was written by trackio and does nothing without scripts."""
    note: str = ""
    """Instead of the page, when it cannot be shown."""
    kind: Literal["frame"] = "frame"


@dataclass(frozen=True, slots=True)
class Prose:
    """Rendered Markdown."""

    html: Markup
    kind: Literal["prose"] = "prose"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A Vega-Lite chart, drawn for both themes."""

    light: str
    dark: str
    alt: str
    caption: str
    links: tuple[tuple[str, str], ...]
    kind: Literal["drawing"] = "drawing"


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A cell of a logged table."""

    text: str
    is_number: bool
    view: View | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its first rows, and where the browser finds the others."""

    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[SheetCell, ...], ...]
    count: int
    script: str | None
    links: tuple[tuple[str, str], ...]
    caption: str
    kind: Literal["sheet"] = "sheet"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: str
    name: str
    text: str
    calls: tuple[Call, ...]
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """A trace: messages, and what is known of them."""

    messages: tuple[Message, ...]
    more: int
    """Messages that the file has beside those shown."""
    metadata: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    kind: Literal["talk"] = "talk"


@dataclass(frozen=True, slots=True)
class Plot:
    """A histogram as bars, or many as a heat map: the picture with its axes."""

    label: str
    y_ticks: tuple[tuple[str, str], ...]
    """Places as percentages, and texts."""
    x_ticks: tuple[tuple[str, str, str], ...]
    """Likewise, and which way a text leans."""
    y_width: int
    x_title: str
    y_title: str
    bars: str
    """The path of the bars; empty for a heat map."""
    light: str
    dark: str
    """The pictures of a heat map."""
    scale: str
    """What the darkest colour stands for."""
    note: str
    kind: Literal["plot"] = "plot"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that browsers do not show; a point cloud is drawn by a script."""

    name: str
    href: str
    facts: str
    caption: str
    cloud: str | None
    """The script with its points."""
    kind: Literal["attachment"] = "attachment"


@dataclass(frozen=True, slots=True)
class Numbers:
    """A short array."""

    text: str
    kind: Literal["numbers"] = "numbers"


@dataclass(frozen=True, slots=True)
class Group:
    """Several media that were logged as one value."""

    items: tuple[View, ...]
    is_grid: bool
    classes: tuple[Class, ...]
    more: int
    """How many there are beside those shown."""
    kind: Literal["group"] = "group"


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a medium is not shown."""

    words: str
    kind: Literal["missing"] = "missing"


View: TypeAlias = (
    Picture | Clip | Frame | Prose | Drawing | Sheet | Talk | Plot | Attachment | Numbers | Group | Missing
)
