"""What a card says: frozen records that section(), metadata() and badge() are made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from trackio.energy.statement import Assumptions, ProjectEnergy


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a metric, and the step at which it was logged where that is known."""

    value: float
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How far a run came in one metric."""

    metric: str
    last: Value | None
    best: Value | None = None
    """The lowest or the highest finite value."""
    is_better_high: bool = False
    """Which of both the best is."""


@dataclass(frozen=True, slots=True)
class CardRun:
    """A run as a row of the table; its energy is found in the card's by its name and id."""

    id: str
    name: str
    results: tuple[Result, ...] = ()
    url: str | None = None
    """Its page."""
    status: str = "finished"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as a picture that leads to its interactive page: cards on the Hub show no iframes."""

    title: str
    image: str
    """The address of the picture."""
    page: str | None = None
    """The address of the chart's page; None where none is published, and the picture stands alone."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a run used until a metric first was as good as a value."""

    run: str
    """Its name."""
    metric: str
    value: float
    joules: float | None
    """None where it was not reached, or nothing was measured."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says of one run or several; addresses are full, or relative to where the section stands."""

    project: str
    runs: tuple[CardRun, ...]
    """In the order of the table, which shows the first of them."""
    energy: ProjectEnergy
    """Of these runs together."""
    assumptions: Assumptions = field(default_factory=Assumptions)
    """What makes carbon and cost of energy; its parts are printed."""
    charts: tuple[Chart, ...] = ()
    targets: tuple[Target, ...] = ()
    report_url: str | None = None
    """The project's page."""
    badge_url: str | None = None
    """The picture that badge() draws, where it was put."""
    training_type: str | None = None
    """Such as ``pre-training`` or ``fine-tuning``; left out when None."""
    hardware: str | None = None
    """In the user's words; None: the devices that were measured."""
    not_included: tuple[str, ...] = ()
    """What else the training used and nobody measured, in words."""
