internal import Listing
internal import Model
internal import ScanEngine

/// Scan rows as JSON objects, written as octets: a scan has millions of rows, and a general printer costs as much as the
/// probe itself.
struct ScanRowText {
  private let names: ServiceNames

  /// The last host's address as JSON: rows of one host come together.
  private var host: HostAddress?
  private var hostText: [UInt8] = []

  init(names: ServiceNames) { self.names = names }

  /// Appends one row without a line break; members are those of the standalone contract, in its order.
  mutating func append(_ observation: Observation, _ answer: ServiceAnswer? = nil, to bytes: inout [UInt8]) {
    if host != observation.host {
      host = observation.host
      hostText = Self.json(observation.host.description)
    }
    Self.append("{\"address\":", to: &bytes)
    bytes += hostText
    Self.append(",\"protocol\":\"", to: &bytes)
    bytes += observation.port.transport.rawValue.utf8
    Self.append("\",\"port\":", to: &bytes)
    Self.append(Int64(observation.port.port.rawValue), to: &bytes)
    // States and reasons are our own words, which need no escapes.
    Self.append(",\"state\":\"", to: &bytes)
    bytes += observation.state.rawValue.utf8
    Self.append("\",\"reason\":\"", to: &bytes)
    bytes += observation.reason.rawValue.utf8
    Self.append("\",\"rttMicroseconds\":", to: &bytes)
    if let roundTrip = observation.roundTripMicroseconds {
      Self.append(roundTrip, to: &bytes)
    } else {
      Self.append("null", to: &bytes)
    }
    Self.append(",\"service\":", to: &bytes)
    if let identity = answer?.identity {
      bytes += identity.jsonMembers.utf8
      return
    }
    if let name = names.name(of: observation.port) {
      bytes += Self.json(name)
    } else {
      Self.append("null", to: &bytes)
    }
    guard let banner = answer?.banner else {
      return Self.append(",\"product\":null,\"version\":null,\"banner\":null}", to: &bytes)
    }
    Self.append(",\"product\":null,\"version\":null,\"banner\":", to: &bytes)
    bytes += Self.json(banner)
    bytes.append(UInt8(ascii: "}"))
  }

  private static func json(_ text: String) -> [UInt8] {
    var result = ""
    JSONText.append(.text(text), to: &result)
    return Array(result.utf8)
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

extension Observation {
  /// Whole microseconds, never negative; nil where no answer came.
  var roundTripMicroseconds: Int64? {
    roundTrip.map { duration in
      let (seconds, attoseconds) = duration.components
      return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
  }
}
