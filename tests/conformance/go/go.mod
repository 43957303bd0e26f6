// SPDX-License-Identifier: GPL-2.0-only
module conformance

go 1.27
