# SPDX-License-Identifier: GPL-2.0-only
"""The platforms that kdefer is tested on; see scripts/vm."""
