# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/defer.c: a slot holds a newer record than the linked ones
/^	d->fn = fn;/i\
	{\
		const u32 last = KDEFER_SLOTS - 1;\
		kdefer_any_fn slot_fn = frame->slot[last].fn;\
		void *slot_arg = frame->slot[last].arg;\
		bool slot_token = frame->flags \& KDEFER_TOKEN(last);\
\
		frame->slot[last].fn = fn;\
		frame->slot[last].arg = arg;\
		frame->flags = (frame->flags \& ~KDEFER_TOKEN(last)) | (u32)token << last;\
		fn = slot_fn;\
		arg = slot_arg;\
		token = slot_token;\
	}
