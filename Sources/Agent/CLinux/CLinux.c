// pthread_setname_np is a GNU extension.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#include "CLinux.h"

int clinux_name_this_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

int clinux_enter_network_namespace(int descriptor) { return setns(descriptor, CLONE_NEWNET); }

static volatile sig_atomic_t reportedTo[65];

static void report(int signal) {
  int before = errno;
  uint64_t one = 1;
  ssize_t written = write(reportedTo[signal], &one, sizeof one);
  (void)written;
  errno = before;
}

int clinux_report_signal(int signal, int event) {
  if (signal < 1 || signal > 64) return EINVAL;
  reportedTo[signal] = event;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = report;
  action.sa_flags = SA_RESTART | SA_RESETHAND;
  return sigaction(signal, &action, NULL) < 0 ? errno : 0;
}

int clinux_peer_user(int descriptor, uint32_t *uid) {
  // struct ucred is a GNU extension.
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -1;
  *uid = peer.uid;
  return 0;
}

int clinux_set_capabilities(uint64_t capabilities) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  for (int word = 0; word < _LINUX_CAPABILITY_U32S_3; word++) {
    uint32_t bits = (uint32_t)(capabilities >> (32 * word));
    data[word].effective = bits;
    data[word].permitted = bits;
    data[word].inheritable = bits;
  }
  return (int)syscall(SYS_capset, &header, data);
}

int clinux_give_up_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
