#define _GNU_SOURCE
#include <pthread.h>

#include "CCurl.h"

CURLcode periplus_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

CURLcode periplus_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

CURLcode periplus_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

CURLcode periplus_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

CURLcode periplus_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

CURLcode periplus_curl_set_sink(CURL *handle, CURLoption option, periplus_curl_sink sink) {
    return curl_easy_setopt(handle, option, sink);
}

CURLcode periplus_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

CURLcode periplus_curl_get_pointer(CURL *handle, CURLINFO info, void **value) {
    return curl_easy_getinfo(handle, info, value);
}

CURLcode periplus_curl_message_result(const CURLMsg *message) {
    return message->data.result;
}

void periplus_name_this_thread(const char *name) {
    pthread_setname_np(pthread_self(), name);
}
