# SPDX-License-Identifier: Apache-2.0
"""Loaders that start Portcullis in place of QEMU and the project's own firmware."""
