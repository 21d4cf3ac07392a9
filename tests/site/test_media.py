"""Media on run pages, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.report.media import Shelf, histogram, markdown, several
from trackio.palette import DARK, LIGHT
from trackio.report.build import Options, build
from trackio.report.heads import csp

Page = Any
RUN = "p/runs/r.html"
DASH = "\N{EN DASH}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A report of one run with media of ten steps, 0 to 90."""
    path = tmp_path_factory.mktemp("media")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACKIO_DIR", str(path / "home"))
        shelf = Shelf(path / "home")
        labels = {"1": "cat", "2": "dog"}
        classes = np.repeat([[1] * 16 + [2] * 16], 32, axis=0)
        box = {"position": {"minX": 0.25, "maxX": 0.75, "minY": 0.5, "maxY": 1.0}, "class_id": 2}
        rows = np.random.default_rng(0).normal(size=200).round(3).tolist()

        def row(number: int) -> dict[str, Any]:
            return {
                "loss": 1 / (number + 1),
                "image": shelf.image(
                    number,
                    32,
                    caption=f"picture {number}",
                    boxes={"truth": {"box_data": [box], "class_labels": labels}},
                    masks={"truth": shelf.mask(classes, labels)},
                ),
                "grid": several([shelf.image(10 * number + k, 24) for k in range(4)]),
                "rare": markdown(f"note at **{number}**") if number % 4 == 0 else float(number),
                "table": shelf.table(
                    ["id", "score", "text", "picture"],
                    [[k, rows[k], f"word {k}", shelf.image(k) if k < 3 else None] for k in range(200)],
                ),
                "weights": histogram([0, number, 10 - number, 0, 0], -1, 1.5),
                "page": shelf.put(
                    "html", f"<p id=said>page {number}<script>said.append('!')</script>".encode(), ".html"
                ),
                "figure": shelf.plotly(),
                "cloud": shelf.points([[k % 7, k % 11, k % 13, k % 3] for k in range(500)]),
                "sound": shelf.sound(),
                "chart": shelf.vega(title=f"chart {number}"),
            }

        shelf.log([row(number) for number in range(10)], every=10)
        many = [shelf.image(number, 48) for number in range(250)]
        shelf.log([{"many": several([many[(k + step) % 250] for k in range(1000)])} for step in range(2)], "many")
        build(Options(path / "out", path / "home", workers=1))
        yield path / "out"


@pytest.fixture(params=["disk", "server"])
def opened(request: pytest.FixtureRequest, page: Page, folder: Path, served: Callable[[Path], str]) -> Page:
    """The run's page, from the disk and from a server under a sub-path."""
    root = f"file://{folder}" if request.param == "disk" else f"{served(folder.parent)}/{folder.name}"
    page.goto(f"{root}/{RUN}")
    return page


def panel(page: Page, slug: str) -> Any:
    found = page.locator(f"#media-{slug}")
    found.scroll_into_view_if_needed()
    return found


def test_the_slider_shows_other_steps_by_pointer_and_keys(opened: Page) -> None:
    image = panel(opened, "image")
    caption, step, slider = image.locator(".tk-caption"), image.locator(".tk-step"), image.get_by_role("slider")
    assert (caption.inner_text(), step.inner_text()) == ("picture 9", "step 90")
    image.get_by_role("button", name="Previous step").click()
    opened.locator("#media-image .tk-caption", has_text="picture 8").wait_for()
    slider.focus()
    opened.keyboard.press("Home")
    opened.locator("#media-image .tk-caption", has_text="picture 0").wait_for()
    assert step.inner_text() == "step 0"
    assert slider.get_attribute("aria-valuetext") == "step 0"
    assert image.get_by_role("button", name="Previous step").is_disabled()
    assert image.locator("img").first.evaluate("image => image.complete && image.naturalWidth") == 32


def test_linked_sliders_go_together_and_the_address_keeps_the_step(opened: Page) -> None:
    opened.get_by_label("Link steps").check()
    panel(opened, "image").get_by_role("slider").fill("5")
    assert opened.url.endswith("#step=50")
    assert panel(opened, "grid").locator(".tk-step").inner_text() == "step 50"
    assert panel(opened, "rare").locator(".tk-step").inner_text() == "step 40", "the last one until then"
    opened.locator("#media-rare strong", has_text="4").wait_for()
    opened.reload()
    assert opened.get_by_label("Link steps").is_checked()
    panel(opened, "image")
    opened.locator("#media-image .tk-caption", has_text="picture 5").wait_for()
    opened.get_by_label("Link steps").uncheck()
    assert "#" not in opened.url.rstrip("#")


def test_classes_switch_off_and_stay_off(opened: Page) -> None:
    image = panel(opened, "image")
    opened.wait_for_function("[...document.querySelectorAll('#media-image img')].every(one => one.naturalWidth)")
    left, right = pixel(opened, image, 0.2), pixel(opened, image, 0.8)
    image.get_by_role("button", name="dog").click()
    assert pixel(opened, image, 0.2) == pytest.approx(left, abs=3), "scaling may shift a shade"
    assert pixel(opened, image, 0.8) != pytest.approx(right, abs=3)
    assert image.locator(".tk-boxes .is-off").count() == 1
    image.get_by_role("button", name="Previous step").click()
    opened.locator("#media-image .tk-caption", has_text="picture 8").wait_for()
    assert image.get_by_role("button", name="dog").get_attribute("aria-pressed") == "false"
    assert image.locator(".tk-boxes .is-off").count() == 1
    image.get_by_role("button", name="dog").click()
    assert image.locator(".tk-boxes .is-off").count() == 0


def test_a_table_sorts_numbers_filters_and_turns_pages(opened: Page) -> None:
    table = panel(opened, "table")
    rows, said = table.locator("tbody tr"), table.get_by_role("status").last
    opened.wait_for_function("document.querySelectorAll('#media-table tbody tr').length === 25")
    assert said.inner_text() == f"1{DASH}25 of 200"
    assert table.locator("td img").count() == 3
    table.get_by_role("button", name="score").focus()
    opened.keyboard.press("Enter")
    scores = [float(text) for text in table.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert scores == sorted(scores)
    assert scores[0] < 0
    table.get_by_role("button", name="score").click()
    scores = [float(text) for text in table.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert scores == sorted(scores, reverse=True)
    table.get_by_role("button", name="Next rows").click()
    assert said.inner_text() == f"26{DASH}50 of 200"
    table.get_by_label("Filter rows").fill("word 19")
    assert rows.count() == 11
    assert said.inner_text() == f"1{DASH}11 of 11 found of 200"
    table.get_by_label("Filter rows").fill("nothing is so")
    assert said.inner_text() == "0 of 200"


def test_a_heat_map_tells_its_counts_under_the_pointer_and_by_keys(opened: Page) -> None:
    heat = panel(opened, "weights")
    over = heat.locator(".tk-over")
    over.wait_for()
    box = over.bounding_box()
    opened.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + box["height"] * 0.4)
    tip = heat.locator(".tk-tip")
    tip.wait_for()
    step, values, count = tip.locator("p").all_inner_texts()
    assert step == "step 50"
    assert values == "0 to 0.5"
    assert count == "count 5"
    opened.mouse.move(0, 0)
    assert tip.is_hidden()
    heat.locator(".tk-plot").focus()
    opened.keyboard.press("ArrowLeft")
    opened.keyboard.press("ArrowLeft")
    tip.wait_for()
    assert tip.locator("p").first.inner_text() == "step 30", "keys go on from where the pointer was"
    opened.keyboard.press("Escape")
    assert tip.is_hidden()


@pytest.mark.parametrize(("theme", "colors"), [("light", LIGHT), ("dark", DARK)])
def test_pictures_follow_the_theme(page: Page, folder: Path, theme: str, colors: Any) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto(f"file://{folder}/{RUN}")
    for slug in ("weights", "chart"):
        shown = panel(page, slug).locator(f"img.tk-{theme}").first
        page.wait_for_function("image => image.naturalWidth > 0", arg=shown.element_handle())
        assert shown.is_visible()
    other = "dark" if theme == "light" else "light"
    assert not page.locator(f"#media-chart img.tk-{other}").is_visible()
    assert not page.locator(f"#media-chart img.tk-{other}").evaluate("image => image.naturalWidth"), "it is not loaded"
    page.goto(f"file://{folder}/{RUN}?theme={other}")
    panel(page, "chart")
    assert page.locator(f"#media-chart img.tk-{other}").is_visible()
    assert colors.accent


def test_pages_of_html_and_figures_run_in_frames_of_their_own(opened: Page) -> None:
    frame = panel(opened, "page").frame_locator("iframe")
    frame.locator("#said", has_text="page 9!").wait_for()
    assert panel(opened, "page").locator("iframe").get_attribute("sandbox") == "allow-scripts"
    assert opened.evaluate("document.querySelector('#media-page iframe').contentDocument") is None
    panel(opened, "figure").frame_locator("iframe").locator("#figure", has_text="drawn").wait_for()


def test_a_point_cloud_turns(opened: Page) -> None:
    cloud = panel(opened, "cloud")
    canvas = cloud.locator("canvas")
    canvas.wait_for()
    assert "500 points" in cloud.inner_text()
    changed = "([canvas, before]) => canvas.width > 300 && canvas.toDataURL() !== before"
    handle = canvas.element_handle()
    opened.wait_for_function(changed, arg=[handle, ""])
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    canvas.focus()
    opened.keyboard.press("ArrowRight")
    opened.wait_for_function(changed, arg=[handle, before])


def test_a_thousand_pictures_load_as_they_come_into_view(
    page: Page, folder: Path, served: Callable[[Path], str]
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{served(folder)}/p/runs/many.html", wait_until="networkidle")
    assert page.locator("#media-many img").count() == 1000
    pictures = {url for url in asked if url.endswith(".png")}
    assert 0 < len(pictures) < 150
    assert not any(".0.js" in url for url in asked), "other steps wait until they are asked for"


def test_with_scripts_off_the_last_medium_stands_with_links_to_the_others(browser: Any, folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{folder}/{RUN}")
    image = page.locator("#media-image")
    assert image.locator(".tk-caption").inner_text() == "picture 9"
    assert image.locator(".tk-boxes rect").is_visible()
    assert image.get_by_role("slider").count() == 0
    image.locator(".tk-others summary").click()
    links = image.locator(".tk-others a")
    assert links.count() == 9
    assert (folder / "p/runs" / links.first.get_attribute("href")).resolve().is_file()
    assert page.locator("#media-table tbody tr").count() == 10
    context.close()


def test_media_work_under_the_policy_that_the_manifest_names(
    browser: Any, folder: Path, served: Callable[[Path], str]
) -> None:
    context = browser.new_context()
    page = context.new_page()
    said: list[tuple[str, str]] = []
    page.on("console", lambda message: said.append((message.location["url"], message.text)))
    policy = str(csp()["policy"])
    page.route(
        "**/*",
        lambda route: route.fulfill(
            response=(got := route.fetch()), headers=got.headers | {"content-security-policy": policy}
        ),
    )
    page.goto(f"{served(folder)}/{RUN}")
    for slug in ("image", "grid", "table", "weights", "cloud", "sound", "chart", "figure"):
        panel(page, slug)
    panel(page, "figure").frame_locator("iframe").locator("#figure", has_text="drawn").wait_for()
    panel(page, "image").get_by_role("button", name="dog").click()
    panel(page, "image").get_by_role("button", name="Previous step").click()
    page.locator("#media-image .tk-caption", has_text="picture 8").wait_for()
    assert page.locator("#media-table tbody tr").count() == 25
    refused = [(url, text) for url, text in said if "Content Security Policy" in text]
    assert [found for found in refused if not found[0].endswith(".html") or "/media/" not in found[0]] == []
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_no_panel_is_wider_than_the_page(page: Page, folder: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"file://{folder}/{RUN}")
    for slug in ("image", "grid", "table", "weights", "page", "figure", "cloud", "sound", "chart"):
        panel(page, slug)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def pixel(page: Page, image: Any, place: float) -> tuple[int, ...]:
    """The colour on the screen at a share of the picture's width, near its top."""
    import io

    from PIL import Image

    box = image.locator("img").first.bounding_box()
    shot = Image.open(io.BytesIO(image.locator(".tk-layers").screenshot()))
    found = shot.convert("RGB").getpixel((int(box["width"] * place), 4))
    assert isinstance(found, tuple)
    return found
