internal import Listing
package import Model
internal import ScanEngine

/// Scan rows as JSON objects, written as octets: a scan has millions of rows, and a general printer costs as much as the
/// probe itself.
package struct ScanRowText {
  private let names: ServiceNames

  /// What the last row began with, up to its port: rows of one host come together.
  private var host: (address: HostAddress, transport: TransportProtocol)?
  private var hostText: [UInt8] = []

  /// What stood between port and time in the last row without ICMP error: most rows of a host say the same.
  private var outcome: (state: EndpointState, reason: ProbeReason)?
  private var outcomeText: [UInt8] = []

  package init(names: ServiceNames) { self.names = names }

  /// Appends one row without a line break; members are those of the standalone contract, in its order.
  package mutating func append(_ row: ScanRow, to bytes: inout [UInt8]) {
    if host?.address != row.host || host?.transport != row.port.transport {
      host = (row.host, row.port.transport)
      hostText = Array("{\"address\":".utf8) + Self.json(row.host.description)
      hostText += ",\"protocol\":\"\(row.port.transport.rawValue)\",\"port\":".utf8
    }
    bytes.append(contentsOf: hostText)
    DecimalText.append(UInt64(row.port.port.rawValue), to: &bytes)
    if outcome?.state != row.state || outcome?.reason != row.reason {
      outcome = (row.state, row.reason)
      // States and reasons are our own words, which need no escapes.
      outcomeText = Array(
        ",\"state\":\"\(row.state.rawValue)\",\"reason\":\"\(row.reason.rawValue)\",\"rttMicroseconds\":".utf8)
    }
    if let icmp = row.icmp {
      bytes += outcomeText.dropLast(Self.timeMember.count)
      bytes += ",\"icmp\":{\"type\":\(icmp.type),\"code\":\(icmp.code),\"sender\":\"\(icmp.sender)\"}".utf8
      bytes += Self.timeMember
    } else {
      bytes.append(contentsOf: outcomeText)
    }
    if let roundTrip = row.roundTripMicroseconds {
      DecimalText.append(UInt64(max(0, roundTrip)), to: &bytes)
    } else {
      Self.append("null", to: &bytes)
    }
    Self.append(",\"service\":", to: &bytes)
    let registered = names.name(of: row.port)
    guard let identity = row.identity else {
      Self.appendText(registered, to: &bytes)
      return Self.append(",\"product\":null,\"version\":null,\"banner\":null}", to: &bytes)
    }
    bytes += identity.jsonMembers(registered: registered).utf8
  }

  private static let timeMember = Array(",\"rttMicroseconds\":".utf8)

  private static func json(_ text: String) -> [UInt8] {
    var result = ""
    JSONText.append(.text(text), to: &result)
    return Array(result.utf8)
  }

  private static func appendText(_ text: String?, to bytes: inout [UInt8]) {
    if let text { bytes += json(text) } else { bytes += "null".utf8 }
  }

  private static func append(_ text: StaticString, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
