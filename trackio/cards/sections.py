"""The section of a model card: results, chart and energy as Markdown between its markers (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from trackio.cards import escapes, results, statements
from trackio.cards.contents import Card
from trackio.cards.markers import BEGIN, END
from trackio.cards.measured import amount


def section(card: Card) -> str:
    """The Markdown, from its begin to its end marker, with ``\\n`` between lines and none at the end."""
    blocks = [BEGIN, "## Training report", *_report(card), "### Energy", *_energy(card), END]
    return "\n\n".join(blocks)


def _report(card: Card) -> Iterator[str]:
    runs = f"{len(card.runs):,} runs" if len(card.runs) != 1 else f"Run {escapes.name(card.runs[0].name)}"
    page = card.runs[0].url if len(card.runs) == 1 else None
    text = f"{escapes.link(runs, page)} of {escapes.link(escapes.name(card.project), card.report_url)}"
    yield f"{text}, recorded with trackio."
    if escapes.address(card.badge_url) is not None:
        yield escapes.image(f"Energy: {amount(card)}", card.badge_url or "", card.report_url)
    table = results.results(card)
    if table:
        yield "### Training results"
        yield "\n".join(table)
    for one in card.charts:
        yield escapes.image(f"Chart of {escapes.clean(one.title)}", one.image, one.page)


def _energy(card: Card) -> Iterator[str]:
    told = amount(card)
    head = ("Energy", told if card.energy.account.joules is None else f"**{told}**")
    yield "\n".join(results.table(head, list(statements.rows(card)), left=2))
    yield "\n".join(f"* {point}" for point in statements.points(card))
