"""Arguments of public functions: TypeError for wrong types, ConvcostError for values, at once."""

from __future__ import annotations

import inspect
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import convcost
from convcost import testing
from convcost.analysis.rf.layer_paths import Spread
from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = str(Path(__file__).parent.parent / "specs" / "dcn_v2_tiny.yaml")
HUGE = 10**5000  # which Python refuses to write out


class Named(NamedTuple):
    """An ``os.PathLike`` of anything."""

    path: Any

    def __fspath__(self) -> Any:
        return self.path


NETWORK = convcost.load(SPEC)
TINY = convcost.load("tiny.yaml", read=lambda _: b"{input: [1, 3], layers: [relu]}")
ANALYSIS = convcost.analyze(NETWORK)
COMPARISON = convcost.compare(ANALYSIS, ANALYSIS)
LAYER = NETWORK.layers[0]
DETAIL = convcost.detail(NETWORK, LAYER.name)
assert DETAIL.map is not None
assert DETAIL.paths is not None
SPREAD = DETAIL.paths.lengths
assert isinstance(SPREAD, Spread)
TARGET = LAYER.outputs[0]

WRONG: list[Any] = [
    *(None, -1, -3, 1.5, float("nan"), float("inf"), HUGE, -HUGE, 1j, b"specs", b""),
    *("", "nope", "nöpe\0", "\ud800", "x" * 5000, "nope/", "float33"),
    *([], {}, {"a": 1}, {1: 2}, {"a": None}, {"a": [1, -2]}, {"a": "3x3"}, {"": [0]}, {"a": HUGE}),
    *([1, "a"], ["zz"], [None], [[1]], [HUGE], [True], {0}, range(3), (i for i in range(3))),
    *(object(), Named("nope"), Named(b"specs"), Named(3), Path("nope.onnx"), True, False),
    *(TINY, ANALYSIS, convcost.Network("empty"), convcost.Tensor("apart", (1, 1))),
]


def budget_of(path: Any, **more: Any) -> None:
    testing.assert_budget(path, **more)


def check_of(path: Any, **more: Any) -> object:
    return convcost.check(path, **more)


def compared(first: Any, other: Any) -> object:
    return convcost.compare(first, other)


def tools_of(network: Any, tool: Any) -> object:
    return convcost.reconcile(network, tool)


def reads_of(output: Any) -> object:
    return [*LAYER.reads(output)]


CHECK: dict[str, Any] = {"base": "none", "baseline": None, "config": None, "strict": False}
CALLS: dict[str, tuple[Callable[..., object], dict[str, Any]]] = {
    "analyze": (convcost.analyze, {"network": NETWORK}),
    "assert_budget": (budget_of, {"path": SPEC}),
    "check": (check_of, {"path": SPEC}),
    "compare": (compared, {"first": ANALYSIS, "other": ANALYSIS}),
    "detail": (convcost.detail, {"network": NETWORK, "name": LAYER.name}),
    "explain": (convcost.explain, {"what": NETWORK, "layer": LAYER.name}),
    "export": (convcost.export, {"network": TINY, "path": "net.onnx"}),
    "lint": (convcost.lint, {"network": NETWORK}),
    "load": (convcost.load, {"path": SPEC}),
    "positions_read": (
        convcost.positions_read,
        {"network": NETWORK, "tensor": TARGET, "units": {2: 0}},
    ),
    "price": (convcost.price, {"path": SPEC, "names": ["channels"]}),
    "reconcile": (tools_of, {"network": NETWORK, "tool": "fvcore"}),
    "rf": (convcost.rf, {"network": NETWORK}),
    "sweep": (convcost.sweep, {"path": SPEC, "axes": ["channels=8,16"]}),
    "verify": (convcost.verify, {"network": TINY}),
    "Network.layer": (NETWORK.layer, {}),
    "Network.spatial_axes": (NETWORK.spatial_axes, {}),
    "Layer.reads": (reads_of, {}),
    "Comparison.groups": (COMPARISON.groups, {}),
    "Comparison.rows.cost": (COMPARISON.rows[0].cost, {"design": 0, "metric": "macs"}),
    "Comparison.rows.difference": (COMPARISON.rows[0].difference, {"design": 0, "metric": "macs"}),
    "Detail.map.middle": (DETAIL.map.middle, {}),
    "Detail.map.touched_along": (DETAIL.map.touched_along, {}),
    "Detail.paths.lengths.middle": (SPREAD.middle, {}),
}
"""Functions, with arguments that they take."""


def names_of(call: str) -> list[str]:
    function, _ = CALLS[call]
    given = inspect.signature(function).parameters.values()
    named = [one.name for one in given if one.kind is not inspect.Parameter.VAR_KEYWORD]
    return named if len(named) == len(given) else [*named, *CHECK]


def test_every_public_function_is_called() -> None:
    public = {name for name in convcost.__all__ if not isinstance(getattr(convcost, name), type)}
    # Arguments of `from_torch` are PyTorch's, which is not installed here.
    missing = (public | {"assert_budget"}) - {*CALLS, "from_torch"}
    assert not missing, f"tests/test_arguments.py: add {', '.join(sorted(missing))} to CALLS"


def raised_by(call: Callable[[], object]) -> Exception | None:
    try:
        call()
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("call", CALLS)
def test_wrong_arguments_end_as_documented(
    call: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    function, good = CALLS[call]
    for name in names_of(call):
        for value in WRONG:
            raised = raised_by(lambda: function(**{**good, name: value}))  # noqa: B023 - at once
            if isinstance(raised, TypeError):  # at the door, not of something deep inside
                where = Path(traceback.extract_tb(raised.__traceback__)[-1].filename)
                assert where.name == "arguments.py", (name, type(value), where)
            elif raised is not None:
                assert isinstance(raised, ConvcostError), (name, type(value))


@pytest.mark.parametrize("call", ["analyze", "assert_budget", "check", "compare", "detail", "load"])
@pytest.mark.parametrize("kind", ["TypeError", "ConvcostError"])
def test_docstrings_say_so(call: str, kind: str) -> None:
    function = getattr(testing if call == "assert_budget" else convcost, call)
    if (call, kind) != ("compare", "ConvcostError"):
        assert f"\n    {kind}: " in (inspect.getdoc(function) or ""), call


SAID: list[tuple[Callable[[], object], type[Exception], str]] = [
    (
        lambda: convcost.load(SPEC, batch=-3),
        ConvcostError,
        "batch: at least 1 is wanted, and this is -3",
    ),
    (
        lambda: convcost.load(SPEC, batch=10**4000),
        ConvcostError,
        "batch: at most 1,099,511,627,776 is possible, and this is a number of 13,288 bits",
    ),
    (
        lambda: convcost.load(SPEC, batch=True),
        TypeError,
        "batch: a whole number is wanted, and this is a bool",
    ),
    (
        lambda: convcost.load(SPEC, dtype="float33"),
        ConvcostError,
        "dtype: `float33` is not a type of numbers\n"
        "  a type of numbers with a similar name exists: `float32`",
    ),
    (
        lambda: convcost.load(None),  # type: ignore[arg-type]
        TypeError,
        "path: a path, which is a str or a pathlib.Path, is wanted, and this is None",
    ),
    (
        lambda: convcost.load(SPEC, inputs={"input": "3x8x8"}),  # type: ignore[dict-item]
        TypeError,
        "inputs['input']: a list is wanted, and this is a str",
    ),
    (
        lambda: convcost.load(SPEC, read=lambda _: "text"),  # type: ignore[arg-type]
        TypeError,
        "what `read` returns: a bytes is wanted, and this is a str",
    ),
    (
        lambda: convcost.analyze(ANALYSIS),  # type: ignore[arg-type]
        TypeError,
        "network: a Network is wanted, and this is an Analysis",
    ),
    (
        lambda: convcost.analyze(convcost.Analysis),  # type: ignore[arg-type]
        TypeError,
        "network: a Network is wanted, and this is a type",
    ),
    (
        lambda: convcost.detail(NETWORK, LAYER.name, unit=[-1, 0]),
        ConvcostError,
        "unit[0]: at least 0 is wanted, and this is -1",
    ),
    (
        lambda: convcost.lint(NETWORK, select="CC101"),
        TypeError,
        "select: a list is wanted, and this is a str",
    ),
    (
        lambda: convcost.explain("conv", "layer"),
        ConvcostError,
        "layer: layers belong to a network: pass the network in place of a name",
    ),
    (
        lambda: convcost.check(SPEC, base="main", baseline="saved.json"),
        ConvcostError,
        "give either --base or --baseline",
    ),
    (
        lambda: COMPARISON.rows[0].cost(2, "macs"),
        ConvcostError,
        "design: at most 1 is possible, and this is 2",
    ),
]


@pytest.mark.parametrize(("call", "kind", "said"), SAID, ids=[said for *_, said in SAID])
def test_what_is_said(call: Callable[[], object], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind) as raised:
        call()
    assert str(raised.value) == said


def test_paths_are_texts_or_path_likes() -> None:
    here = convcost.analyze(convcost.load(Path(SPEC))).totals
    assert here == convcost.analyze(convcost.load(Named(SPEC))).totals == ANALYSIS.totals
    assert convcost.check(Path(SPEC)).failures == []


def test_numbers_of_numpy_are_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    size = (numpy.int64(3), numpy.int32(32), numpy.uint8(32))
    network = convcost.load(SPEC, inputs={"": size}, batch=numpy.int64(2))
    assert network.batch == 2
    assert {type(n) for tensor in network.inputs.values() for n in tensor.shape} == {int}
