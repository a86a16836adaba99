/// The only addresses at which a request's host is looked for: its name is not resolved (CURLOPT_RESOLVE(3)).
package struct HostPin: Sendable {
  let host: String
  let port: Int
  let addresses: [String]

  package init(host: String, port: Int, addresses: [String]) {
    self.host = host
    self.port = port
    self.addresses = addresses
  }

  /// Nil where the host is an address itself.
  var entry: String? {
    guard !addresses.isEmpty, !host.contains(":"), !addresses.contains(host) else { return nil }
    let list = addresses.map { $0.contains(":") ? "[\($0)]" : $0 }.joined(separator: ",")
    return "\(host):\(port):\(list)"
  }
}
