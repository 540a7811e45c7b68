"""Floating point numbers as TensorFlow Serving writes them: the fewest digits of two choices that read back."""

import math

import numpy as np
from numpy.typing import NDArray

# C's %g with 6 digits where that reads back to the same value, else with as many as make every value of the type unique.
_EXACT_DIGITS = {4: 9, 8: 17}
_LARGEST_FLOAT = 3.4028234e38
# Powers of ten up to here are exact in a double, so one product or quotient with them is the double nearest to the decimal.
_EXACT_POWER = 22
_NOT_FINITE = "%.0s"  # takes the value from the arguments and prints nothing of it


def decimal(value: float) -> str:
    """One double as an error shows it: as float32 where it is in that range."""
    small = -_LARGEST_FLOAT <= value <= _LARGEST_FLOAT
    return decimals(np.array([value], np.float32 if small else np.float64))[0]


def decimals(values: NDArray[np.floating]) -> list[str]:
    """The text of every value of a one-dimensional float32 or float64 array, ``.0`` and NaN and Infinity included."""
    if not values.size:
        return []
    digits = _EXACT_DIGITS[values.itemsize]
    doubles = values.astype(np.float64)
    short = _reads_back(values, doubles)
    size = np.abs(doubles)
    # %g drops the point of a whole number that it does not write with an exponent.
    bare = (doubles == np.rint(doubles)) & (size < np.where(short, 1e6, 10.0**digits))
    formats = np.array(["%.6g", "%.6g.0", f"%.{digits}g", f"%.{digits}g.0"], dtype=object)
    chosen = formats[2 * ~short + bare]
    if not np.isfinite(doubles).all():
        chosen[np.isnan(doubles)] = "NaN" + _NOT_FINITE
        chosen[doubles == np.inf] = "Infinity" + _NOT_FINITE
        chosen[doubles == -np.inf] = "-Infinity" + _NOT_FINITE
    # One format for all values: a format call for each costs several times as much.
    return (" ".join(chosen.tolist()) % tuple(doubles.tolist())).split(" ")


def _reads_back(values: NDArray[np.floating], doubles: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which values are kept by 6 significant digits, found by arithmetic: writing and reading them all is far slower."""
    with np.errstate(all="ignore"):
        power = np.floor(np.log10(np.abs(doubles))) - 5
        exact = np.abs(power) <= _EXACT_POWER
        scale = 10.0 ** np.where(exact, np.abs(power), 0)
        rounded = np.where(power < 0, np.rint(doubles * scale) / scale, np.rint(doubles / scale) * scale)
        same = rounded.astype(values.dtype) == values
    # Few numbers are that small or large, or 0 or not finite: these are written and read one by one.
    for index in np.flatnonzero(~exact):
        value = doubles[index]
        same[index] = not value or (math.isfinite(value) and _same(value, values.dtype))
    return same


def _same(value: float, dtype: np.dtype[np.floating]) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.array(f"{value:.6g}").astype(dtype) == dtype.type(value))


def shortest(value: float) -> str:
    """A finite double as RapidJSON's own writer prints it: the fewest digits that read back, plain from 1e-6 to 1e21."""
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    before, _, after = mantissa.partition(".")
    digits = (before + after).strip("0") or "0"
    if digits == "0":
        return f"{sign}0.0"
    leading = len(before + after) - len((before + after).lstrip("0"))
    point = len(before) - leading + int(exponent or 0)
    if len(digits) <= point <= 21:
        return f"{sign}{digits}{'0' * (point - len(digits))}.0"
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{point - 1}"
