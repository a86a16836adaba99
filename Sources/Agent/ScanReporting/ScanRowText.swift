internal import Listing
package import Model
internal import ScanEngine

/// Scan rows as JSON objects, written as octets: a scan has millions of rows, and a general printer costs as much as the
/// probe itself.
package struct ScanRowText {
  private let names: ServiceNames

  /// The last host's address as JSON: rows of one host come together.
  private var host: HostAddress?
  private var hostText: [UInt8] = []

  package init(names: ServiceNames) { self.names = names }

  /// Appends one row without a line break; members are those of the standalone contract, in its order.
  package mutating func append(_ row: ScanRow, to bytes: inout [UInt8]) {
    if host != row.host {
      host = row.host
      hostText = Self.json(row.host.description)
    }
    Self.append("{\"address\":", to: &bytes)
    bytes += hostText
    Self.append(",\"protocol\":\"", to: &bytes)
    bytes += row.port.transport.rawValue.utf8
    Self.append("\",\"port\":", to: &bytes)
    Self.append(Int64(row.port.port.rawValue), to: &bytes)
    // States and reasons are our own words, which need no escapes.
    Self.append(",\"state\":\"", to: &bytes)
    bytes += row.state.rawValue.utf8
    Self.append("\",\"reason\":\"", to: &bytes)
    bytes += row.reason.rawValue.utf8
    if let icmp = row.icmp {
      Self.append("\",\"icmp\":{\"type\":", to: &bytes)
      Self.append(Int64(icmp.type), to: &bytes)
      Self.append(",\"code\":", to: &bytes)
      Self.append(Int64(icmp.code), to: &bytes)
      Self.append(",\"sender\":\"", to: &bytes)
      bytes += icmp.sender.description.utf8
      Self.append("\"},\"rttMicroseconds\":", to: &bytes)
    } else {
      Self.append("\",\"rttMicroseconds\":", to: &bytes)
    }
    if let roundTrip = row.roundTripMicroseconds {
      Self.append(roundTrip, to: &bytes)
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

  private static func append(_ number: Int64, to bytes: inout [UInt8]) {
    guard number > 9 else {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: max(number, 0)))
      return
    }
    append(number / 10, to: &bytes)
    bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
  }
}
