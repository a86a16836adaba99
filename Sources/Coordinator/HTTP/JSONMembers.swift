internal import FoundationEssentials
internal import Listing

/// An object written member by member, in UTF-8 and without white space; what is absent is left out.
struct JSONMembers {
  private var isEmpty = true

  /// `name` has nothing that JSON escapes.
  mutating func append(_ name: StaticString, _ value: ListingValue, to bytes: inout [UInt8]) {
    if case .absent = value { return }
    begin(name, &bytes)
    JSONText.append(value, to: &bytes)
  }

  /// As `JSONResponse` encodes it.
  mutating func append(_ name: StaticString, encoding value: some Encodable, to bytes: inout [UInt8]) throws {
    begin(name, &bytes)
    bytes += try JSONResponse.encoded(value)
  }

  /// Appends what comes before a member's value.
  mutating func begin(_ name: StaticString, _ bytes: inout [UInt8]) {
    bytes.append(isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
    isEmpty = false
    bytes.append(UInt8(ascii: "\""))
    bytes += UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  func end(_ bytes: inout [UInt8]) {
    if isEmpty { bytes.append(UInt8(ascii: "{")) }
    bytes.append(UInt8(ascii: "}"))
  }
}
