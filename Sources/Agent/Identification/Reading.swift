internal import Model

/// What a service sent so far on one connection, since it was last asked.
struct Received {
  let octets: ArraySlice<UInt8>

  /// Nothing more will come: the service ended the stream, waited too long, or reached the bound on what is read.
  let isFinal: Bool

  init(_ octets: ArraySlice<UInt8>, isFinal: Bool = false) {
    self.octets = octets
    self.isFinal = isFinal
  }
}

/// What a reader makes of the octets received so far.
enum Reading {
  /// It could still become this reader's protocol.
  case incomplete

  /// It is not this reader's protocol, whatever may follow.
  case foreign

  /// All that can be learnt here.
  case recognised(ServiceIdentity)

  /// The protocol is this; one more question on the same connection may show more.
  case asking(ServiceIdentity, FollowUp)

  /// The service awaits the first octet of a TLS handshake (STARTTLS and its likes).
  case securing(ServiceIdentity)
}

/// A question that follows what was recognised; without an answer to it, what was recognised stands.
struct FollowUp {
  let request: [UInt8]

  /// How many of the received octets are done with; nil for all of them.
  let consumed: Int?
  let reader: ServiceReader

  init(_ request: [UInt8], consumed: Int? = nil, reader: @escaping ServiceReader) {
    self.request = request
    self.consumed = consumed
    self.reader = reader
  }

  init(_ request: String, reader: @escaping ServiceReader) { self.init(Array(request.utf8), reader: reader) }
}

/// Recognises one protocol. Pure, bounded by its input, and never trapping whatever the octets are.
typealias ServiceReader = @Sendable (Received) -> Reading

extension ServiceIdentity {
  /// A service by name with what its words show.
  static func named(
    _ service: String, _ text: ProductText = ProductText(product: nil, version: nil),
    _ confidence: Confidence = .certain
  ) -> ServiceIdentity {
    ServiceIdentity(service: service, product: text.product, version: text.version, confidence: confidence)
  }
}
