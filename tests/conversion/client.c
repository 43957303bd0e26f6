// SPDX-License-Identifier: GPL-2.0-only
/*
 * What makes veth acquire things: makes a pair with two queues each, switches GRO on, takes it up,
 * takes queues away and gives them back, gives it an XDP program, and removes it. Prints the errno
 * of each step; behind one that fails, nothing but the removal. With the argument "traffic", it
 * also sends frames through the pair, asks what it has counted and changes how many queues it uses;
 * these steps may fail.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define NAME "pair0"
#define PEER "pair1"
#define QUEUES 2
#define FRAMES 6

struct request {
	struct nlmsghdr head;
	struct ifinfomsg info;
	char attributes[512];
};

static int netlink_socket, device_socket;

static void *end_of(struct request *r)
{
	return (char *)r + NLMSG_ALIGN(r->head.nlmsg_len);
}

static struct rtattr *put(struct request *r, int type, const void *data, int len)
{
	struct rtattr *a = end_of(r);

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void end(struct request *r, struct rtattr *nest)
{
	nest->rta_len = (char *)end_of(r) - (char *)nest;
}

static void put_queues(struct request *r)
{
	unsigned int n = QUEUES;

	put(r, IFLA_NUM_TX_QUEUES, &n, sizeof(n));
	put(r, IFLA_NUM_RX_QUEUES, &n, sizeof(n));
}

static int ask(struct request *r)
{
	char answer[4096];
	struct nlmsghdr *head = (struct nlmsghdr *)answer;

	r->head.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(netlink_socket, r, r->head.nlmsg_len, 0) < 0 ||
	    recv(netlink_socket, answer, sizeof(answer), 0) < 0)
		return -errno;
	return ((struct nlmsgerr *)NLMSG_DATA(head))->error;
}

static struct request request_of(int type)
{
	struct request r = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)), .nlmsg_type = type },
		.info = { .ifi_index = type == RTM_NEWLINK ? 0 : if_nametoindex(NAME) },
	};

	return r;
}

static int make_pair(void)
{
	struct request r = request_of(RTM_NEWLINK);
	struct rtattr *info, *data, *peer;
	struct ifinfomsg none = { 0 };

	r.head.nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	put(&r, IFLA_IFNAME, NAME, sizeof(NAME));
	put_queues(&r);
	info = put(&r, IFLA_LINKINFO, NULL, 0);
	put(&r, IFLA_INFO_KIND, "veth", sizeof("veth"));
	data = put(&r, IFLA_INFO_DATA, NULL, 0);
	peer = put(&r, VETH_INFO_PEER, &none, sizeof(none));
	put(&r, IFLA_IFNAME, PEER, sizeof(PEER));
	put_queues(&r);
	end(&r, peer);
	end(&r, data);
	end(&r, info);
	return ask(&r);
}

static int gro(unsigned int cmd, unsigned int on)
{
	struct ethtool_value value = { .cmd = cmd, .data = on };
	struct ifreq ifr = { .ifr_name = NAME, .ifr_data = (char *)&value };

	return ioctl(device_socket, SIOCETHTOOL, &ifr) ? -errno : (int)value.data;
}

/*
 * The kernel does not tell who asks for it that it has failed. It is taken back then: veth, as the
 * kernel has it, would wait for ever for what is wanted and was not begun.
 */
static int gro_on(void)
{
	gro(ETHTOOL_SGRO, 1);
	if (gro(ETHTOOL_GGRO, 0) == 1)
		return 0;
	gro(ETHTOOL_SGRO, 0);
	return -EOPNOTSUPP;
}

static int set_up(const char *name, int up)
{
	struct ifreq ifr = { .ifr_flags = up ? IFF_UP : 0 };

	strcpy(ifr.ifr_name, name);
	return ioctl(device_socket, SIOCSIFFLAGS, &ifr) ? -errno : 0;
}

static int up(void)
{
	return set_up(NAME, 1);
}

static int down(void)
{
	return set_up(NAME, 0);
}

static int peer_up(void)
{
	return set_up(PEER, 1);
}

/* r0 = XDP_PASS; exit */
static int load_program(void)
{
	struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP, .insn_cnt = 2,
		.insns = (unsigned long)program, .license = (unsigned long)"GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int attach(void)
{
	struct request r = request_of(RTM_SETLINK);
	int fd = load_program(), err;
	struct rtattr *xdp;

	if (fd < 0)
		return -errno;
	xdp = put(&r, IFLA_XDP | NLA_F_NESTED, NULL, 0);
	put(&r, IFLA_XDP_FD, &fd, sizeof(fd));
	end(&r, xdp);
	err = ask(&r);
	close(fd);
	return err;
}

static int open_end(const char *name)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_802_EX1),
		.sll_ifindex = if_nametoindex(name),
	};
	struct timeval patience = { .tv_usec = 20000 };
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_802_EX1));

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return bind(fd, (struct sockaddr *)&to, sizeof(to)) ? -errno : fd;
}

/* How many of FRAMES broadcast frames of several sizes arrive as they were sent. */
static int send_through(const char *from_name, const char *to_name)
{
	int from = open_end(from_name), to = open_end(to_name), i, arrived = 0;
	char frame[1400], got[sizeof(frame)];

	memset(frame, 0xff, sizeof(frame));
	frame[12] = ETH_P_802_EX1 >> 8;
	frame[13] = ETH_P_802_EX1 & 0xff;
	for (i = 1; i <= FRAMES; i++) {
		int size = 100 * i;

		memset(frame + ETH_HLEN, i, sizeof(frame) - ETH_HLEN);
		send(from, frame, size, 0);
		if (recv(to, got, sizeof(got), 0) == size && !memcmp(got, frame, size))
			arrived++;
	}
	close(from);
	close(to);
	return arrived;
}

static int forth(void)
{
	return send_through(NAME, PEER);
}

static int back(void)
{
	return send_through(PEER, NAME);
}

/* The frames that the kernel says have come and gone at both ends. */
static int counted(void)
{
	unsigned long packets, sent, sum = 0;
	FILE *f = fopen("/proc/net/dev", "r");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " pair%*d: %*u %lu %*u %*u %*u %*u %*u %*u %*u %lu", &packets,
			   &sent) == 2)
			sum += packets + sent;
	if (f)
		fclose(f);
	return sum;
}

static int set_queues(const char *name, unsigned int rx, unsigned int tx)
{
	struct ethtool_channels channels = {
		.cmd = ETHTOOL_SCHANNELS, .rx_count = rx, .tx_count = tx,
	};
	struct ifreq ifr = { .ifr_data = (char *)&channels };

	strcpy(ifr.ifr_name, name);
	return ioctl(device_socket, SIOCETHTOOL, &ifr) ? -errno : 0;
}

static int one_queue(void)
{
	return set_queues(NAME, 1, 1);
}

static int all_queues(void)
{
	return set_queues(NAME, QUEUES, QUEUES);
}

static int fewer_queues(void)
{
	return set_queues(NAME, 1, QUEUES);
}

static int more_queues(void)
{
	return set_queues(NAME, QUEUES, 1);
}

/* With a program a device has to have a queue for each that its peer sends from. */
static int fewer_at_peer(void)
{
	return set_queues(PEER, QUEUES, 1);
}

static int short_frames(void)
{
	struct ifreq ifr = { .ifr_name = NAME, .ifr_mtu = 1000 };

	return ioctl(device_socket, SIOCSIFMTU, &ifr) ? -errno : 0;
}

static int remove_pair(void)
{
	struct request r = request_of(RTM_DELLINK);

	return ask(&r);
}

static int step(const char *name, int (*fn)(void))
{
	int err = fn();

	printf(" %s=%d", name, err);
	return err;
}

static void traffic(void)
{
	step("forth", forth);
	step("back", back);
	step("counted", counted);
}

static void more(void)
{
	step("peer_up", peer_up);
	traffic();
	step("one_queue", one_queue);
	traffic();
	step("all_queues", all_queues);
	step("short_frames", short_frames);
}

/* What comes behind a step that fails is left out. */
static void use_pair(bool with_traffic)
{
	if (step("fewer", fewer_queues) || step("more", more_queues) || step("up", up) ||
	    step("gro", gro_on) || step("fewer", fewer_queues) || step("more", more_queues))
		return;
	if (with_traffic)
		more();
	if (step("peer", fewer_at_peer) || step("fewer", fewer_queues) || step("xdp", attach) ||
	    step("more", more_queues))
		return;
	if (with_traffic)
		traffic();
	if (!step("down", down))
		step("up", up);
}

int main(int argc, char **argv)
{
	netlink_socket = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	device_socket = socket(AF_INET, SOCK_DGRAM, 0);
	if (!step("new", make_pair)) {
		use_pair(argc > 1 && !strcmp(argv[1], "traffic"));
		step("remove", remove_pair);
	}
	return puts("") < 0;
}
