# SPDX-License-Identifier: Apache-2.0
"""Bare Debian machines in a directory, for tests of what happens on somebody's first day."""
