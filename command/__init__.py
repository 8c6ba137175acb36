# SPDX-License-Identifier: Apache-2.0
"""The parts of ./portcullis. Imported as command.NAME; each part can be read and tested alone."""
