/* A slow and lossy line between two network namespaces, for kernels without sch_netem.
 *
 *   relay NAMESPACE-A INTERFACE-A NAMESPACE-B INTERFACE-B DELAY-MICROSECONDS LOSS-PERMILLE [SEED [ICMP-DELAY-MICROSECONDS]]
 *
 * makes a TUN interface in either namespace (ip-netns(8) names them), prints "ready", and carries every packet from one to
 * the other after the delay, in order, or loses it by chance. ICMP over IPv4 may have a delay of its own. SIGTERM ends it;
 * the interfaces go with it. Needs root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST = 1600, ROOM = 1 << 16, LINES = 2 };

struct packet {
  uint64_t due;
  int target;
  int length;
  char octets[LONGEST];
};

/* Packets of one delay, so that they are due in the order in which they came. */
struct line {
  uint64_t delay, first, next;
  struct packet *ring;
};

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int tunnel(const char *namespace, const char *interface) {
  char path[256];
  snprintf(path, sizeof path, "/var/run/netns/%s", namespace);
  int home = open(path, O_RDONLY | O_CLOEXEC);
  if (home < 0 || setns(home, CLONE_NEWNET) != 0) fail(path);
  close(home);
  int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (device < 0) fail("/dev/net/tun");
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
  if (ioctl(device, TUNSETIFF, &request) != 0) fail("TUNSETIFF");
  return device;
}

int main(int count, char **arguments) {
  if (count < 7) {
    fprintf(stderr, "usage: relay NS-A IF-A NS-B IF-B DELAY-MICROSECONDS LOSS-PERMILLE [SEED [ICMP-DELAY-MICROSECONDS]]\n");
    return 64;
  }
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  int ends[2] = {tunnel(arguments[1], arguments[2]), tunnel(arguments[3], arguments[4])};
  uint64_t delay = strtoull(arguments[5], NULL, 10) * 1000;
  long loss = strtol(arguments[6], NULL, 10);
  srandom(count > 7 ? (unsigned)strtoul(arguments[7], NULL, 10) : 1);
  struct line lines[LINES] = {{.delay = delay}, {.delay = count > 8 ? strtoull(arguments[8], NULL, 10) * 1000 : delay}};
  for (int index = 0; index < LINES; index++) {
    lines[index].ring = calloc(ROOM, sizeof *lines[index].ring);
    if (lines[index].ring == NULL) fail("calloc");
  }
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    uint64_t due = UINT64_MAX;
    for (struct line *line = lines; line < lines + LINES; line++) {
      for (uint64_t time = now(); line->first < line->next && line->ring[line->first % ROOM].due <= time; line->first++) {
        struct packet *packet = &line->ring[line->first % ROOM];
        /* A full queue of the interface loses the packet, as a line would. */
        if (write(packet->target, packet->octets, (size_t)packet->length) < 0 && errno == EBADF) fail("write");
      }
      if (line->first < line->next && line->ring[line->first % ROOM].due < due) due = line->ring[line->first % ROOM].due;
    }
    struct pollfd wanted[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLIN, 0}};
    struct timespec pause = {0, 0}, *wait = NULL;
    if (due != UINT64_MAX) {
      uint64_t time = now();
      if (due > time) {
        pause.tv_sec = (time_t)((due - time) / 1000000000u);
        pause.tv_nsec = (long)((due - time) % 1000000000u);
      }
      wait = &pause;
    }
    if (ppoll(wanted, 2, wait, NULL) < 0 && errno != EINTR) fail("ppoll");
    for (int end = 0; end < 2; end++) {
      for (int turn = 0; turn < 64 && (wanted[end].revents & POLLIN); turn++) {
        char octets[LONGEST];
        ssize_t length = read(ends[end], octets, LONGEST);
        if (length <= 0) break;
        /* Version 4 and protocol 1 (RFC 791, 3.1). */
        struct line *line = &lines[length >= 20 && octets[0] >> 4 == 4 && octets[9] == 1];
        if (random() % 1000 < loss || line->next - line->first >= ROOM) continue;
        struct packet *packet = &line->ring[line->next % ROOM];
        memcpy(packet->octets, octets, (size_t)length);
        packet->length = (int)length;
        packet->target = ends[1 - end];
        packet->due = now() + line->delay;
        line->next++;
      }
    }
  }
}
