// SPDX-License-Identifier: GPL-2.0-only
/* Misc devices, each served through a Unix socket. */

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "kshim-impl.h"

#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/string.h>

#define CHUNK (64 * 1024)

struct kshim_misc {
	struct miscdevice *misc;
	struct sockaddr_un addr;
	int listener;
	bool closing;
	pthread_t thread;
	pthread_mutex_t lock;	/* guards the clients */
	struct list_head clients;
};

/* One open file. */
struct client {
	struct kshim_misc *dev;
	int fd;
	bool ended;		/* its thread has nothing left to do but to return */
	pthread_t thread;
	struct task_struct *task;
	struct list_head node;
	struct inode inode;
	struct file file;
	char buf[CHUNK];
};

/* Those that are registered, for filp_open(). */
static pthread_mutex_t devices_lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(devices);

static bool send_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = send(fd, buf, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		buf += n;
		len -= (size_t)n;
	}
	return true;
}

static int log_error(const struct client *c, const char *op, ssize_t err)
{
	if (!READ_ONCE(c->dev->closing))
		pr_warn("%s: %s() returned %pe: connection closed\n", c->dev->addr.sun_path, op,
			ERR_PTR(err));
	return (int)err;
}

static int answer(struct client *c)
{
	const struct file_operations *fops = c->file.f_op;

	while (fops->read) {
		ssize_t n = fops->read(&c->file, c->buf, sizeof(c->buf), &c->file.f_pos);

		if (!n || n == -EAGAIN)
			break;
		if (n < 0)
			return log_error(c, "read", n);
		if (!send_all(c->fd, c->buf, (size_t)n))
			return -EPIPE;
	}
	return 0;
}

static int hand_over(struct client *c, size_t len)
{
	const struct file_operations *fops = c->file.f_op;

	for (size_t done = 0; done < len;) {
		ssize_t n = fops->write ? fops->write(&c->file, c->buf + done, len - done,
						      &c->file.f_pos) : -EINVAL;

		/* A device that takes nothing would be asked for ever. */
		if (!n)
			n = -EIO;
		if (n < 0)
			return log_error(c, "write", n);
		done += (size_t)n;
	}
	return 0;
}

static ssize_t receive(struct client *c)
{
	ssize_t n;

	do {
		n = recv(c->fd, c->buf, sizeof(c->buf), 0);
	} while (n < 0 && errno == EINTR);
	return n;
}

static void serve_file(struct client *c)
{
	ssize_t n;

	while ((n = receive(c)) > 0) {
		if (hand_over(c, (size_t)n) || answer(c))
			return;
	}
	if (!n && !READ_ONCE(c->dev->closing))
		answer(c);
}

static void serve(struct client *c)
{
	const struct file_operations *fops = c->file.f_op;
	int ret = fops->open ? fops->open(&c->inode, &c->file) : 0;

	if (ret) {
		log_error(c, "open", ret);
		return;
	}
	serve_file(c);
	if (fops->flush)
		fops->flush(&c->file, NULL);
	if (fops->release)
		fops->release(&c->inode, &c->file);
}

static void *client_main(void *data)
{
	struct client *c = data;
	struct kshim_misc *dev = c->dev;

	pthread_setname_np(pthread_self(), "client");
	pthread_mutex_lock(&dev->lock);
	c->task = current;
	/* The signal to all clients may have been sent before this one had a task. */
	if (READ_ONCE(dev->closing))
		kshim_notify(c->task);
	pthread_mutex_unlock(&dev->lock);
	serve(c);
	pthread_mutex_lock(&dev->lock);
	c->task = NULL;
	c->ended = true;
	shutdown(c->fd, SHUT_RDWR);
	pthread_mutex_unlock(&dev->lock);
	return NULL;
}

static void free_client(struct client *c)
{
	pthread_join(c->thread, NULL);
	close(c->fd);
	free(c);
}

/* Takes one client off the list: one that has ended, or any. */
static struct client *take_client(struct kshim_misc *dev, bool any)
{
	struct client *c, *found = NULL;

	pthread_mutex_lock(&dev->lock);
	list_for_each_entry(c, &dev->clients, node) {
		if (!any && !c->ended)
			continue;
		list_del(&c->node);
		found = c;
		break;
	}
	pthread_mutex_unlock(&dev->lock);
	return found;
}

static void free_clients(struct kshim_misc *dev, bool any)
{
	struct client *c;

	while ((c = take_client(dev, any)))
		free_client(c);
}

static void init_file(struct file *file, struct inode *inode, struct miscdevice *misc, int flags)
{
	inode->i_rdev = (dev_t)MISC_MAJOR << 20 | (dev_t)misc->minor;
	file->f_op = misc->fops;
	file->f_inode = inode;
	file->f_mode = FMODE_READ | FMODE_WRITE;
	file->f_flags = (unsigned int)flags;
	file->private_data = misc;
}

static struct client *new_client(struct kshim_misc *dev, int fd)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->dev = dev;
	c->fd = fd;
	init_file(&c->file, &c->inode, dev->misc,
		  O_RDWR | (getenv("KDEFER_SHIM_DEV_NONBLOCK") ? O_NONBLOCK : 0));
	return c;
}

/* A file that the program has opened. */
struct own_file {
	struct file file;
	struct inode inode;
};

static struct miscdevice *find_device(const char *path)
{
	struct miscdevice *misc, *found = NULL;

	if (strncmp(path, "/dev/", 5))
		return NULL;
	pthread_mutex_lock(&devices_lock);
	list_for_each_entry(misc, &devices, list)
		if (!strcmp(misc->nodename ?: misc->name, path + 5))
			found = misc;
	pthread_mutex_unlock(&devices_lock);
	return found;
}

struct file *kshim_filp_open(const char *path, int flags)
{
	struct miscdevice *misc = find_device(path);
	struct own_file *own;
	int err;

	if (!misc)
		return ERR_PTR(-ENOENT);
	own = calloc(1, sizeof(*own));
	if (!own)
		return ERR_PTR(-ENOMEM);
	init_file(&own->file, &own->inode, misc, flags);
	err = misc->fops->open ? misc->fops->open(&own->inode, &own->file) : 0;
	if (!err)
		return &own->file;
	free(own);
	return ERR_PTR(err);
}

int kshim_filp_close(struct file *file)
{
	const struct file_operations *fops = file->f_op;
	int ret = fops->flush ? fops->flush(file, NULL) : 0;

	if (fops->release)
		fops->release(file->f_inode, file);
	free(container_of(file, struct own_file, file));
	return ret;
}

static void accept_client(struct kshim_misc *dev, int fd)
{
	struct client *c = new_client(dev, fd);
	int err = c ? 0 : ENOMEM;

	pthread_mutex_lock(&dev->lock);
	if (c && !READ_ONCE(dev->closing))
		err = pthread_create(&c->thread, NULL, client_main, c);
	else if (c)
		err = ESHUTDOWN;
	if (!err)
		list_add_tail(&c->node, &dev->clients);
	pthread_mutex_unlock(&dev->lock);
	if (!err)
		return;
	pr_warn("%s: a connection was refused: %pe\n", dev->addr.sun_path, ERR_PTR(-err));
	close(fd);
	free(c);
}

static void *misc_main(void *data)
{
	struct kshim_misc *dev = data;

	while (!READ_ONCE(dev->closing)) {
		int fd = accept4(dev->listener, NULL, NULL, SOCK_CLOEXEC);

		free_clients(dev, false);
		if (fd >= 0)
			accept_client(dev, fd);
		else if (errno != EINTR && errno != ECONNABORTED)
			break;
	}
	return NULL;
}

static int make_path(struct kshim_misc *dev)
{
	const char *dir = getenv("KDEFER_SHIM_DEV") ?: "dev";
	const char *name = dev->misc->nodename ?: dev->misc->name;
	int len;

	dev->addr.sun_family = AF_UNIX;
	len = kshim_snprintf(dev->addr.sun_path, sizeof(dev->addr.sun_path), "%s/%s", dir, name);
	if ((size_t)len >= sizeof(dev->addr.sun_path)) {
		pr_err("misc %s: the path of its socket, %s/%s, has more than %zu bytes; set KDEFER_SHIM_DEV to a shorter folder\n",
		       name, dir, name, sizeof(dev->addr.sun_path) - 1);
		return -ENAMETOOLONG;
	}
	if (mkdir(dir, 0777) && errno != EEXIST) {
		pr_err("misc %s: cannot make the folder %s: %pe\n", name, dir, ERR_PTR(-errno));
		return -errno;
	}
	return 0;
}

/* A socket that nobody answers was left by a program that was killed. */
static bool is_stale(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;
	bool stale;

	if (fd < 0)
		return false;
	stale = !stat(addr->sun_path, &st) && S_ISSOCK(st.st_mode) &&
		connect(fd, (const void *)addr, sizeof(*addr)) && errno == ECONNREFUSED;
	close(fd);
	return stale;
}

static int listen_at(struct kshim_misc *dev)
{
	const char *path = dev->addr.sun_path;
	int err;

	dev->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (dev->listener < 0)
		return -errno;
	if (is_stale(&dev->addr))
		unlink(path);
	if (!bind(dev->listener, (const void *)&dev->addr, sizeof(dev->addr)) &&
	    !listen(dev->listener, SOMAXCONN))
		return 0;
	err = errno;
	pr_err("%s: cannot listen there: %pe%s\n", path, ERR_PTR(-err),
	       err == EADDRINUSE ? "; another program serves it, or a file is in the way" : "");
	close(dev->listener);
	return err == EADDRINUSE ? -EBUSY : -err;
}

static int start(struct kshim_misc *dev)
{
	int ret = make_path(dev);

	if (!ret)
		ret = listen_at(dev);
	if (ret)
		return ret;
	ret = -pthread_create(&dev->thread, NULL, misc_main, dev);
	if (!ret)
		return 0;
	close(dev->listener);
	unlink(dev->addr.sun_path);
	return ret;
}

int kshim_misc_register(struct miscdevice *misc)
{
	static int next_minor = MISC_DYNAMIC_MINOR + 1;
	struct kshim_misc *dev = calloc(1, sizeof(*dev));
	int ret;

	if (!dev)
		return -ENOMEM;
	if (misc->minor == MISC_DYNAMIC_MINOR)
		misc->minor = __atomic_fetch_add(&next_minor, 1, __ATOMIC_RELAXED);
	dev->misc = misc;
	pthread_mutex_init(&dev->lock, NULL);
	INIT_LIST_HEAD(&dev->clients);
	ret = start(dev);
	if (ret) {
		free(dev);
		return ret;
	}
	misc->kshim = dev;
	pthread_mutex_lock(&devices_lock);
	list_add(&misc->list, &devices);
	pthread_mutex_unlock(&devices_lock);
	return 0;
}

static void end_clients(struct kshim_misc *dev)
{
	struct client *c;

	pthread_mutex_lock(&dev->lock);
	WRITE_ONCE(dev->closing, true);
	list_for_each_entry(c, &dev->clients, node) {
		if (c->ended)
			continue;
		shutdown(c->fd, SHUT_RDWR);
		if (c->task)
			kshim_notify(c->task);
	}
	pthread_mutex_unlock(&dev->lock);
}

void kshim_misc_deregister(struct miscdevice *misc)
{
	struct kshim_misc *dev = misc->kshim;

	if (WARN(!dev, "misc_deregister: %s is not registered\n", misc->name))
		return;
	pthread_mutex_lock(&devices_lock);
	list_del(&misc->list);
	pthread_mutex_unlock(&devices_lock);
	end_clients(dev);
	/* Wakes accept(). */
	shutdown(dev->listener, SHUT_RDWR);
	pthread_join(dev->thread, NULL);
	free_clients(dev, true);
	close(dev->listener);
	unlink(dev->addr.sun_path);
	pthread_mutex_destroy(&dev->lock);
	misc->kshim = NULL;
	free(dev);
}
