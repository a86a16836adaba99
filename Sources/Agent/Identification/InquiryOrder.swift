internal import Model

/// An endpoint that somebody wants identified.
struct InquiryOrder: Sendable {
  let id: UInt64
  let host: HostAddress
  let port: Port
  let isAllowed: @Sendable (HostAddress, ProtocolPort) -> Bool
  let finished: @Sendable (Identification) -> Void
}
