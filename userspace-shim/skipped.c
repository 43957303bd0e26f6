// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of the stack that a panic gives up, in user space. Code that uses kdefer is known by a
 * note, which <kdefer/skip.h> puts into each file that includes it: a program or a library without
 * one, as the C library, is somebody else's.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <link.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unwind.h>

#include "../kmod/core/impl.h"
#include "linux/kshim-impl.h"

#include <linux/wait.h>

/* Others' code, in more files than these, is not known. */
#define KDEFER_OTHERS	64

/* There is none in a program without a loader. */
#pragma weak _DYNAMIC

/* Formats of numbers in the compiler's tables, as DWARF names them. */
#define DW_EH_PE_ULEB128	0x01
#define DW_EH_PE_UDATA4		0x03
#define DW_EH_PE_OMIT		0xff

/* What sanitizers say of variables does not hold for the stack as a whole. */
#define KDEFER_NO_SANITIZER	__attribute__((no_sanitize("address", "thread", "undefined")))

struct kdefer_code {
	unsigned long start;
	unsigned long end;
};

/*
 * The code of files without the note, as of so many that were loaded and unloaded; the last file,
 * if it and all before it stay for ever; whether one that has the note has tables of what is
 * pending where; and where the program is, and all other files.
 */
struct kdefer_others {
	unsigned long long loaded;
	unsigned long long unloaded;
	const struct link_map *last;
	bool tables;
	struct kdefer_code program;
	struct kdefer_code libraries;
	unsigned int nr;
	unsigned long lowest;
	unsigned long highest;
	struct kdefer_code code[KDEFER_OTHERS];
};

static __thread struct kdefer_others kdefer_others __attribute__((tls_model("initial-exec")));

/* As the kernel's module parameter, an environment variable: KDEFER_STRICT=off, warn, throw. */
static enum kdefer_strict kdefer_read_strict(void)
{
	static const char * const names[] = {
		[KDEFER_STRICT_OFF] = "off",
		[KDEFER_STRICT_WARN] = "warn",
		[KDEFER_STRICT_THROW] = "throw",
	};
	const char *strict = getenv("KDEFER_STRICT");
	unsigned int i;

	if (!strict || !*strict)
		return KDEFER_STRICT_WARN;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(strict, names[i]))
			return i;
	pr_err("kdefer: KDEFER_STRICT=%s: use off, warn or throw\n", strict);
	return KDEFER_STRICT_WARN;
}

static enum kdefer_strict kdefer_strict = KDEFER_STRICT_WARN;

__attribute__((constructor))
static void kdefer_strict_init(void)
{
	kdefer_strict = kdefer_read_strict();
}

enum kdefer_strict kdefer_host_strict(void)
{
	return kdefer_strict;
}

static size_t kdefer_note_align(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* The type of kdefer's notes among these, that with tables first; 0 if there is none. */
static unsigned int kdefer_find_note(const char *notes, size_t size)
{
	unsigned int type = 0;

	while (size >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)notes;
		const char *name = notes + sizeof(*note);
		size_t len = sizeof(*note) + kdefer_note_align(note->n_namesz) +
			     kdefer_note_align(note->n_descsz);

		if (len > size)
			break;
		if (note->n_namesz == sizeof("kdefer") && !memcmp(name, "kdefer", sizeof("kdefer")))
			type = max(type, note->n_type);
		notes += len;
		size -= len;
	}
	return type;
}

/* Notes the tables, too. */
static bool kdefer_uses_kdefer(const struct dl_phdr_info *info)
{
	unsigned int i, type = 0;

	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type == PT_NOTE)
			type = max(type, kdefer_find_note((const char *)(info->dlpi_addr +
									 ph->p_vaddr),
							  ph->p_memsz));
	}
	if (type == KDEFER_NOTE_TABLES)
		kdefer_others.tables = true;
	return type;
}

static bool kdefer_is_at(unsigned long address, const struct kdefer_code *place)
{
	return address - place->start < place->end - place->start;
}

static void kdefer_add_other(const struct dl_phdr_info *info, const ElfW(Phdr) *ph)
{
	struct kdefer_others *o = &kdefer_others;
	struct kdefer_code *code = &o->code[o->nr];

	if (o->nr == KDEFER_OTHERS || ph->p_type != PT_LOAD || !(ph->p_flags & PF_X))
		return;
	code->start = info->dlpi_addr + ph->p_vaddr;
	code->end = code->start + ph->p_memsz;
	o->nr++;
	/* That of the vDSO is called by the C library, and lies far from all other code. */
	if (kdefer_is_at(getauxval(AT_SYSINFO_EHDR), code))
		return;
	o->lowest = min(o->lowest, code->start);
	o->highest = max(o->highest, code->end);
}

static void kdefer_note_place(struct kdefer_code *place, const struct dl_phdr_info *info)
{
	unsigned int i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type != PT_LOAD)
			continue;
		place->start = min(place->start, info->dlpi_addr + ph->p_vaddr);
		place->end = max(place->end, info->dlpi_addr + ph->p_vaddr + ph->p_memsz);
	}
}

/*
 * The file of the loader, if it is the last one. So it is in a program that has loaded no others
 * than it was linked with, which are never unloaded. To be called with the loader's lock. NULL as
 * well where this code is not in the list, as in a program without a loader.
 */
static const struct link_map *kdefer_last_for_ever(void)
{
	const struct link_map *file = _r_debug.r_map;
	bool found = false;

	for (; file; file = file->l_next) {
		found |= file->l_ld == _DYNAMIC;
		if (!file->l_next)
			break;
	}
	return found && file->l_addr == getauxval(AT_BASE) ? file : NULL;
}

/* Called for each file, the program first; for that alone if no other has come or gone. */
static int kdefer_look_at_file(struct dl_phdr_info *info, size_t size, void *first)
{
	struct kdefer_others *o = &kdefer_others;
	bool program = *(bool *)first;
	unsigned int i;

	if (program) {
		*(bool *)first = false;
		if (o->loaded == info->dlpi_adds && o->unloaded == info->dlpi_subs)
			return 1;
		*o = (struct kdefer_others){
			.loaded = info->dlpi_adds,
			.unloaded = info->dlpi_subs,
			.last = kdefer_last_for_ever(),
			.program.start = ULONG_MAX,
			.libraries.start = ULONG_MAX,
			.lowest = ULONG_MAX,
		};
	}
	kdefer_note_place(program ? &o->program : &o->libraries, info);
	if (kdefer_uses_kdefer(info))
		return 0;
	for (i = 0; i < info->dlpi_phnum; i++)
		kdefer_add_other(info, &info->dlpi_phdr[i]);
	return 0;
}

/* To ask for the files takes the loader's lock, and longer than to look through a small stack. */
static void kdefer_find_others(void)
{
	const struct link_map *last = kdefer_others.last;
	bool first = true;

	if (!last || READ_ONCE(last->l_next))
		dl_iterate_phdr(kdefer_look_at_file, &first);
}

static bool kdefer_is_others(unsigned long address)
{
	const struct kdefer_others *o = &kdefer_others;
	unsigned int i;

	for (i = 0; i < o->nr; i++)
		if (address >= o->code[i].start && address < o->code[i].end)
			return true;
	return false;
}

bool kdefer_host_is_users(unsigned long ip)
{
	return !kdefer_is_others(ip);
}

/* With a sanitizer the record of the panic may be on another stack. */
static unsigned long kdefer_part_begins(const struct kdefer_skipping *s)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	unsigned long record = (unsigned long)(s->panic + 1);

	return record > here && record <= s->sp ? record : here;
}

KDEFER_NO_SANITIZER
static bool kdefer_has_others(unsigned long from, unsigned long to)
{
	unsigned long lowest = kdefer_others.lowest;
	unsigned long size = kdefer_others.highest - lowest;
	unsigned long at;

	for (at = from; at < to; at += sizeof(long)) {
		unsigned long word = *(volatile unsigned long *)at;

		if (unlikely(word - lowest < size) && kdefer_is_others(word))
			return true;
	}
	return false;
}

/* What a vector register of any CPU holds; compilers make two loads of it where there is none. */
#define KDEFER_VECTOR	16
typedef unsigned long kdefer_words
	__attribute__((vector_size(KDEFER_VECTOR), aligned(sizeof(long)), __may_alias__));
typedef unsigned int kdefer_halves __attribute__((vector_size(KDEFER_VECTOR)));

/* Words that are looked at without a branch. */
#define KDEFER_BLOCK	(4 * KDEFER_VECTOR)

/*
 * Whether one of the words of a block is not more than 4 GiB above @lowest: of the difference the
 * upper half is 0, which vector registers compare faster than whole words.
 */
KDEFER_NO_SANITIZER
static bool kdefer_block_is_near(unsigned long block, kdefer_words lowest)
{
	const kdefer_words *words = (const kdefer_words *)block;
	kdefer_halves near = { };
	unsigned int i;

#pragma GCC unroll 4
	for (i = 0; i < KDEFER_BLOCK / KDEFER_VECTOR; i++)
		near |= (kdefer_halves)((kdefer_halves)(words[i] - lowest) == 0);
	return (((kdefer_words)near)[0] | ((kdefer_words)near)[1]) >> 32;
}

/* Most parts of a stack have not one word that is near the code of others. */
KDEFER_NO_SANITIZER
static bool kdefer_may_have_others(unsigned long from, unsigned long to)
{
	unsigned long lowest = kdefer_others.lowest;
	const kdefer_words vector = { lowest, lowest };

	if (unlikely((kdefer_others.highest - lowest) >> 32))
		return kdefer_has_others(from, to);
	for (; to - from >= KDEFER_BLOCK; from += KDEFER_BLOCK)
		if (unlikely(kdefer_block_is_near(from, vector)) &&
		    kdefer_has_others(from, from + KDEFER_BLOCK))
			return true;
	return kdefer_has_others(from, to);
}

bool kdefer_host_scan(struct kdefer_skipping *s)
{
	unsigned long begins = kdefer_part_begins(s);
	struct wait_queue_entry *wait;

	while ((wait = kshim_skipped_wait(begins, s->sp)))
		kdefer_found_wait(s, wait);
	kdefer_find_others();
	return kdefer_others.tables || kdefer_may_have_others(begins, s->sp);
}

/* What the unwinder goes by, among the words of the stack from @from to @to. */
KDEFER_NO_SANITIZER
static u64 kdefer_add_words(u64 print, unsigned long from, unsigned long to,
			    const struct kdefer_code *stack)
{
	const struct kdefer_code program = kdefer_others.program;
	const struct kdefer_code libraries = kdefer_others.libraries;
	unsigned long at;

	for (at = from; at < to; at += sizeof(long)) {
		unsigned long word = *(volatile unsigned long *)at;

		if (kdefer_is_at(word, stack))
			print = kdefer_fingerprint_add(print, stack->end - word, stack->end - at);
		else if (kdefer_is_at(word, &program) || kdefer_is_at(word, &libraries))
			print = kdefer_fingerprint_add(print, word, stack->end - at);
	}
	return print;
}

/*
 * The walk begins here, and with what registers the callers have saved on the way. With a sanitizer
 * that may be elsewhere.
 */
u64 kdefer_host_fingerprint(const struct kdefer_skipping *s)
{
	unsigned long record = (unsigned long)s->panic;
	struct kdefer_code stack = {
		.start = (unsigned long)__builtin_frame_address(0),
		.end = s->sp,
	};
	u64 print = kdefer_fingerprint_add(kdefer_others.loaded, kdefer_others.unloaded,
					   s->sp - stack.start);

	if (!kdefer_is_at(record, &stack))
		return 0;
	print = kdefer_add_words(print, stack.start, record, &stack);
	return kdefer_add_words(print, record + sizeof(*s->panic), s->sp, &stack);
}

/* A number of the table, in one of the formats that compilers use there. */
static unsigned long kdefer_read_encoded(const unsigned char **at, unsigned int encoding)
{
	unsigned long value = 0;
	unsigned int shift = 0;
	u32 word;

	if (encoding == DW_EH_PE_UDATA4) {
		memcpy(&word, *at, sizeof(word));
		*at += sizeof(word);
		return word;
	}
	do
		value |= (unsigned long)(**at & 0x7f) << shift;
	while (shift += 7, *(*at)++ & 0x80);
	return value;
}

/*
 * Whether a call that returns to @ip, in a function that begins at @start, has a release pending,
 * by the function's table @lsda. The code that is named there is never run. A handler of C++, which
 * releases nothing, has an action.
 */
static bool kdefer_has_cleanup(const unsigned char *lsda, unsigned long start, unsigned long ip)
{
	unsigned int encoding;
	const unsigned char *end;
	unsigned long size;

	if (*lsda++ != DW_EH_PE_OMIT)
		return false;
	if (*lsda++ != DW_EH_PE_OMIT)
		kdefer_read_encoded(&lsda, DW_EH_PE_ULEB128);
	encoding = *lsda++;
	if (encoding != DW_EH_PE_ULEB128 && encoding != DW_EH_PE_UDATA4)
		return false;
	size = kdefer_read_encoded(&lsda, DW_EH_PE_ULEB128);
	for (end = lsda + size; lsda < end;) {
		unsigned long from = start + kdefer_read_encoded(&lsda, encoding);
		unsigned long length = kdefer_read_encoded(&lsda, encoding);
		unsigned long pad = kdefer_read_encoded(&lsda, encoding);
		unsigned long action = kdefer_read_encoded(&lsda, DW_EH_PE_ULEB128);

		if (ip - 1 - from < length)
			return pad && !action;
	}
	return false;
}

/*
 * Whether @ip is in the body of a KDEFER function, whose guards have run. That is its thunk, or
 * where no recovery can return, the function itself, which has a thunk beside it.
 */
static bool kdefer_is_body(unsigned long ip)
{
	char thunk[KDEFER_NAME_SIZE] = KDEFER_THUNK_PREFIX;
	char *name = thunk + strlen(KDEFER_THUNK_PREFIX);

	snprintf(name, thunk + sizeof(thunk) - name, "%ps", (void *)(ip - 1));
	name[strcspn(name, ". ")] = '\0';
	return !strncmp(name, KDEFER_THUNK_PREFIX, strlen(KDEFER_THUNK_PREFIX)) ||
	       kshim_has_function(ip, thunk);
}

struct kdefer_walk_to {
	struct kdefer_skipping *s;
	unsigned long begins;
	void (*look)(void *arg, unsigned long ip, unsigned long frame);
};

static _Unwind_Reason_Code kdefer_walk_step(struct _Unwind_Context *ctx, void *arg)
{
	const struct kdefer_walk_to *to = arg;
	/* The frame's lower end: the stack pointer when it made the call. */
	unsigned long frame = _Unwind_GetCFA(ctx);
	const unsigned char *lsda = _Unwind_GetLanguageSpecificData(ctx);
	unsigned long ip = _Unwind_GetIP(ctx);

	if (frame >= to->s->sp)
		return _URC_END_OF_STACK;
	if (frame < to->begins)
		return _URC_NO_REASON;
	to->s->cleanup = lsda && !kdefer_is_others(ip) &&
			 kdefer_has_cleanup(lsda, _Unwind_GetRegionStart(ctx), ip) &&
			 !kdefer_is_body(ip);
	to->look(to->s, ip, frame);
	return _URC_NO_REASON;
}

void kdefer_host_walk(struct kdefer_skipping *s,
		      void (*look)(void *arg, unsigned long ip, unsigned long frame))
{
	struct kdefer_walk_to to = { .s = s, .begins = kdefer_part_begins(s), .look = look };

	_Unwind_Backtrace(kdefer_walk_step, &to);
}

/* What was said of a function. It stays when the code that has said it is unloaded. */
struct kdefer_harmless {
	struct kdefer_harmless *next;
	char function[];
};

static struct kdefer_harmless *kdefer_harmless;

bool kdefer_host_may_skip(const char *name, unsigned long place)
{
	const struct kdefer_harmless *h;

	for (h = smp_load_acquire(&kdefer_harmless); h; h = h->next)
		if (!strcmp(h->function, name))
			return true;
	return false;
}

void __kdefer_may_skip(struct kdefer_may_skip *m, struct module *owner)
{
	size_t size = strlen(m->function) + 1;
	struct kdefer_harmless *h;

	if (kdefer_host_may_skip(m->function, 0))
		return;
	h = malloc(sizeof(*h) + size);
	if (!h)
		return;
	memcpy(h->function, m->function, size);
	do
		h->next = READ_ONCE(kdefer_harmless);
	while (cmpxchg(&kdefer_harmless, h->next, h) != h->next);
	WRITE_ONCE(m->said, true);
}

/* Nothing of that kind is known in user space. */
bool kdefer_host_skips_trampoline(const char *name)
{
	return false;
}

bool kdefer_host_remove_wait(struct wait_queue_entry *wait)
{
	kshim_unlink_wait(wait);
	return true;
}
