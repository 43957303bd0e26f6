# SPDX-License-Identifier: GPL-2.0-only
#
# For a driver that is converted to kdefer: each of its KDEFER functions makes an errno of a panic,
# and a panic of a fault.

/^static .*KDEFER_DEFINE/,/^}/ {
	/^{$/a\
	kdefer_recover_result();\
	kdefer_set_panic_on_fault(true);
}
