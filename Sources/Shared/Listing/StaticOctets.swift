extension [UInt8] {
  /// Appends the UTF-8 of a text that stands in the program, without making a `String` of it: listings have many.
  mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
