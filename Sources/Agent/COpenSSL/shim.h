#ifndef COPENSSL_H
#define COPENSSL_H

// OpenSSL 3's interface, and inline wrappers for what Swift's importer cannot reach: macros and generated stacks.

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

/// Sets a client context up to speak with any server, old and badly configured ones too: what is offered is no secret and
/// what is received is not trusted, so that no check may end a handshake early.
///
/// Security level 0 and TLS 1.0 admit what today's defaults refuse (SSL_CTX_set_security_level(3)); `chain_limit` bounds
/// the octets of a certificate chain (SSL_CTX_set_max_cert_list(3)). Returns 1, or 0 where OpenSSL refuses.
static inline int copenssl_prepare(SSL_CTX *context, long chain_limit) {
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_options(
      context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(context, chain_limit);
  return SSL_CTX_set_min_proto_version(context, TLS1_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") == 1;
}

/// The alert (RFC 8446, 6) with which the peer ended the handshake, or -1; forgets every pending error of this thread.
static inline int copenssl_take_alert(void) {
  int alert = -1;
  unsigned long code;
  while ((code = ERR_get_error()) != 0) {
    int reason = ERR_GET_REASON(code);
    // OpenSSL counts received alerts from SSL_AD_REASON_OFFSET on (SSL_alert_type_string(3), sslerr.h).
    if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256)
      alert = reason - SSL_AD_REASON_OFFSET;
  }
  return alert;
}

/// How many octets a memory BIO holds.
static inline size_t copenssl_pending(BIO *memory) { return BIO_ctrl_pending(memory); }

/// Writes a name in the order of RFC 2253 to a memory BIO; octets that are not printable ASCII come escaped.
static inline int copenssl_print_name(BIO *memory, const X509_NAME *name) {
  return X509_NAME_print_ex(memory, name, 0, XN_FLAG_RFC2253 & ~XN_FLAG_DUMP_UNKNOWN_FIELDS);
}

/// The subject's alternative names, or NULL; freed by `copenssl_free_names`.
static inline GENERAL_NAMES *copenssl_names(const X509 *certificate) {
  return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline void copenssl_free_names(GENERAL_NAMES *names) { GENERAL_NAMES_free(names); }

static inline int copenssl_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }

/// The kind of a name (GEN_DNS, GEN_IPADD ...) and its octets where the kind is text or an address; the octets live as
/// long as the names.
static inline int copenssl_name(const GENERAL_NAMES *names, int index, const unsigned char **octets, int *length) {
  const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
  *octets = NULL;
  *length = 0;
  if (name == NULL) return -1;
  switch (name->type) {
    case GEN_DNS:
    case GEN_EMAIL:
    case GEN_URI:
      *octets = ASN1_STRING_get0_data(name->d.ia5);
      *length = ASN1_STRING_length(name->d.ia5);
      break;
    case GEN_IPADD:
      *octets = ASN1_STRING_get0_data(name->d.iPAddress);
      *length = ASN1_STRING_length(name->d.iPAddress);
      break;
    default: break;
  }
  return name->type;
}

enum { copenssl_gen_dns = GEN_DNS, copenssl_gen_email = GEN_EMAIL, copenssl_gen_uri = GEN_URI, copenssl_gen_ip = GEN_IPADD };

/// Seconds since 1970 (UTC); returns 0 for a time that is not well formed.
static inline int copenssl_seconds(const ASN1_TIME *time, long long *seconds) {
  struct tm broken;
  if (time == NULL || ASN1_TIME_to_tm(time, &broken) != 1) return 0;
  *seconds = (long long)timegm(&broken);
  return 1;
}

/// SHA-256 of some octets into 32; returns 1.
static inline int copenssl_sha256(const unsigned char *octets, size_t count, unsigned char *digest) {
  return EVP_Digest(octets, count, digest, NULL, EVP_sha256(), NULL);
}

#endif
