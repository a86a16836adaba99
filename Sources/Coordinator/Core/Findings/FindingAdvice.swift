package import Model

/// Ready lines for people to read, judge and run on the endpoint's host; nothing runs them.
package struct FindingAdvice: Sendable {
  private let key: ProtocolPort
  private let address: IPAddress
  private let unit: String?

  package init(address: IPAddress, key: ProtocolPort, unit: String?) {
    self.address = address
    self.key = key
    // What came from another machine is put into a line for a shell only if it is a unit's name (systemd.unit(5)).
    self.unit = unit.flatMap { Self.isUnitName($0) ? $0 : nil }
  }

  package func lines(_ rule: FindingRule) -> [String] {
    switch rule {
    case .certificateExpiring:
      ["renew the certificate, then reload the service" + (unit.map { ": systemctl reload \($0)" } ?? "")]
    case .severalHosts: ["give one of the hosts another address, or put them into different sites"]
    case .tarpit: ["believe none of its open ports; exclude it from scans: periplus scope exclude \(address)"]
    case .flapping:
      [
        "look at the service's log for restarts" + (unit.map { ": journalctl -u \($0)" } ?? ""),
        "a port that is only missed now and then: periplus serve --close-after 2",
      ]
    case .missing: ["start what is to listen there, or say in the expectation that it is not required"]
    case .unused: stop + close
    case .cleartext, .unexpectedProcess, .unexpectedService, .forwarded, .differingViews, .newExposure, .drift:
      allowOnly + limit + close + stop
    }
  }

  private var family: String { address.family == .ipv4 ? "ip" : "ip6" }
  private var transport: String { key.transport.rawValue }
  private var port: String { key.port.description }

  private var allowOnly: [String] {
    [
      "allow only from a network: nft add rule inet filter input \(family) daddr \(address) \(family) saddr != NETWORK \(transport) dport \(port) drop",
      "the same with ufw: ufw allow from NETWORK to \(address) port \(port) proto \(transport) && ufw deny \(port)/\(transport)",
    ]
  }

  private var limit: [String] {
    [
      "limit the rate: nft add rule inet filter input \(family) daddr \(address) \(transport) dport \(port) ct state new limit rate over 10/minute drop"
    ]
  }

  private var close: [String] {
    ["close: nft add rule inet filter input \(family) daddr \(address) \(transport) dport \(port) reject"]
  }

  private var stop: [String] { unit.map { ["stop: systemctl disable --now \($0)"] } ?? [] }

  private static func isUnitName(_ text: String) -> Bool {
    text.utf8.count <= 255 && text.contains(".")
      && text.utf8.allSatisfy { octet in
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "."),
          UInt8(ascii: "@"):
          true
        case UInt8(ascii: "-"): text.first != "-"
        default: false
        }
      }
  }
}
