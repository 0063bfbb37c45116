"""The allowance of a question: counted, added up, and refused with the place."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, NamedTuple

import pytest

from convcost.allowance import (
    MOST_MEMORY,
    MOST_WORK,
    WORK_A_LAYER,
    Allowance,
    Exhausted,
    TooMuch,
    affords,
    allowing,
    answering,
    at,
    at_each,
    layer_added,
    memory,
    reading,
    work,
)
from convcost.errors import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

FIX = "  smaller sizes take less: those of the layer's fields, or of the input"


class Placed(NamedTuple):
    name: str
    origin: Source | None = None


class Layers(NamedTuple):
    layers: Sequence[Placed]


WRITTEN = Placed("pool", Source("net.yaml", 3, 5))


def said() -> str:
    """The message about one step too many."""
    with pytest.raises(TooMuch) as refused:
        work(1, "a loop")
    return str(refused.value)


def test_steps_add_up_over_a_question() -> None:
    with allowing(Allowance(steps=10)):
        work(6, "the first loop")
        with pytest.raises(TooMuch) as refused:
            work(5, "the second loop")
        work(4, "a loop that is small enough")
    assert str(refused.value) == f"the second loop takes 11 steps, more than the 10 allowed\n{FIX}"


def test_bytes_are_those_held_at_once() -> None:
    with allowing(Allowance(most=100)):
        memory(100, "an array")
        memory(100, "another one, when the first is gone")
        with pytest.raises(TooMuch, match="one takes 101 bytes, more than the 100 "):
            memory(101, "a large one")


def test_without_a_question_each_request_stands_alone() -> None:
    for _ in range(3):
        work(MOST_WORK, "a loop")
    with pytest.raises(TooMuch):
        work(MOST_WORK + 1, "a loop")
    with pytest.raises(TooMuch):
        memory(MOST_MEMORY + 1, "an array")


def test_what_can_be_done_without_leaves_half() -> None:
    with allowing(Allowance(steps=10)):
        assert affords(3)
        assert affords(2)
        assert not affords(1)
        work(5, "what is needed")


def test_a_layer_more_allows_more() -> None:
    with allowing(Allowance(steps=10)):
        layer_added()
        work(10 + WORK_A_LAYER, "a loop")
        with pytest.raises(TooMuch):
            work(1, "a loop")


def test_an_error_names_the_layer_that_is_looked_at() -> None:
    with allowing(Allowance(steps=0)):
        for _ in at_each([WRITTEN]):
            assert said() == (
                "net.yaml:3:5: layer 'pool': a loop takes 1 steps, more than the 0 allowed\n" + FIX
            )
        reading("model.onnx")
        for _ in at_each([Placed("a\x1b[0m")]):
            assert said().startswith("model.onnx: layer 'a�[0m': a loop takes")
        assert said().startswith("model.onnx: a loop takes")


def test_a_loop_that_is_left_is_no_place_of_the_next_question() -> None:
    @answering
    def ask() -> None:
        for _ in at_each([WRITTEN, WRITTEN]):
            return

    with allowing(Allowance(steps=0)):
        ask()
        assert said().startswith("a loop takes")


def test_an_error_survives_a_pickle() -> None:
    with allowing(Allowance(steps=0)), pytest.raises(TooMuch) as refused, at(WRITTEN):
        work(1, "a loop")
    again = pickle.loads(pickle.dumps(refused.value))
    assert (str(again), again.needed) == (str(refused.value), 1)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (MemoryError("12 GiB"), "there is not enough memory"),
        (RecursionError("1000 frames"), "what is written here is nested too deeply"),
    ],
)
def test_running_out_ends_in_a_sentence_with_the_place(error: Exception, says: str) -> None:
    where = f"net.yaml:3:5: layer 'pool': {says}\n"

    def fail() -> None:
        for _ in at_each([WRITTEN]):
            raise error

    with pytest.raises(Exhausted) as first, allowing(Allowance()), at(WRITTEN):
        raise error
    with pytest.raises(Exhausted) as second, allowing(Allowance()):
        fail()
    assert str(first.value).startswith(where)
    assert str(second.value).startswith(where)
    assert first.value.exit_code == 2


def test_functions_answer_as_part_of_the_question() -> None:
    taken: list[int] = []

    @answering
    def ask(network: Layers, steps: int) -> int:
        work(steps, "a loop")
        taken.append(steps)
        return len(network.layers)

    network = Layers([WRITTEN] * 3)
    assert ask(network, MOST_WORK + 3 * WORK_A_LAYER) == 3  # each has an allowance of its own
    assert ask(network, steps=MOST_WORK) == 3
    with allowing(Allowance(steps=10)):
        ask(network, 6)
        with pytest.raises(TooMuch):
            ask(network, 6)
    assert taken == [MOST_WORK + 3 * WORK_A_LAYER, MOST_WORK, 6]
