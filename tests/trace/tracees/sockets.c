/* SPDX-License-Identifier: Apache-2.0 */
/* The socket cases of tracee. Ports: 7001 and up, in a network namespace of its own. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "tracee.h"

static struct sockaddr_in inet_address(const char *address, int port)
{
	struct sockaddr_in result = {.sin_family = AF_INET, .sin_port = htons(port)};
	inet_pton(AF_INET, address, &result.sin_addr);
	return result;
}
static struct sockaddr_in6 inet6_address(const char *address, int port)
{
	struct sockaddr_in6 result = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	inet_pton(AF_INET6, address, &result.sin6_addr);
	return result;
}
static int bind_inet(int type, const char *address, int port)
{
	struct sockaddr_in local = inet_address(address, port);
	int fd = socket(AF_INET, type, 0);
	return bind(fd, (void *)&local, sizeof local) ? -1 : fd;
}

static int case_listen(void) { return listen(bind_inet(SOCK_STREAM, "0.0.0.0", 7001), 5); }
/* A server that only a signal ends. */
static int case_serve(void)
{
	if (case_listen())
		return 1;
	while (pause())
		;
	return 1;
}
static int case_listen_loopback(void)
{
	return listen(bind_inet(SOCK_STREAM, "127.0.0.1", 7002), 5);
}
static int case_listen_port_0(void) { return listen(bind_inet(SOCK_STREAM, "127.0.0.1", 0), 5); }
static int case_listen_unbound(void) { return listen(socket(AF_INET, SOCK_STREAM, 0), 5); }
static int listen_inet6(int only)
{
	struct sockaddr_in6 local = inet6_address("::", 7003);
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
	return bind(fd, (void *)&local, sizeof local) || listen(fd, 5);
}
static int case_listen_inet6(void) { return listen_inet6(0); }
static int case_listen_v6only(void) { return listen_inet6(1); }
static int case_bind_taken(void)
{
	listen(bind_inet(SOCK_STREAM, "127.0.0.1", 7004), 5);
	return !(bind_inet(SOCK_STREAM, "127.0.0.1", 7004) < 0 && errno == EADDRINUSE);
}
/* Effective users: root binds, 33 listens, 34 is served. */
static int case_listen_as_another(void)
{
	struct sockaddr_in remote = inet_address("127.0.0.1", 7014);
	int server = bind_inet(SOCK_STREAM, "0.0.0.0", 7014);
	if (seteuid(33) || listen(server, 5) || seteuid(0) || seteuid(34))
		return 1;
	if (connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&remote, sizeof remote))
		return 1;
	return accept(server, NULL, NULL) < 0;
}
static int case_udp_bind(void) { return bind_inet(SOCK_DGRAM, "0.0.0.0", 7005) < 0; }

static int connect_inet(int type, const char *address, int port)
{
	struct sockaddr_in remote = inet_address(address, port);
	int fd = socket(AF_INET, type, 0);
	return connect(fd, (void *)&remote, sizeof remote) ? -1 : fd;
}
static int case_connect_refused(void)
{
	return !(connect_inet(SOCK_STREAM, "127.0.0.1", 7006) < 0 && errno == ECONNREFUSED);
}
static int case_connect_unreachable(void)
{
	return !(connect_inet(SOCK_STREAM, "192.0.2.1", 443) < 0 && errno == ENETUNREACH);
}
static int case_accept(void)
{
	int server = bind_inet(SOCK_STREAM, "0.0.0.0", 7007);
	if (listen(server, 5) || connect_inet(SOCK_STREAM, "127.0.0.1", 7007) < 0)
		return 1;
	return accept(server, NULL, NULL) < 0;
}
static int case_accept_nothing(void)
{
	int server = bind_inet(SOCK_STREAM, "127.0.0.1", 7008);
	listen(server, 5);
	fcntl(server, F_SETFL, O_NONBLOCK);
	return !(accept4(server, NULL, NULL, SOCK_CLOEXEC) < 0 && errno == EAGAIN);
}
static int case_udp_connect(void) { return connect_inet(SOCK_DGRAM, "127.0.0.1", 7009) < 0; }
static int case_disconnect(void)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	return connect(socket(AF_INET, SOCK_DGRAM, 0), &none, sizeof none);
}
static int case_sendto(void)
{
	struct sockaddr_in remote = inet_address("127.0.0.1", 7010);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	return sendto(fd, "x", 1, 0, (void *)&remote, sizeof remote) != 1;
}
static int case_send_connected(void)
{
	int ends[2];
	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) || send(ends[0], "x", 1, 0) != 1;
}
static int case_sendmsg(void)
{
	struct sockaddr_in6 remote = inet6_address("::1", 7011);
	struct iovec part = {"x", 1};
	struct msghdr message = {&remote, sizeof remote, &part, 1, NULL, 0, 0};
	return sendmsg(socket(AF_INET6, SOCK_DGRAM, 0), &message, 0) != 1;
}
static int case_sendmmsg(void)
{
	struct sockaddr_in first = inet_address("127.0.0.1", 7012);
	struct sockaddr_in second = inet_address("127.0.0.2", 7013);
	struct iovec part = {"x", 1};
	struct mmsghdr messages[2] = {{{&first, sizeof first, &part, 1, NULL, 0, 0}, 0},
				      {{&second, sizeof second, &part, 1, NULL, 0, 0}, 0}};
	return sendmmsg(socket(AF_INET, SOCK_DGRAM, 0), messages, 2, 0) != 2;
}
/* How libuv finds out whether the kernel has the call. */
static int case_sendmmsg_nothing(void)
{
	return sendmmsg(socket(AF_INET, SOCK_DGRAM, 0), NULL, 0, 0) != 0;
}

static struct sockaddr_un unix_address(const char *path)
{
	struct sockaddr_un result = {.sun_family = AF_UNIX};
	strcpy(result.sun_path, path);
	return result;
}
static int case_unix_listen(void)
{
	struct sockaddr_un local = unix_address("socket");
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	return bind(fd, (void *)&local, sizeof local) || listen(fd, 5);
}
static int case_unix_taken(void)
{
	struct sockaddr_un local = unix_address("f");
	return !(bind(socket(AF_UNIX, SOCK_DGRAM, 0), (void *)&local, sizeof local) < 0 &&
		 errno == EADDRINUSE);
}
static int case_unix_missing(void)
{
	struct sockaddr_un remote = unix_address("/run/none");
	return !(connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&remote, sizeof remote) < 0 &&
		 errno == ENOENT);
}
static int case_unix_abstract(void)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "\0ab\0c"};
	socklen_t length = offsetof(struct sockaddr_un, sun_path) + 5;
	int server = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (bind(server, (void *)&local, length) || listen(server, 5))
		return 1;
	return connect(socket(AF_UNIX, SOCK_SEQPACKET, 0), (void *)&local, length);
}
static int case_unix_sendto(void)
{
	struct sockaddr_un remote = unix_address("/dev/none");
	return !(sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0, (void *)&remote, sizeof remote) < 0);
}
static int case_netlink(void)
{
	struct sockaddr_nl local = {.nl_family = AF_NETLINK};
	return bind(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), (void *)&local, sizeof local);
}

/* Queries to a name server: RFC 1035 section 4. */
#define HEAD(number) number "\1\0\0\1\0\0\0\0\0\0"
#define NAME "\7eXaMPle\3oRg\0"
#define CLASS "\0\1"
static const char ask_a[] = HEAD("\x12\x34") NAME "\0\1" CLASS;
static const char ask_aaaa[] = HEAD("\x56\x78") NAME "\0\34" CLASS;
#define ASK_SIZE (sizeof ask_a - 1)

static int connected(int type, int port)
{
	struct sockaddr_in remote = inet_address("127.0.0.1", port);
	int fd = socket(AF_INET, type, 0);
	if (type == SOCK_STREAM)
		listen(bind_inet(SOCK_STREAM, "127.0.0.1", port), 5);
	return connect(fd, (void *)&remote, sizeof remote) ? -1 : fd;
}
static int case_dns_sendto(void)
{
	struct sockaddr_in6 remote = inet6_address("::1", 53);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	return sendto(fd, ask_a, ASK_SIZE, 0, (void *)&remote, sizeof remote) != ASK_SIZE;
}
static int case_dns_send(void) { return send(connected(SOCK_DGRAM, 53), ask_a, ASK_SIZE, 0) < 0; }
static int case_dns_sendmsg(void)
{
	struct sockaddr_in remote = inet_address("127.0.0.1", 53);
	struct iovec parts[2] = {{(void *)ask_a, 15}, {(void *)(ask_a + 15), ASK_SIZE - 15}};
	struct msghdr message = {&remote, sizeof remote, parts, 2, NULL, 0, 0};
	return sendmsg(socket(AF_INET, SOCK_DGRAM, 0), &message, 0) != ASK_SIZE;
}
/* As glibc does. */
static int case_dns_sendmmsg(void)
{
	struct iovec parts[2] = {{(void *)ask_a, ASK_SIZE}, {(void *)ask_aaaa, ASK_SIZE}};
	struct mmsghdr messages[2] = {{{NULL, 0, &parts[0], 1, NULL, 0, 0}, 0},
				      {{NULL, 0, &parts[1], 1, NULL, 0, 0}, 0}};
	bind_inet(SOCK_DGRAM, "127.0.0.1", 53); /* refused, the first would fail the second */
	return sendmmsg(connected(SOCK_DGRAM, 53), messages, 2, 0) != 2;
}
/* As Go does. */
static int case_dns_write(void) { return write(connected(SOCK_DGRAM, 53), ask_aaaa, ASK_SIZE) < 0; }
static int case_dns_writev_tcp(void)
{
	char length[2] = {0, ASK_SIZE};
	struct iovec parts[2] = {{length, 2}, {(void *)ask_a, ASK_SIZE}};
	return writev(connected(SOCK_STREAM, 53), parts, 2) != ASK_SIZE + 2;
}
static int case_dns_write_tcp(void)
{
	char both[ASK_SIZE + 2] = {0, ASK_SIZE};
	memcpy(both + 2, ask_a, ASK_SIZE);
	return write(connected(SOCK_STREAM, 53), both, sizeof both) != sizeof both;
}
static int case_dns_elsewhere(void) { return send(connected(SOCK_DGRAM, 5353), ask_a, ASK_SIZE, 0) < 0; }
static int case_dns_garbage(void) { return send(connected(SOCK_DGRAM, 53), "what?", 5, 0) != 5; }

#define ENTRY(name) {#name, case_##name}
const struct tracee_case socket_cases[] = {
	ENTRY(listen), ENTRY(serve), ENTRY(listen_loopback), ENTRY(listen_port_0), ENTRY(listen_unbound),
	ENTRY(listen_inet6), ENTRY(listen_v6only), ENTRY(bind_taken), ENTRY(listen_as_another),
	ENTRY(udp_bind),
	ENTRY(connect_refused), ENTRY(connect_unreachable), ENTRY(accept), ENTRY(accept_nothing),
	ENTRY(udp_connect), ENTRY(disconnect), ENTRY(sendto), ENTRY(send_connected), ENTRY(sendmsg),
	ENTRY(sendmmsg), ENTRY(sendmmsg_nothing), ENTRY(unix_listen), ENTRY(unix_taken),
	ENTRY(unix_missing), ENTRY(unix_abstract), ENTRY(unix_sendto), ENTRY(netlink),
	ENTRY(dns_sendto), ENTRY(dns_send), ENTRY(dns_sendmsg), ENTRY(dns_sendmmsg),
	ENTRY(dns_write), ENTRY(dns_writev_tcp), ENTRY(dns_write_tcp), ENTRY(dns_elsewhere),
	ENTRY(dns_garbage),
};
const size_t socket_case_count = sizeof socket_cases / sizeof *socket_cases;
