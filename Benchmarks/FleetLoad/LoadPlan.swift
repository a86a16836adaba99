internal import NIOCore
internal import NIOSSL

/// What is played, against whom, and for how long.
struct LoadPlan: Sendable {
  let host: String
  let port: Int
  let tls: NIOSSLContext?
  let end: NIODeadline
  let round: TimeAmount
  let renewals: Int
  let mode: FleetLoad.Mode
  let path: String
}
