// SPDX-License-Identifier: GPL-2.0-only
/* Names for addresses, static functions included: from the symbol tables of the loaded files. */

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "kshim-impl.h"

#include <linux/string.h>

#define OBJECTS_MAX 64

/* A loaded program or library. Its file stays mapped: names are handed out from it. */
struct object {
	unsigned long base;
	unsigned long start;
	unsigned long end;
	const char *path;
	const char *name;
	const Elf64_Sym *syms;
	size_t nr_syms;
	const char *strings;
	bool loaded;
};

static struct object objects[OBJECTS_MAX];
static unsigned int nr_objects;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int find_object(struct dl_phdr_info *info, size_t size __always_unused, void *data)
{
	struct object *want = data;
	unsigned long addr = want->start;
	unsigned long lowest = ULONG_MAX, highest = 0;

	for (int i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *ph = &info->dlpi_phdr[i];

		if (ph->p_type != PT_LOAD)
			continue;
		lowest = min(lowest, (unsigned long)(info->dlpi_addr + ph->p_vaddr));
		highest = max(highest, (unsigned long)(info->dlpi_addr + ph->p_vaddr +
						       ph->p_memsz));
	}
	if (addr < lowest || addr >= highest)
		return 0;
	want->base = info->dlpi_addr;
	want->start = lowest;
	want->end = highest;
	want->path = info->dlpi_name && *info->dlpi_name ? info->dlpi_name : "/proc/self/exe";
	want->name = info->dlpi_name && *info->dlpi_name ? kbasename(info->dlpi_name) : NULL;
	return 1;
}

static const Elf64_Shdr *find_section(const Elf64_Ehdr *eh, size_t size, unsigned int type)
{
	const Elf64_Shdr *sh = (const void *)((const char *)eh + eh->e_shoff);

	if (!eh->e_shoff || eh->e_shoff + eh->e_shnum * sizeof(*sh) > size)
		return NULL;
	for (int i = 0; i < eh->e_shnum; i++) {
		if (sh[i].sh_type == type && sh[i].sh_link < eh->e_shnum &&
		    sh[i].sh_offset + sh[i].sh_size <= size)
			return &sh[i];
	}
	return NULL;
}

static void use_symbols(struct object *obj, const Elf64_Ehdr *eh, size_t size)
{
	const Elf64_Shdr *all = (const void *)((const char *)eh + eh->e_shoff);
	const Elf64_Shdr *syms = find_section(eh, size, SHT_SYMTAB);

	if (!syms)
		syms = find_section(eh, size, SHT_DYNSYM);
	if (!syms)
		return;
	obj->syms = (const void *)((const char *)eh + syms->sh_offset);
	obj->nr_syms = syms->sh_size / sizeof(Elf64_Sym);
	obj->strings = (const char *)eh + all[syms->sh_link].sh_offset;
}

static void load_symbols(struct object *obj)
{
	struct stat st;
	void *map = MAP_FAILED;
	int fd = open(obj->path, O_RDONLY | O_CLOEXEC);

	obj->loaded = true;
	if (fd < 0)
		return;
	if (!fstat(fd, &st) && (size_t)st.st_size > sizeof(Elf64_Ehdr))
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return;
	if (memcmp(map, ELFMAG, SELFMAG))
		munmap(map, (size_t)st.st_size);
	else
		use_symbols(obj, map, (size_t)st.st_size);
}

static struct object *object_of(unsigned long addr)
{
	struct object want = { .start = addr };

	for (unsigned int i = 0; i < nr_objects; i++) {
		if (addr >= objects[i].start && addr < objects[i].end)
			return &objects[i];
	}
	if (nr_objects == OBJECTS_MAX || !dl_iterate_phdr(find_object, &want))
		return NULL;
	objects[nr_objects] = want;
	return &objects[nr_objects++];
}

static struct object *loaded_object_of(unsigned long addr)
{
	struct object *obj = object_of(addr);

	if (obj && !obj->loaded)
		load_symbols(obj);
	return obj;
}

static bool is_named(const Elf64_Sym *s)
{
	return ELF64_ST_TYPE(s->st_info) == STT_FUNC || ELF64_ST_TYPE(s->st_info) == STT_OBJECT;
}

/* Assembler code often gives no size: such a symbol reaches as far as the next one. */
static unsigned long size_of(const struct object *obj, const Elf64_Sym *sym)
{
	unsigned long next = obj->end - obj->base;

	if (sym->st_size)
		return sym->st_size;
	for (size_t i = 0; i < obj->nr_syms; i++) {
		const Elf64_Sym *s = &obj->syms[i];

		if (is_named(s) && s->st_value > sym->st_value)
			next = min(next, (unsigned long)s->st_value);
	}
	return next - sym->st_value;
}

static const Elf64_Sym *nearest(const struct object *obj, unsigned long value)
{
	const Elf64_Sym *best = NULL;

	for (size_t i = 0; i < obj->nr_syms; i++) {
		const Elf64_Sym *s = &obj->syms[i];

		if (!is_named(s) || s->st_shndx == SHN_UNDEF)
			continue;
		if (s->st_value <= value && (!best || s->st_value > best->st_value))
			best = s;
	}
	return best;
}

static bool lookup(unsigned long addr, struct kshim_symbol *sym)
{
	struct object *obj = loaded_object_of(addr);
	const Elf64_Sym *s;

	if (!obj)
		return false;
	s = nearest(obj, addr - obj->base);
	if (!s)
		return false;
	sym->name = obj->strings + s->st_name;
	sym->object = obj->name;
	sym->offset = addr - obj->base - s->st_value;
	sym->size = size_of(obj, s);
	return sym->offset < sym->size;
}

static bool has_function(unsigned long addr, const char *name)
{
	struct object *obj = loaded_object_of(addr);

	for (size_t i = 0; obj && i < obj->nr_syms; i++) {
		const Elf64_Sym *s = &obj->syms[i];

		if (ELF64_ST_TYPE(s->st_info) == STT_FUNC &&
		    !strcmp(obj->strings + s->st_name, name))
			return true;
	}
	return false;
}

bool kshim_has_function(unsigned long addr, const char *name)
{
	bool found;

	pthread_mutex_lock(&lock);
	found = has_function(addr, name);
	pthread_mutex_unlock(&lock);
	return found;
}

bool kshim_lookup_symbol(unsigned long addr, struct kshim_symbol *sym)
{
	bool found;

	if (!kshim_crashing())
		pthread_mutex_lock(&lock);
	else if (pthread_mutex_trylock(&lock))
		return false;
	found = lookup(addr, sym);
	pthread_mutex_unlock(&lock);
	return found;
}
