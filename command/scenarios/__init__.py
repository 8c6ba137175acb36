# SPDX-License-Identifier: Apache-2.0
"""Boots of {host x hypervisor x firmware}, each judged by what its console said."""
