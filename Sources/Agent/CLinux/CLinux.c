// pthread_setname_np is a GNU extension.
#define _GNU_SOURCE
#include <pthread.h>

#include "CLinux.h"

int clinux_name_this_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }
