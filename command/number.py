# SPDX-License-Identifier: Apache-2.0
"""Numbers on a command line: types for argparse that name what they allow."""
from __future__ import annotations

import argparse
from collections.abc import Callable


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """A whole number; also as 0x10."""
    def read(text: str) -> int:
        value = _parse(text, lambda: int(text, 0))
        if value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"{text} is not {least} or more" if most is None
                                             else f"{text} is not in {least}..{most}")
        return value
    return read


def positive(text: str) -> float:
    """Above zero, such as seconds."""
    value = _parse(text, lambda: float(text))
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def _parse(text: str, parse: Callable):
    try:
        return parse()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a number") from error


jobs = whole(1, 64)
seed = whole(0, 2 ** 32 - 1)
