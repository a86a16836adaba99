#ifndef PERIPLUS_CCURL_H
#define PERIPLUS_CCURL_H

#include <curl/curl.h>
#include <stddef.h>

/* libcurl, loaded when the first client is made: some thirty other libraries come with it, and loading them takes longer than
 * a command that needs none of them runs.
 *
 * Every function but the first and the last wants `periplus_curl_load` to have returned NULL before. */

/* Loads the library of that name (dlopen(3)) and sets it up (curl_global_init(3)), once a process: after a success, later calls
 * do nothing. Returns NULL, or why not, for people; that text is the calling thread's until its next call. */
const char *periplus_curl_load(const char *library);

/* What Swift can call as it is, under a name of its own. */
CURLM *periplus_curl_multi_init(void);
CURLMcode periplus_curl_multi_cleanup(CURLM *multi);
CURLMcode periplus_curl_multi_add_handle(CURLM *multi, CURL *handle);
CURLMcode periplus_curl_multi_remove_handle(CURLM *multi, CURL *handle);
CURLMcode periplus_curl_multi_perform(CURLM *multi, int *running);
CURLMcode periplus_curl_multi_poll(CURLM *multi, int milliseconds);
CURLMcode periplus_curl_multi_wakeup(CURLM *multi);
CURLMsg *periplus_curl_multi_info_read(CURLM *multi, int *left);
const char *periplus_curl_multi_strerror(CURLMcode code);
CURL *periplus_curl_easy_init(void);
void periplus_curl_easy_cleanup(CURL *handle);
const char *periplus_curl_easy_strerror(CURLcode code);
struct curl_slist *periplus_curl_slist_append(struct curl_slist *list, const char *line);
void periplus_curl_slist_free_all(struct curl_slist *list);

/* curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: one function for each type of value. */

typedef size_t (*periplus_curl_sink)(char *bytes, size_t size, size_t count, void *context);

CURLcode periplus_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode periplus_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value);
CURLcode periplus_curl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode periplus_curl_set_bytes(CURL *handle, CURLoption option, const void *value);
CURLcode periplus_curl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode periplus_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value);
CURLcode periplus_curl_set_sink(CURL *handle, CURLoption option, periplus_curl_sink value);
CURLcode periplus_curl_get_long(CURL *handle, CURLINFO info, long *value);

/* Names the calling thread, in at most 15 octets; glibc shows pthread_setname_np only with _GNU_SOURCE. */
void periplus_curl_name_thread(const char *name);

#endif
