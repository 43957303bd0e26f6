# SPDX-License-Identifier: GPL-2.0-only
"""Reads kdefer's events, and shows what became of each panic."""
