/* Loaded before the C library (ld.so(8), LD_PRELOAD): lets the kernel be short of things for a program's probes.
 *
 *   SHORTAGE_EVERY=N   every Nth socket for a probe is refused with ENFILE, and every Nth launch with one errno after the
 *                      other: ENOBUFS, EAGAIN, EADDRNOTAVAIL, ENOMEM
 *   SHORTAGE_LOG=FILE  how many calls were refused, written when the program ends
 *
 * A launch is the first connect of a socket that is idle, or the send of a datagram. Asking what became of a connection and
 * giving it up are left alone: the kernel is never short for those.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { IDLE = 1, BUSY, DATAGRAM, MOST = 1 << 16 };

static const int errors[] = {ENOBUFS, EAGAIN, EADDRNOTAVAIL, ENOMEM};
static unsigned char states[MOST];
static unsigned long sockets, launches, refused;

static unsigned long every(void) {
  static unsigned long number;
  if (number == 0) {
    const char *text = getenv("SHORTAGE_EVERY");
    number = text ? strtoul(text, NULL, 10) : 1;
  }
  return number;
}

static int refuse(int error) {
  refused++;
  errno = error;
  return -1;
}

static int is_short(void) { return ++launches % every() == 0; }

static int next_error(void) { return errors[launches / every() % (sizeof errors / sizeof *errors)]; }

int socket(int domain, int type, int protocol) {
  static int (*real)(int, int, int);
  if (!real) real = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
  int is_probe = (domain == AF_INET || domain == AF_INET6) && (type & SOCK_NONBLOCK);
  if (is_probe && ++sockets % every() == 0) return refuse(ENFILE);
  int descriptor = real(domain, type, protocol);
  if (descriptor >= 0 && descriptor < MOST) {
    states[descriptor] = !is_probe ? 0 : (type & 15) == SOCK_STREAM ? IDLE : DATAGRAM;
  }
  return descriptor;
}

int connect(int descriptor, const struct sockaddr *address, socklen_t length) {
  static int (*real)(int, const struct sockaddr *, socklen_t);
  if (!real) real = (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect");
  unsigned char *state = descriptor >= 0 && descriptor < MOST ? &states[descriptor] : NULL;
  if (!state || (*state != IDLE && *state != BUSY)) return real(descriptor, address, length);
  if (address->sa_family == AF_UNSPEC) {
    *state = IDLE;
    return real(descriptor, address, length);
  }
  if (*state == IDLE && is_short()) return refuse(next_error());
  int result = real(descriptor, address, length);
  int is_idle = result < 0 && errno != EINPROGRESS && errno != EALREADY && errno != EISCONN;
  *state = is_idle ? IDLE : BUSY;
  return result;
}

ssize_t send(int descriptor, const void *octets, size_t length, int flags) {
  static ssize_t (*real)(int, const void *, size_t, int);
  if (!real) real = (ssize_t (*)(int, const void *, size_t, int))dlsym(RTLD_NEXT, "send");
  if (descriptor >= 0 && descriptor < MOST && states[descriptor] == DATAGRAM && is_short()) return refuse(next_error());
  return real(descriptor, octets, length, flags);
}

ssize_t sendto(
    int descriptor, const void *octets, size_t length, int flags, const struct sockaddr *address, socklen_t room) {
  static ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
  if (!real) {
    real = (ssize_t (*)(int, const void *, size_t, int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "sendto");
  }
  if (descriptor >= 0 && descriptor < MOST && states[descriptor] == DATAGRAM && is_short()) return refuse(next_error());
  return real(descriptor, octets, length, flags, address, room);
}

__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("SHORTAGE_LOG");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "%lu\n", refused);
  fclose(file);
}
