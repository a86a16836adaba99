#ifndef PERIPLUS_CCURL_H
#define PERIPLUS_CCURL_H

#include <curl/curl.h>

/* curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: one function per type of value. */
CURLcode periplus_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode periplus_curl_set_size(CURL *handle, CURLoption option, curl_off_t value);
CURLcode periplus_curl_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode periplus_curl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode periplus_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value);

typedef size_t (*periplus_curl_sink)(char *octets, size_t size, size_t count, void *context);
CURLcode periplus_curl_set_sink(CURL *handle, CURLoption option, periplus_curl_sink sink);

CURLcode periplus_curl_get_long(CURL *handle, CURLINFO info, long *value);
CURLcode periplus_curl_get_pointer(CURL *handle, CURLINFO info, void **value);

/* CURLMsg keeps its result in a union, which Swift reads only by name of the member. */
CURLcode periplus_curl_message_result(const CURLMsg *message);

/* Names the calling thread, 15 octets at most (pthread_setname_np(3)); hidden from Swift behind _GNU_SOURCE. */
void periplus_name_this_thread(const char *name);

#endif
