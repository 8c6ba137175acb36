# SPDX-License-Identifier: Apache-2.0
"""The test runner: sources of jobs (unit, checks, system, matrix), a schedule, a report."""
