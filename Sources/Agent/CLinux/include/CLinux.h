#ifndef CLINUX_H
#define CLINUX_H

// Kernel headers that the Glibc module does not show, so that Swift sees the kernel's own structs and constants and
// nothing is retyped; and inline wrappers for what the importer cannot reach: macros, variadic calls, flexible arrays.

// No feature macro here: the importer must read these headers exactly as it read them for Glibc.

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/errqueue.h>
#include <linux/inet_diag.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

/// A socket address of either family, large enough for both.
union clinux_address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/// One entry of a socket's error queue (ip(7), IP_RECVERR): the error, whom it concerned and who sent it.
struct clinux_socket_error {
  struct sock_extended_err error;
  /// Where the packet that met the error was going.
  union clinux_address destination;
  /// Who reported it; its family is AF_UNSPEC where nobody on the network did.
  union clinux_address sender;
};

/// Takes one entry from the error queue without waiting. Returns 0 or an errno; ENOMSG for an entry that carries no
/// extended error.
///
/// The ancillary data is walked here because CMSG_FIRSTHDR, CMSG_NXTHDR, CMSG_DATA and SO_EE_OFFENDER are macros.
static inline int clinux_take_socket_error(int descriptor, struct clinux_socket_error *out) {
  char control[512] __attribute__((aligned(8)));
  struct msghdr message;
  memset(&message, 0, sizeof message);
  memset(out, 0, sizeof *out);
  message.msg_name = &out->destination;
  message.msg_namelen = sizeof out->destination;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(descriptor, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return errno;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
    int isError = (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) ||
                  (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR);
    if (!isError || header->cmsg_len < CMSG_LEN(sizeof out->error)) continue;
    memcpy(&out->error, CMSG_DATA(header), sizeof out->error);
    size_t rest = header->cmsg_len - CMSG_LEN(sizeof out->error);
    if (rest > sizeof out->sender) rest = sizeof out->sender;
    memcpy(&out->sender, CMSG_DATA(header) + sizeof out->error, rest);
    return 0;
  }
  return ENOMSG;
}

/// Names the calling thread, as `ps -L` and debuggers show it: at most 15 bytes (pthread_setname_np(3)).
int clinux_name_this_thread(const char *name);

/// Makes a signal add one to an eventfd, once: the next of its kind has its default effect, so that a second Ctrl-C ends a
/// program that does not react. Returns 0 or an errno; at most signal 64, one eventfd a signal and process.
///
/// In C, because a handler may call nothing but async-signal-safe functions (signal-safety(7)), which Swift's runtime does
/// not promise.
int clinux_report_signal(int signal, int event);

/// Moves the calling thread into the network namespace of a descriptor (setns(2)). Returns 0, or -1 with errno.
int clinux_enter_network_namespace(int descriptor);

/// Who connected a Unix socket, as the kernel remembers it (unix(7), SO_PEERCRED). Returns 0, or -1 with errno.
int clinux_peer_user(int descriptor, uint32_t *uid);

/// Makes the permitted, effective and inheritable capabilities of the calling process these (capset(2)); only from among
/// those that are permitted. Returns 0, or -1 with errno.
int clinux_set_capabilities(uint64_t capabilities);

/// From here on execve(2) gives no privilege (prctl(2), PR_SET_NO_NEW_PRIVS). Returns 0, or -1 with errno.
int clinux_give_up_new_privileges(void);

/// getdents64(2), which glibc wraps only from 2.30 on and which reads a directory without allocating.
static inline long clinux_directory_entries(int descriptor, void *buffer, size_t capacity) {
  return syscall(SYS_getdents64, descriptor, buffer, capacity);
}

#endif
