// pthread_setname_np is a GNU extension.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>

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
