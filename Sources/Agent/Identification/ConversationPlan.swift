/// How one connection is to be used.
struct ConversationPlan {
  /// Whether a TLS handshake comes first, and what it offers; nil for none.
  var offer: TLSOffer?

  /// How long to wait for a greeting before anything is said, besides round trips; nil for not at all.
  var listening: Duration?

  /// What to ask when nothing was said, or at once; nil for nothing.
  var probe: ServiceProbe?

  /// Whether it was begun again after the service refused a second connection.
  var isRepeated = false
}
