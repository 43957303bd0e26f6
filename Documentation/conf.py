# SPDX-License-Identifier: GPL-2.0-only
"""Sphinx configuration; build.sh sets KERNEL_SOURCE, where kernel-doc comes from."""

import os
import sys

kernel_source = os.environ["KERNEL_SOURCE"]
sys.path.insert(0, os.path.join(kernel_source, "Documentation", "sphinx"))

project = "kdefer"
author = "the kdefer authors"
copyright = "the kdefer authors, GPL-2.0-only"

extensions = ["kerneldoc", "sphinx.ext.graphviz"]
kerneldoc_bin = os.path.abspath("kernel-doc.sh")
kerneldoc_srctree = os.path.abspath("..")

primary_domain = "c"
highlight_language = "none"
default_role = "code"
nitpicky = False
smartquotes = False

# What a declaration may have besides types and names.
c_id_attributes = ["__cold", "__init", "__exit"]
c_paren_attributes = ["__printf"]

# Drawn when the manual is built, and sharp at every size.
graphviz_output_format = "svg"

html_theme = "furo"
html_title = "kdefer"
html_show_sourcelink = False
html_copy_source = False

# (document, name, description, authors, section)
man_pages = [
    ("concept", "kdefer", "defer, panic, recover and goexit for kernel threads", "", 7),
    ("context", "kdefer-context", "which call is allowed in which context", "", 7),
    ("skipped-frames", "kdefer-skipped-frames", "what a panic leaves behind", "", 7),
    ("fatal", "kdefer-fatal", "errors that are never recovered", "", 7),
    ("uncaught", "kdefer-uncaught", "panics that nobody recovered", "", 7),
    ("kdefer-trace", "kdefer-trace", "a page of what kdefer did, from its events", "", 1),
    ("kdefer-gdb", "kdefer-gdb", "what kdefer keeps of a thread, in gdb", "", 7),
    ("kdefer-drgn", "kdefer-drgn", "what kdefer keeps of a thread, in drgn", "", 7),
    ("metrics", "kdefer-metrics", "kdefer's counts for Prometheus, and bpftrace one-liners", "", 8),
    ("go", "kdefer-go", "where kdefer differs from Go", "", 7),
]
man_make_section_directory = True
