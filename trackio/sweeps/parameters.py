"""One parameter of a sweep: which values it may take, and how they are drawn.

The distributions are those of wandb's sweep configuration. Optuna draws; those that it does not have are drawn as a
number between 0 and 1 and turned into a value by the inverse of their cumulative distribution.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, TypeAlias

from trackio.errors import UsageError

MOST_GRID = 100_000
"""More values than this are no grid."""


Trial: TypeAlias = Any
"""An ``optuna.Trial``, which is imported where a sweep runs and not before."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, by what can be done with it."""

    draw: Callable[[Trial, str], Any]
    """The value that a trial takes, under this name."""
    grid: Callable[[], list[Any] | None]
    """All values there are, or None when there is no end of them."""


def parameter(name: str, spec: Any) -> Parameter:
    """The parameter that a configuration describes; raises UsageError, which names it."""
    if not isinstance(spec, Mapping):
        raise UsageError(f"Parameter {name!r} is a dict, such as {{'values': [1, 2]}} or {{'min': 0, 'max': 1}}.")
    kind = spec.get("distribution")
    if "value" in spec or kind == "constant":
        _need(name, spec, "value")
        return _values([spec["value"]])
    if "values" in spec:
        return _choice(name, spec)
    if kind is None:
        _need(name, spec, "min", "max")
        both_whole = all(type(spec[end]) is int for end in ("min", "max"))
        kind = "int_uniform" if both_whole else "uniform"
    make = _DISTRIBUTIONS.get(kind)
    if make is None:
        known = ", ".join(["constant", "categorical", *_DISTRIBUTIONS])
        raise UsageError(f"Parameter {name!r} has an unknown distribution {kind!r}. There are {known}.")
    try:
        return make(name, spec)
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"Parameter {name!r} cannot be drawn: {error}.") from None


def _choice(name: str, spec: Mapping[str, Any]) -> Parameter:
    values = spec["values"]
    if not isinstance(values, (list, tuple)) or not values:
        raise UsageError(f"Parameter {name!r} needs a list of values.")
    weights = spec.get("probabilities")
    if weights is None:
        return _values(values)
    if len(weights) != len(values) or min(weights) < 0 or not math.isclose(sum(weights), 1, abs_tol=1e-6):
        raise UsageError(f"Parameter {name!r} needs a probability a value, and these must add up to 1.")

    def draw(trial: Trial, as_name: str) -> Any:
        left = trial.suggest_float(as_name, 0.0, 1.0)
        for value, weight in zip(values, weights, strict=True):
            left -= weight
            if left < 0:
                return value
        return values[-1]

    return Parameter(draw, lambda: list(values))


def _values(values: Sequence[Any]) -> Parameter:
    def draw(trial: Trial, name: str) -> Any:
        # By number: a value may be a list, which Optuna does not store.
        return values[0] if len(values) == 1 else values[trial.suggest_categorical(name, range(len(values)))]

    return Parameter(draw, lambda: list(values))


def _uniform(name: str, spec: Mapping[str, Any]) -> Parameter:
    low, high = _range(name, spec)
    return Parameter(lambda trial, as_name: trial.suggest_float(as_name, low, high), _endless)


def _q_uniform(name: str, spec: Mapping[str, Any]) -> Parameter:
    low, high = _range(name, spec)
    step = _step(name, spec)

    def grid() -> list[Any] | None:
        count = math.floor((high - low) / step + 1e-9) + 1
        return [_rounded(low + k * step, step) for k in range(count)] if count <= MOST_GRID else None

    last = low + math.floor((high - low) / step + 1e-9) * step

    def draw(trial: Trial, as_name: str) -> Any:
        return _rounded(trial.suggest_float(as_name, low, last, step=step), step)

    return Parameter(draw, grid)


def _int_uniform(name: str, spec: Mapping[str, Any]) -> Parameter:
    low, high = (int(end) for end in _range(name, spec))

    def grid() -> list[Any] | None:
        return list(range(low, high + 1)) if high - low < MOST_GRID else None

    return Parameter(lambda trial, as_name: trial.suggest_int(as_name, low, high), grid)


def _log_uniform_values(name: str, spec: Mapping[str, Any]) -> Parameter:
    low, high = _range(name, spec)
    if low <= 0:
        raise UsageError(f"Parameter {name!r} is drawn by its logarithm, so min is more than 0.")
    return Parameter(lambda trial, as_name: trial.suggest_float(as_name, low, high, log=True), _endless)


def _log_uniform(name: str, spec: Mapping[str, Any]) -> Parameter:
    low, high = _range(name, spec)
    return _log_uniform_values(name, {"min": math.exp(low), "max": math.exp(high)})


def _inv_log_uniform_values(name: str, spec: Mapping[str, Any]) -> Parameter:
    """Values whose inverse is drawn by its logarithm, which is the logarithm of the value again."""
    return _log_uniform_values(name, spec)


def _inv_log_uniform(name: str, spec: Mapping[str, Any]) -> Parameter:
    low, high = _range(name, spec)
    return _log_uniform_values(name, {"min": math.exp(-high), "max": math.exp(-low)})


def _normal(name: str, spec: Mapping[str, Any]) -> Parameter:
    found = NormalDist(float(spec.get("mu", 0.0)), float(spec.get("sigma", 1.0)))
    if found.stdev <= 0:
        raise UsageError(f"Parameter {name!r} needs a sigma of more than 0.")
    return Parameter(lambda trial, as_name: found.inv_cdf(trial.suggest_float(as_name, 1e-9, 1 - 1e-9)), _endless)


def _log_normal(name: str, spec: Mapping[str, Any]) -> Parameter:
    inner = _normal(name, spec)
    return Parameter(lambda trial, as_name: math.exp(inner.draw(trial, as_name)), _endless)


def _beta(name: str, spec: Mapping[str, Any]) -> Parameter:
    a, b = float(spec.get("a", 1.0)), float(spec.get("b", 1.0))
    if a <= 0 or b <= 0:
        raise UsageError(f"Parameter {name!r} needs an a and a b of more than 0.")
    inverse = _inverse_beta(a, b)
    return Parameter(lambda trial, as_name: inverse(trial.suggest_float(as_name, 0.0, 1.0)), _endless)


def _quantized(make: Callable[[str, Mapping[str, Any]], Parameter]) -> Callable[[str, Mapping[str, Any]], Parameter]:
    def quantized(name: str, spec: Mapping[str, Any]) -> Parameter:
        inner, step = make(name, spec), _step(name, spec)
        return Parameter(
            lambda trial, as_name: _rounded(round(inner.draw(trial, as_name) / step) * step, step), _endless
        )

    return quantized


def _inverse_beta(a: float, b: float) -> Callable[[float], float]:
    """The inverse of the cumulative distribution, by a table: sums of the density at 10,000 places."""
    import numpy as np

    at = (np.arange(10_000) + 0.5) / 10_000
    density = np.exp((a - 1) * np.log(at) + (b - 1) * np.log1p(-at))
    total = np.cumsum(density)
    total /= total[-1]
    return lambda share: float(np.interp(share, total, at))


def _range(name: str, spec: Mapping[str, Any]) -> tuple[float, float]:
    _need(name, spec, "min", "max")
    low, high = spec["min"], spec["max"]
    for end in (low, high):
        if isinstance(end, bool) or not isinstance(end, (int, float)) or not math.isfinite(end):
            raise UsageError(f"Parameter {name!r} needs numbers as min and max, not {end!r}.")
    if low > high:
        raise UsageError(f"Parameter {name!r} has min {low} over max {high}.")
    return low, high


def _step(name: str, spec: Mapping[str, Any]) -> float:
    step = spec.get("q", 1.0)
    if isinstance(step, bool) or not isinstance(step, (int, float)) or not step > 0:
        raise UsageError(f"Parameter {name!r} needs a step q of more than 0, not {step!r}.")
    return step


def _rounded(value: float, step: float) -> float | int:
    """Without the dust of binary fractions; whole where the step is."""
    return round(value) if float(step).is_integer() else float(f"{value:.12g}")


def _need(name: str, spec: Mapping[str, Any], *keys: str) -> None:
    for key in keys:
        if key not in spec:
            raise UsageError(f"Parameter {name!r} needs {key!r}: it has {', '.join(map(repr, spec)) or 'nothing'}.")


def _endless() -> list[Any] | None:
    return None


_DISTRIBUTIONS: Mapping[str, Callable[[str, Mapping[str, Any]], Parameter]] = {
    "uniform": _uniform,
    "q_uniform": _q_uniform,
    "int_uniform": _int_uniform,
    "log_uniform": _log_uniform,
    "log_uniform_values": _log_uniform_values,
    "q_log_uniform": _quantized(_log_uniform),
    "q_log_uniform_values": _quantized(_log_uniform_values),
    "inv_log_uniform": _inv_log_uniform,
    "inv_log_uniform_values": _inv_log_uniform_values,
    "normal": _normal,
    "q_normal": _quantized(_normal),
    "log_normal": _log_normal,
    "q_log_normal": _quantized(_log_normal),
    "beta": _beta,
    "q_beta": _quantized(_beta),
}
