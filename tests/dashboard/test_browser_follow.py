"""A person watches a training that runs in another process: the page keeps up, and what they did to it stays."""

from __future__ import annotations

from pathlib import Path

from tests.dashboard.browsing import Page, listed, opened, points, recorded, until_points, until_text
from tests.dashboard.training import training
from tests.server.running import Client


def test_a_curve_grows_while_it_is_watched(page: Page, home: Path, dashboard: Client) -> None:
    with training(home, name="a") as run:
        run.log(3.0, 2.0)
        opened(page, dashboard)
        assert points(page) == [2]
        run.log(1.5, 1.0, 0.5)
        until_points(page, 5)
        assert page.evaluate("trackio.rows('loss').map((row) => row.y)") == [3.0, 2.0, 1.5, 1.0, 0.5]
        assert "5 points" in page.locator("#chart-loss .tk-points").inner_text()
        until_text(page, ".tk-runs tbody td", "0.5")
        assert page.locator(".tk-fresh").inner_text().startswith("live")


def test_a_new_run_appears_everywhere(page: Page, home: Path, dashboard: Client) -> None:
    recorded("before", group="first")
    opened(page, dashboard)
    assert listed(page) == ["before"]
    with training(home, name="after", group="second") as run:
        run.log(1.0)
        until_points(page, 3, 1)
        until_text(page, ".tk-runs tbody th", "after")
        assert page.locator(f".tk-runlist input[data-run='{run.id}']").is_checked()
        assert page.locator(".tk-rungroup summary bdi").all_inner_texts() == ["first", "second"]
        assert "1 running" in page.locator(".tk-head .tk-meta").inner_text()
        assert page.locator(f".tk-runs tr[data-run='{run.id}'] .is-running").is_visible()
        run.tell("finish")
        page.locator(f".tk-runs tr[data-run='{run.id}'] .is-finished").wait_for()
        page.wait_for_function("() => !document.querySelector('.tk-live')")


def drawn(page: Page) -> list[str]:
    found: list[str] = page.evaluate("trackio.charts()[0].series.map((one) => one.run)")
    return found


def until_drawn(page: Page, *names: str) -> None:
    page.wait_for_function(
        "names => trackio.charts()[0].series.map((one) => one.run).sort().join() === names", arg=",".join(sorted(names))
    )


def test_whoever_hides_a_run_sees_the_next_one(page: Page, home: Path, dashboard: Client) -> None:
    for name in ("a", "outlier"):
        recorded(name)
    opened(page, dashboard)
    page.locator(".tk-runlist").get_by_label("outlier").uncheck()
    until_drawn(page, "a")
    recorded("b")
    until_drawn(page, "a", "b")
    assert page.locator(".tk-runlist").get_by_label("b", exact=True).is_checked()
    assert not page.locator(".tk-runlist").get_by_label("outlier").is_checked()
    # A reload shows what the address says, and so does whoever is sent it.
    recorded("c")
    until_drawn(page, "a", "b", "c")
    page.reload()
    until_drawn(page, "a", "b", "c")


def test_whoever_chooses_runs_sees_these_alone(page: Page, home: Path, dashboard: Client) -> None:
    for name in ("a", "b"):
        recorded(name)
    opened(page, dashboard)
    page.locator(".tk-sidebar input[data-run='*']").first.uncheck()
    page.locator(".tk-runlist").get_by_label("a", exact=True).check()
    until_drawn(page, "a")
    recorded("new")
    page.locator(".tk-runlist").get_by_label("new").wait_for()
    assert not page.locator(".tk-runlist").get_by_label("new").is_checked()
    assert drawn(page) == ["a"]


def test_a_new_metric_gets_its_chart_beside_those_that_stay(page: Page, home: Path, dashboard: Client) -> None:
    with training(home, name="a") as run:
        run.log(3.0, 2.0)
        opened(page, dashboard)
        page.evaluate("window.before = document.querySelector('#chart-loss')")
        run.log(0.5, 0.6, metric="accuracy")
        page.locator("#chart-accuracy").wait_for()
        until_points(page, 2, metric="accuracy")
        assert page.evaluate("trackio.charts().map((chart) => chart.metric)") == ["loss", "accuracy"]
        assert page.evaluate("document.querySelector('#chart-loss') === window.before")
        assert "accuracy" in page.locator("#tk-x option").all_inner_texts()
        assert page.locator(".tk-chart .tk-line").count() == 2


def test_a_run_that_is_deleted_goes(page: Page, home: Path, dashboard: Client) -> None:
    recorded("stays")
    gone = recorded("goes")
    opened(page, dashboard)
    until_points(page, 3, 3)
    assert dashboard.ask("DELETE", f"/api/runs/{gone}", project="p").status == 200
    until_points(page, 3)
    assert listed(page) == ["stays"]
    assert page.locator(".tk-runlist input[data-run]").count() == 2


def test_a_training_that_is_killed_is_seen_to_be(page: Page, home: Path, dashboard: Client) -> None:
    with training(home, name="a") as run:
        run.log(1.0)
        opened(page, dashboard)
        page.locator(f".tk-runs tr[data-run='{run.id}'] .is-running").wait_for()
        run.kill()
        page.locator(f".tk-runs tr[data-run='{run.id}'] .is-crashed").wait_for()


def test_the_first_run_brings_an_empty_dashboard_to_life(page: Page, home: Path, dashboard: Client) -> None:
    opened(page, dashboard, "index.html")
    assert "No run has logged anything yet" in page.locator("main").inner_text()
    with training(home, name="a") as run:
        page.locator(".tk-card").wait_for()
        page.locator(".tk-card").click()
        page.wait_for_url("**/p/index.html")
        page.evaluate("trackio.ready")
        run.log(2.0, 1.0)
        page.locator("#chart-loss .tk-line").wait_for(state="attached")
        until_points(page, 2)


def test_what_a_reader_did_stays_while_the_page_goes_on(page: Page, home: Path, dashboard: Client) -> None:
    for name in ("x", "y", "z"):
        recorded(name, [3.0, 2.5, 2.0], config={"note": f"text of {name}"})
    with training(home, name="live") as run:
        run.log(5.0, 4.0)
        run.tell("log", [{f"other/{k}": 1.0 for k in range(2)}])
        page.set_viewport_size({"width": 1100, "height": 900})
        opened(page, dashboard)
        until_points(page, 3, 3, 3, 2)
        page.evaluate("trackio.set({smoothing: 3, xmin: 1})")
        page.locator("#chart-loss .tk-key", has_text="x").first.dispatch_event("click")
        page.locator(".tk-runs th button", has_text="run").click()
        page.locator(".tk-runs th button", has_text="run").click()
        page.locator(".tk-runs input[value]").first.check()
        page.locator("#tk-runs-filter").fill("e")
        page.locator("#tk-filter").focus()
        page.keyboard.type("*")
        page.wait_for_url("**metrics=**")
        page.locator(".tk-section[data-prefix='other/'] > summary").click()
        page.evaluate("getSelection().selectAllChildren(document.querySelector('.tk-head h1'))")
        page.locator("#chart-loss .tk-menu summary").click()
        page.locator("#tk-smoothing").focus()
        page.evaluate("scrollTo(0, 90)")
        page.evaluate(
            "window.nodes = [...document.querySelectorAll('.tk-chart, .tk-section, .tk-runs tr, .tk-runlist li')]"
        )
        before = page.evaluate(_STATE)
        run.log(3.0, 2.0)
        until_text(page, ".tk-runs td", "2")
        run.tell("log", [{f"third/{k}": 1.0 for k in range(4)}])
        page.locator("#chart-third-3").wait_for(state="attached")
        assert page.evaluate(_STATE) == before
        assert (
            page.evaluate("nodes.filter((node) => !node.isConnected).map((node) => node.outerHTML.slice(0, 200))") == []
        )


_STATE = """({
    address: location.search,
    off: [...document.querySelectorAll('#chart-loss .tk-key[aria-pressed=false]')].map((key) => key.textContent),
    names: [...document.querySelectorAll('.tk-runs tbody tr')].map((row) => row.querySelector('th').textContent.trim()),
    hidden: [...document.querySelectorAll('.tk-runs tbody tr[hidden]')].length,
    sorted: document.querySelector('.tk-runs [aria-sort]').textContent,
    chosen: [...document.querySelectorAll('.tk-runs input:checked')].map((box) => box.value),
    closed: [...document.querySelectorAll('.tk-section:not([open])')].map((section) => section.dataset.prefix),
    filter: document.querySelector('#tk-runs-filter').value,
    metrics: document.querySelector('#tk-filter').value,
    selected: String(getSelection()),
    menus: document.querySelectorAll('.tk-menu[open]').length,
    focused: document.activeElement.id,
    scroll: scrollY,
    window: trackio.charts()[0].xDomain[0],
})"""


def test_values_under_the_pointer_stay_and_a_drag_is_not_pulled_away(page: Page, home: Path, dashboard: Client) -> None:
    with training(home, name="a") as run:
        run.log(*[1 / (k + 1) for k in range(50)])
        opened(page, dashboard)
        box = page.locator("#chart-loss .tk-over").bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 40)
        page.locator("#chart-loss .tk-tip").wait_for()
        run.log(*[0.01] * 50)
        until_points(page, 100)
        assert page.locator("#chart-loss .tk-tip").is_visible()
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 40, steps=4)
        run.log(0.5, 0.5)
        until_text(page, ".tk-runs td", "0.5")
        assert page.locator("#chart-loss .tk-brush").is_visible()
        assert points(page) == [100]
        page.mouse.up()
        page.wait_for_function("() => trackio.charts()[0].xDomain[0] > 0")
        low, high = page.evaluate("trackio.charts()[0].xDomain")
        assert 35 < low < 45
        assert 75 < high < 85
        page.keyboard.press("Escape")
        page.locator("#chart-loss .tk-over").dblclick()
        until_points(page, 102)


def test_an_open_page_that_nobody_writes_to_asks_one_small_question_a_second(
    page: Page, home: Path, dashboard: Client
) -> None:
    recorded("a", list(range(5000)))
    opened(page, dashboard)
    answers: list[tuple[str, int]] = []
    page.on("response", lambda found: answers.append((found.url, len(found.body()))))
    page.wait_for_event("requestfinished")
    page.wait_for_event("requestfinished")
    page.wait_for_event("requestfinished")
    assert {url.split("?")[0].rpartition("/api/")[2] for url, _ in answers} == {"live/page"}
    assert max(size for _, size in answers) < 100


def test_figures_out_of_sight_ask_for_nothing(page: Page, home: Path, dashboard: Client) -> None:
    with training(home, name="a") as run:
        run.tell("log", [{f"a/{k}": 1.0 for k in range(30)}])
        page.set_viewport_size({"width": 800, "height": 400})
        asked: list[str] = []
        page.on("request", lambda found: asked.extend(_slugs(found)))
        opened(page, dashboard)
        first = set(asked)
        assert 0 < len(first) < 12
        asked.clear()
        run.tell("log", [{f"a/{k}": 2.0 for k in range(30)}])
        until_points(page, 2, metric="a/0")
        assert set(asked) <= first
        page.locator("#chart-a-29").scroll_into_view_if_needed()
        until_points(page, 2, metric="a/29")


def _slugs(request: object) -> list[str]:
    if not request.url.endswith("/live/lines"):  # type: ignore[attr-defined]
        return []
    return [figure["slug"] for figure in request.post_data_json["figures"]]  # type: ignore[attr-defined]


def test_a_table_stays_sorted_but_not_under_the_hand_of_its_reader(page: Page, home: Path, dashboard: Client) -> None:
    recorded("best", [1.0])
    with training(home, name="live") as run:
        run.log(5.0)
        opened(page, dashboard)
        page.locator(".tk-runs th button", has_text="loss last").click()
        assert listed(page) == ["best", "live"]
        run.log(0.5)
        until_text(page, ".tk-runs td", "0.5")
        assert listed(page) == ["best", "live"]
        page.locator(".tk-head h1").hover()
        page.wait_for_function("() => document.querySelector('.tk-runs tbody th bdi').textContent === 'live'")
