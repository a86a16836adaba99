#define _GNU_SOURCE
#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

/* Every function of libcurl that is used: X(name), once. */
#define FUNCTIONS(X)                                                                                                   \
    X(curl_global_init)                                                                                                \
    X(curl_multi_init)                                                                                                 \
    X(curl_multi_cleanup)                                                                                              \
    X(curl_multi_add_handle)                                                                                           \
    X(curl_multi_remove_handle)                                                                                        \
    X(curl_multi_perform)                                                                                              \
    X(curl_multi_poll)                                                                                                 \
    X(curl_multi_wakeup)                                                                                               \
    X(curl_multi_info_read)                                                                                            \
    X(curl_multi_strerror)                                                                                             \
    X(curl_easy_init)                                                                                                  \
    X(curl_easy_cleanup)                                                                                               \
    X(curl_easy_strerror)                                                                                              \
    X(curl_easy_setopt)                                                                                                \
    X(curl_easy_getinfo)                                                                                               \
    X(curl_slist_append)                                                                                               \
    X(curl_slist_free_all)

/* The functions under their own names, with the types that curl.h declares: nothing here refers to a symbol of libcurl. */
struct functions {
#define MEMBER(name) __typeof__(&name) name;
    FUNCTIONS(MEMBER)
#undef MEMBER
};

/* Written once, under the lock, before anybody calls. */
static struct functions curl;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int is_loaded;

/* Whether `found` has every function now; else `why` says which is missing. */
static int find(void *handle, const char *library, struct functions *found, char *why, size_t size) {
#define FIND(name)                                                                                                     \
    found->name = (__typeof__(&name))dlsym(handle, #name);                                                             \
    if (found->name == NULL) {                                                                                         \
        snprintf(why, size, "%s has no %s: it is no libcurl, or one before 7.68", library, #name);                     \
        return 0;                                                                                                      \
    }
    FUNCTIONS(FIND)
#undef FIND
    return 1;
}

static int load(const char *library, char *why, size_t size) {
    struct functions found;
    /* Not closed once it has started: libcurl's own libraries leave threads and exit functions behind. */
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        snprintf(why, size, "cannot load libcurl: %s", dlerror());
        return 0;
    }
    if (!find(handle, library, &found, why, size)) {
        dlclose(handle);
        return 0;
    }
    CURLcode code = found.curl_global_init(CURL_GLOBAL_ALL);
    if (code != CURLE_OK) {
        snprintf(why, size, "cannot start libcurl: %s", found.curl_easy_strerror(code));
        return 0;
    }
    curl = found;
    return 1;
}

const char *periplus_curl_load(const char *library) {
    static _Thread_local char why[512];
    pthread_mutex_lock(&lock);
    if (!is_loaded) is_loaded = load(library, why, sizeof why);
    const char *result = is_loaded ? NULL : why;
    pthread_mutex_unlock(&lock);
    return result;
}

CURLM *periplus_curl_multi_init(void) { return curl.curl_multi_init(); }

CURLMcode periplus_curl_multi_cleanup(CURLM *multi) { return curl.curl_multi_cleanup(multi); }

CURLMcode periplus_curl_multi_add_handle(CURLM *multi, CURL *handle) {
    return curl.curl_multi_add_handle(multi, handle);
}

CURLMcode periplus_curl_multi_remove_handle(CURLM *multi, CURL *handle) {
    return curl.curl_multi_remove_handle(multi, handle);
}

CURLMcode periplus_curl_multi_perform(CURLM *multi, int *running) { return curl.curl_multi_perform(multi, running); }

CURLMcode periplus_curl_multi_poll(CURLM *multi, int milliseconds) {
    return curl.curl_multi_poll(multi, NULL, 0, milliseconds, NULL);
}

CURLMcode periplus_curl_multi_wakeup(CURLM *multi) { return curl.curl_multi_wakeup(multi); }

CURLMsg *periplus_curl_multi_info_read(CURLM *multi, int *left) { return curl.curl_multi_info_read(multi, left); }

const char *periplus_curl_multi_strerror(CURLMcode code) { return curl.curl_multi_strerror(code); }

CURL *periplus_curl_easy_init(void) { return curl.curl_easy_init(); }

void periplus_curl_easy_cleanup(CURL *handle) { curl.curl_easy_cleanup(handle); }

const char *periplus_curl_easy_strerror(CURLcode code) { return curl.curl_easy_strerror(code); }

struct curl_slist *periplus_curl_slist_append(struct curl_slist *list, const char *line) {
    return curl.curl_slist_append(list, line);
}

void periplus_curl_slist_free_all(struct curl_slist *list) { curl.curl_slist_free_all(list); }

CURLcode periplus_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl.curl_easy_setopt(handle, option, value);
}

CURLcode periplus_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl.curl_easy_setopt(handle, option, value);
}

CURLcode periplus_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl.curl_easy_setopt(handle, option, value);
}

CURLcode periplus_curl_set_bytes(CURL *handle, CURLoption option, const void *value) {
    return curl.curl_easy_setopt(handle, option, value);
}

CURLcode periplus_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl.curl_easy_setopt(handle, option, value);
}

CURLcode periplus_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl.curl_easy_setopt(handle, option, value);
}

CURLcode periplus_curl_set_sink(CURL *handle, CURLoption option, periplus_curl_sink value) {
    return curl.curl_easy_setopt(handle, option, value);
}

CURLcode periplus_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl.curl_easy_getinfo(handle, info, value);
}

void periplus_curl_name_thread(const char *name) {
    (void)pthread_setname_np(pthread_self(), name);
}
