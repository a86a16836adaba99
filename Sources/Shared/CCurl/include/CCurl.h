#ifndef PERIPLUS_CCURL_H
#define PERIPLUS_CCURL_H

#include <curl/curl.h>
#include <stddef.h>

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
