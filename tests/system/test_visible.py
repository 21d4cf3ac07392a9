"""Which GPUs a process uses, by its environment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.system.visible import Listed, Seen, visible

UUIDS = ("GPU-8932f937-d72c", "GPU-8932aaaa-0000", "GPU-11111111-2222", "GPU-33333333-4444")
GPUS = tuple(Listed(uuid) for uuid in UUIDS)
SLICED = (
    Listed("GPU-a", is_mig=True, slices=("MIG-a1", "MIG-a2")),
    Listed("GPU-b"),
    Listed("GPU-c", is_mig=True, slices=("MIG-c1",)),
    Listed("GPU-d", is_mig=True, slices=()),
)


def places(named: str | None, gpus: tuple[Listed, ...] = GPUS, order: str | None = "PCI_BUS_ID") -> list[int]:
    return [seen.place for seen in visible(gpus, named, order=order)]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (None, [0, 1, 2, 3]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("0", [0]),
        ("2,1", [2, 1]),
        # The example of CUDA's programming guide.
        ("0,2,-1,1", [0, 2]),
        ("0,9,1", [0]),
        ("9", []),
        ("1, 3", [1, 3]),
        (" 2", [2]),
        ("1gpu,2ampere", [1, 2]),
        ("0-2", [0]),
        ("+1", [1]),
        ("1,,2", [1]),
        ("0,1,0", []),
        ("9" * 5000, []),
        ("٣", []),
        ("GPU-8932f937-d72c", [0]),
        ("GPU-11111111-2222,GPU-8932f937-d72c", [2, 0]),
        ("GPU-1", [2]),
        ("GPU-33,GPU-11", [3, 2]),
        # The beginning of two, which is that of none.
        ("GPU-8932", []),
        ("GPU-11,GPU-8932,GPU-33", [2]),
        ("GPU-ffff,GPU-11", []),
        ("GPU-11,GPU-1111", []),
        # A list is of one kind, by its first entry.
        ("GPU-11,0", [2]),
        ("0,GPU-11", [0]),
        ("8932f937-d72c", []),
        ("MIG-1", []),
        ("MIG-GPU-11111111-2222/1/0", [2]),
        (",", []),
        ("GPU-", []),
    ],
)
def test_a_process_uses_what_cuda_shows_it(named: str | None, expected: list[int]) -> None:
    assert places(named) == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        # Of MIG devices a process gets one, and no whole GPU besides.
        (None, [0]),
        ("1", [1]),
        ("1,0", [0]),
        ("2,1", [2]),
        # Nobody can use what has no slice.
        ("3", []),
        ("3,1", [1]),
        ("GPU-a", [0]),
        ("MIG-a2", [0]),
        ("MIG-c1,MIG-a1", [2]),
        ("MIG-c", [2]),
        ("MIG-a", []),
        ("MIG-x", []),
        ("MIG-GPU-c/7/0", [2]),
        ("MIG-GPU-c", [2]),
        ("MIG-GPU-x/7/0", []),
        ("MIG-GPU-c/7/0/1", []),
    ],
)
def test_a_slice_is_measured_by_the_whole_gpu_and_noted(named: str | None, expected: list[int]) -> None:
    found = visible(SLICED, named, order="PCI_BUS_ID")
    assert [seen.place for seen in found] == expected
    assert all(("mig" in seen.notes) is SLICED[seen.place].is_mig for seen in found)


def test_a_slice_that_the_driver_does_not_tell_of_is_the_only_such_gpus() -> None:
    hidden = Listed("GPU-a", is_mig=True, slices=None)
    assert places("MIG-77", (Listed("GPU-b"), hidden)) == [1]
    assert places("MIG-77", (hidden, hidden)) == []


@pytest.mark.parametrize(
    ("named", "order", "is_unsure"),
    [
        ("1", None, True),
        ("1", "FASTEST_FIRST", True),
        ("1", "PCI_BUS_ID", False),
        # All of them are all of them in any order.
        ("3,2,1,0", None, False),
        (None, None, False),
        ("GPU-11", None, False),
    ],
)
def test_a_number_is_noted_where_cuda_may_count_otherwise(
    named: str | None, order: str | None, is_unsure: bool
) -> None:
    found = visible(GPUS, named, order=order)
    assert found
    assert all(seen.notes == (("order",) if is_unsure else ()) for seen in found)
    assert visible(GPUS[:1], "0", order=None) == (Seen(0),)


@pytest.mark.parametrize(
    ("named", "cuda", "expected"),
    [
        # CUDA counts the other way round here.
        ("0", ["33333333-4444"], (Seen(3),)),
        ("0,1", ["GPU-33333333-4444", "GPU-11111111-2222"], (Seen(3), Seen(2))),
        # The variable was changed after CUDA had read it.
        (None, ["11111111-2222"], (Seen(2),)),
        # Of a device that the driver does not list, nothing follows.
        ("0", ["77777777"], (Seen(0, ("order",)),)),
        ("0", None, (Seen(0, ("order",)),)),
    ],
)
def test_what_cuda_gave_settles_it(named: str | None, cuda: list[str] | None, expected: tuple[Seen, ...]) -> None:
    assert visible(GPUS, named, cuda=cuda) == expected


def test_cuda_names_slices_by_their_own_identity() -> None:
    assert visible(SLICED, "0", cuda=["c1"]) == (Seen(2, ("mig",)),)


def test_a_gpu_that_does_not_answer_keeps_its_place() -> None:
    gpus = (Listed(None), *GPUS)
    assert places("1", gpus) == [1]
    assert places("GPU-11", gpus) == [3]
    assert places(None, gpus) == [0, 1, 2, 3, 4]
    assert visible(gpus, None, cuda=["11111111-2222"]) == (Seen(3),)


@given(
    named=st.text(max_size=30) | st.lists(st.sampled_from([*UUIDS, "GPU-8", "MIG-a1", "0", "1", "-1"])).map(",".join)
)
def test_any_text_gives_gpus_that_are_there_each_once(named: str) -> None:
    for gpus in (GPUS, SLICED, ()):
        found = places(named, gpus)
        assert len(set(found)) == len(found)
        assert set(found) <= set(range(len(gpus)))
