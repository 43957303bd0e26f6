/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_DEBUGFS_H
#define _KSHIM_LINUX_DEBUGFS_H

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/seq_file.h>
#include <linux/types.h>

/* As in a kernel without CONFIG_DEBUG_FS: there is no such file system, and drivers do not care. */
struct dentry;

static inline struct dentry *debugfs_create_dir(const char *name __maybe_unused,
						struct dentry *parent __maybe_unused)
{
	return ERR_PTR(-ENODEV);
}

static inline struct dentry *debugfs_create_file(const char *name __maybe_unused,
						 umode_t mode __maybe_unused,
						 struct dentry *parent __maybe_unused,
						 void *data __maybe_unused,
						 const struct file_operations *fops __maybe_unused)
{
	return ERR_PTR(-ENODEV);
}

static inline void debugfs_remove(struct dentry *dentry __maybe_unused)
{
}

#define debugfs_remove_recursive(dentry) debugfs_remove(dentry)

static inline struct dentry *debugfs_lookup(const char *name __maybe_unused,
					    struct dentry *parent __maybe_unused)
{
	return NULL;
}

static inline bool debugfs_initialized(void)
{
	return false;
}

#define __KSHIM_DEBUGFS_VALUE(suffix, type) \
static inline void debugfs_create_##suffix(const char *name __maybe_unused, \
					   umode_t mode __maybe_unused, \
					   struct dentry *parent __maybe_unused, \
					   type *value __maybe_unused) \
{ \
}

__KSHIM_DEBUGFS_VALUE(u8, u8)
__KSHIM_DEBUGFS_VALUE(u16, u16)
__KSHIM_DEBUGFS_VALUE(u32, u32)
__KSHIM_DEBUGFS_VALUE(u64, u64)
__KSHIM_DEBUGFS_VALUE(x8, u8)
__KSHIM_DEBUGFS_VALUE(x16, u16)
__KSHIM_DEBUGFS_VALUE(x32, u32)
__KSHIM_DEBUGFS_VALUE(x64, u64)
__KSHIM_DEBUGFS_VALUE(size_t, size_t)
__KSHIM_DEBUGFS_VALUE(ulong, unsigned long)
__KSHIM_DEBUGFS_VALUE(bool, bool)
__KSHIM_DEBUGFS_VALUE(atomic_t, atomic_t)

#endif /* _KSHIM_LINUX_DEBUGFS_H */
