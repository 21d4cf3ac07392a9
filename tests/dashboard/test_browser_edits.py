"""Whoever has the write token changes runs from the page, which shows it without being loaded again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dashboard.browsing import Page, as_writer, listed, opened, recorded, until_text
from tests.dashboard.training import training
from tests.server.running import TOKEN, Client


def edit(page: Page, kind: str, *, button: str = "Save", **fields: str) -> None:
    """Go through a dialog."""
    page.locator(f"[data-edit='{kind}']").first.click()
    dialog = page.locator(f"[data-dialog='{kind}']")
    for name, value in fields.items():
        dialog.locator(f"[name='{name}']").fill(value)
    dialog.get_by_role("button", name=button).click()
    dialog.wait_for(state="hidden")


def choose(page: Page, *ids: str) -> None:
    for run in ids:
        page.locator(f".tk-runs input[value='{run}']").check()


def known(dashboard: Client, run: str) -> dict[str, object]:
    answer = dashboard.ask("GET", f"/api/runs/{run}/resume", project="p")
    assert answer.status == 200
    found: dict[str, object] = answer.json()
    return found


def test_a_wrong_token_is_refused_and_the_right_one_becomes_a_cookie(page: Page, home: Path, dashboard: Client) -> None:
    recorded("a")
    address = f"http://127.0.0.1:{dashboard.port}/p/index.html"
    answer = page.goto(f"{address}?write_token=wrong")
    assert answer is not None
    assert answer.status == 401
    assert "wrong" in page.locator("body").inner_text()
    assert page.context.cookies() == []
    opened(page, dashboard)
    assert page.locator("[data-edit]").count() == 0
    assert "?write_token=" in page.locator(".tk-hint").inner_text()
    as_writer(page, dashboard)
    assert page.url == address
    assert page.locator("[data-edit='delete']").is_visible()
    [cookie] = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert page.evaluate("document.cookie") == ""
    assert TOKEN not in page.content()
    assert page.locator(".tk-hint").count() == 0


def test_a_run_is_renamed_in_the_table_and_stays_chosen(page: Page, home: Path, dashboard: Client) -> None:
    run = recorded("before")
    recorded("other")
    as_writer(page, dashboard, "p/index.html")
    page.evaluate("trackio.set({run: ['before']})")
    page.evaluate("window.isSame = true")
    choose(page, run)
    edit(page, "name", button="Rename", name="after <b>&amp;</b>")
    until_text(page, ".tk-runs th", "after <b>&amp;</b>")
    page.wait_for_function("() => trackio.state().run_names[0] === 'after <b>&amp;</b>'")
    page.wait_for_function("() => trackio.charts()[0].series.map((one) => one.run).join() === 'after <b>&amp;</b>'")
    assert page.evaluate("window.isSame")
    assert page.locator(f".tk-runs input[value='{run}']").is_checked()


def test_runs_stay_chosen_when_their_rows_change_and_one_of_them_ends(
    page: Page, home: Path, dashboard: Client
) -> None:
    with training(home, name="goes on") as longer, training(home, name="ends") as shorter:
        for one in (longer, shorter):
            one.log(1.5)
        as_writer(page, dashboard)
        choose(page, longer.id, shorter.id)
        for one in (longer, shorter):
            one.log(0.25)
            # The row alone is brought first, then the whole page.
            until_text(page, f".tk-runs tr[data-run='{one.id}']", "0.25")
        shorter.tell("finish")
        until_text(page, f".tk-runs tr[data-run='{shorter.id}']", "finished")
        for one in (longer, shorter):
            assert page.locator(f".tk-runs input[value='{one.id}']").is_checked()
        assert page.locator(".tk-tools [role=status]").inner_text() == "2 chosen"


def test_tags_of_several_runs_keep_what_only_one_has(page: Page, home: Path, dashboard: Client) -> None:
    first, second = recorded("a", tags=["shared", "own"]), recorded("b", tags=["shared"])
    as_writer(page, dashboard)
    choose(page, first, second)
    page.locator("[data-edit='tags']").click()
    field = page.locator("[data-dialog='tags'] [name='tags']")
    page.wait_for_function("() => document.querySelector('[name=tags]').value === 'shared'")
    assert page.locator("[data-dialog='tags'] [data-chosen]").inner_text() == "a, b"
    field.fill("new, paper")
    page.keyboard.press("Enter")
    page.locator("[data-dialog='tags']").wait_for(state="hidden")
    assert known(dashboard, first)["tags"] == ["own", "new", "paper"]
    assert known(dashboard, second)["tags"] == ["new", "paper"]


def test_the_first_tag_brings_its_column_and_the_filter_finds_it(page: Page, home: Path, dashboard: Client) -> None:
    run = recorded("a")
    recorded("b")
    as_writer(page, dashboard)
    assert page.locator(".tk-runs thead", has_text="tags").count() == 0
    choose(page, run)
    edit(page, "tags", tags="best, for the paper")
    until_text(page, ".tk-runs thead", "tags")
    until_text(page, f".tk-runs tr[data-run='{run}'] .tk-tag", "for the paper")
    page.locator("#tk-runs-filter").fill("tag:paper")
    assert page.locator(".tk-runs tbody tr:visible th bdi").all_inner_texts() == ["a"]
    edit(page, "tags", tags="other")
    page.locator(f".tk-runs tr[data-run='{run}']").wait_for(state="hidden")
    page.locator("#tk-runs-filter").fill("")
    until_text(page, f".tk-runs tr[data-run='{run}'] .tk-tag", "other")


def test_a_group_is_given_to_several_and_taken_away(page: Page, home: Path, dashboard: Client) -> None:
    runs = [recorded(name) for name in "abc"]
    as_writer(page, dashboard)
    page.locator(".tk-runs [aria-label='Choose all shown']").check()
    assert page.locator(".tk-tools [role=status]").inner_text() == "3 chosen"
    assert page.locator("[data-edit='name']").is_disabled()
    edit(page, "group", group="best")
    until_text(page, ".tk-rungroup summary", "best")
    assert page.locator(".tk-runs input[name=run]:checked").count() == 3
    page.locator(".tk-runs [aria-label='Choose all shown']").uncheck()
    choose(page, runs[0])
    edit(page, "group", group="")
    until_text(page, ".tk-rungroup summary", "no group")
    assert known(dashboard, runs[0])["group"] is None
    assert known(dashboard, runs[1])["group"] == "best"


def test_deleting_names_the_runs_and_can_be_called_off(page: Page, home: Path, dashboard: Client) -> None:
    gone = recorded("goes")
    recorded("stays")
    as_writer(page, dashboard)
    choose(page, gone)
    page.locator("[data-edit='delete']").click()
    dialog = page.locator("[data-dialog='delete']")
    assert dialog.locator("[data-chosen]").inner_text() == "goes"
    assert not dialog.locator("[data-force]").is_visible()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.dataset.edit") == "delete"
    assert listed(page) == ["goes", "stays"]
    edit(page, "delete", button="Delete for good")
    page.wait_for_function("() => document.querySelectorAll('.tk-runs tbody tr').length === 1")
    assert listed(page) == ["stays"]
    assert page.locator("[data-edit='delete']").is_disabled()


def test_what_still_runs_is_deleted_only_when_that_is_said(page: Page, home: Path, dashboard: Client) -> None:
    with training(home, name="live") as run:
        run.log(1.0)
        as_writer(page, dashboard)
        choose(page, run.id)
        page.locator("[data-edit='delete']").click()
        dialog = page.locator("[data-dialog='delete']")
        dialog.get_by_role("button", name="Delete for good").click()
        until_text(page, "[data-dialog='delete'] [role=alert]", "still running")
        dialog.get_by_label("also what is still running").check()
        dialog.get_by_role("button", name="Delete for good").click()
        dialog.wait_for(state="hidden")
        page.wait_for_function("() => document.querySelectorAll('.tk-runs tbody tr').length === 0")


def test_runs_move_to_a_project_that_is_new(page: Page, home: Path, dashboard: Client) -> None:
    first, second = recorded("a"), recorded("b")
    recorded("c")
    as_writer(page, dashboard)
    choose(page, first, second)
    edit(page, "move", button="Move", project="best of")
    page.wait_for_function("() => document.querySelectorAll('.tk-runs tbody tr').length === 1")
    page.goto(f"http://127.0.0.1:{dashboard.port}/?project=best+of")
    page.evaluate("trackio.ready")
    assert listed(page) == ["a", "b"]


@pytest.mark.parametrize(("kind", "expected"), [("name", "named"), ("notes", "words"), ("tags", "one")])
def test_the_page_of_a_run_shows_what_was_changed_there(
    page: Page, home: Path, dashboard: Client, kind: str, expected: str
) -> None:
    recorded("first")
    as_writer(page, dashboard, "p/runs/first.html")
    values = {"name": "named", "notes": "some **words** here", "tags": "one, two"}
    edit(page, kind, button="Rename" if kind == "name" else "Save", **{kind: values[kind]})
    place = {"name": ".tk-head h1", "notes": ".tk-prose strong", "tags": ".tk-tag"}[kind]
    until_text(page, place, expected)


def test_a_run_that_is_renamed_elsewhere_keeps_its_open_page(page: Page, home: Path, dashboard: Client) -> None:
    run = recorded("first")
    opened(page, dashboard, "p/runs/first.html")
    assert dashboard.ask("PATCH", f"/api/runs/{run}", {"name": "second"}, project="p").status == 200
    until_text(page, ".tk-head h1", "second")
    assert page.url.endswith("/p/runs/second.html")


def test_a_deleted_run_leads_back_to_its_project(page: Page, home: Path, dashboard: Client) -> None:
    recorded("first")
    recorded("second")
    as_writer(page, dashboard, "p/runs/first.html")
    page.locator("[data-edit='delete']").click()
    page.get_by_role("button", name="Delete for good").click()
    page.wait_for_url("**/p/index.html")
    assert listed(page) == ["second"]


def test_what_the_server_refuses_is_said_beside_the_field(page: Page, home: Path, dashboard: Client) -> None:
    run = recorded("a")
    as_writer(page, dashboard)
    choose(page, run)
    page.locator("[data-edit='name']").click()
    dialog = page.locator("[data-dialog='name']")
    page.wait_for_function("() => document.querySelector('[data-dialog=name] [name=name]').value === 'a'")
    page.context.clear_cookies()
    dialog.locator("[name=name]").fill("b")
    dialog.get_by_role("button", name="Rename").click()
    until_text(page, "[data-dialog='name'] [role=alert]", "write token")
    assert dialog.get_by_role("button", name="Rename").is_enabled()
    assert known(dashboard, run)["name"] == "a"


def test_chosen_runs_are_set_side_by_side(page: Page, home: Path, dashboard: Client) -> None:
    first = recorded("a", config={"lr": 0.1, "seed": 1})
    second = recorded("b", config={"lr": 0.2, "seed": 1})
    recorded("c")
    opened(page, dashboard)
    compare = page.get_by_role("button", name="Compare")
    assert compare.is_disabled()
    choose(page, first)
    assert compare.is_disabled()
    choose(page, second)
    compare.click()
    page.wait_for_url("**/p/compare.html?*")
    assert page.locator(".tk-sides thead th a").all_inner_texts() == ["a", "b"]
    assert page.locator(".tk-sides .is-differing th").first.inner_text() == "lr"


def test_a_page_that_is_paused_shows_what_was_changed_on_it(page: Page, home: Path, dashboard: Client) -> None:
    run = recorded("a")
    as_writer(page, dashboard)
    page.evaluate("trackio.set({refresh: 0})")
    choose(page, run)
    edit(page, "name", button="Rename", name="b")
    until_text(page, ".tk-runs th", "b")
    assert page.locator(".tk-fresh [role=status]").inner_text() == "paused"


def test_what_the_filter_hides_is_neither_changed_nor_compared(page: Page, home: Path, dashboard: Client) -> None:
    runs = [recorded(name) for name in ("apple", "apricot", "banana")]
    as_writer(page, dashboard)
    choose(page, *runs)
    page.locator("#tk-runs-filter").fill("ap")
    assert page.locator(".tk-tools [role=status]").inner_text() == "2 chosen"
    page.locator("[data-edit='delete']").click()
    assert page.locator("[data-dialog='delete'] [data-chosen]").inner_text() == "apple, apricot"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/p/compare.html?*")
    assert page.locator(".tk-sides thead th a").all_inner_texts() == ["apple", "apricot"]
    page.wait_for_event("requestfinished", lambda request: "/live/page" in request.url)
    recorded("late")
    page.locator(".tk-compare .tk-runlist bdi", has_text="late").wait_for(state="attached")
    assert page.locator(".tk-sides thead th a").all_inner_texts() == ["apple", "apricot"]


def test_runs_side_by_side_go_on_and_keep_a_run_that_is_renamed(page: Page, home: Path, dashboard: Client) -> None:
    recorded("a")
    with training(home, name="b") as run:
        run.log(1.0)
        page.goto(f"http://127.0.0.1:{dashboard.port}/p/compare.html?run=a&run=b")
        until_text(page, ".tk-sides thead", "step 0")
        page.locator("summary", has_text="Choose runs").click()
        for step in range(1, 3):
            run.log(0.5 / step)
            until_text(page, ".tk-sides thead", f"step {step}")
        until_text(page, ".tk-sides", "0.25")
        dashboard.ask("PATCH", f"/api/runs/{run.id}?project=p", {"name": "better"})
        until_text(page, ".tk-sides thead", "better")
        assert page.locator(".tk-sides thead th").count() == 2
        assert page.locator("main > .tk-note").count() == 0
        assert page.url.endswith("better")
        # Whoever is about to choose others is not disturbed.
        assert page.locator(".tk-compare details").evaluate("one => one.open")
        run.tell("finish")
        until_text(page, ".tk-sides thead", "finished")
