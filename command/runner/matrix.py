# SPDX-License-Identifier: Apache-2.0
"""The scenario matrix as tests: one job for each cell."""
from __future__ import annotations

from .cases import Context, Job


class MatrixError(Exception):
    """The matrix cannot be made: a personality does not parse, an image is missing."""


def jobs(context: Context, globs: list[str]) -> list[Job]:
    return []


def commands(context: Context, globs: list[str]) -> list[list[str]]:
    return []
