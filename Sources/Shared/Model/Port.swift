/// A port number of a transport protocol, in host byte order.
package struct Port: RawRepresentable, Hashable, Comparable, Sendable, Codable, ExpressibleByIntegerLiteral {
  package let rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }
  package init(_ number: UInt16) { rawValue = number }
  package init(integerLiteral number: UInt16) { rawValue = number }

  package static func < (left: Port, right: Port) -> Bool { left.rawValue < right.rawValue }
}

extension Port: CustomStringConvertible {
  package var description: String { String(rawValue) }
}
