# SPDX-License-Identifier: Apache-2.0
"""The bench: counts made by a QEMU plugin (bench/entries.c), tables of them, and their record."""
