# SPDX-License-Identifier: Apache-2.0
"""Mutation testing of hypervisor/core: where a fault can be put, and which tests notice it."""
