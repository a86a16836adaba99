/// The fields of rows of one kind, and which of them follows which: a row nearly always has them in the order of the row before, so that
/// a name is compared with one, whole, where else it is read and looked for.
package struct FieldOrder<Field: CaseIterable & RawRepresentable<String>> {
  private let fields: [Field]
  /// The names as they are written, in quotes and with the colon, one behind the other, and where each ends.
  private let openings: [UInt8]
  private let ends: [Int]
  /// For each field the place of that which came next, the last time.
  private var following: [Int]
  /// Of the latest field; a row begins with what followed the last field of the row before.
  private var place: Int

  package init() {
    let fields = Array(Field.allCases)
    self.fields = fields
    let names = fields.map { Array("\"\($0.rawValue)\":".utf8) }
    openings = Array(names.joined())
    var end = 0
    ends =
      [0]
      + names.map { name in
        end += name.count
        return end
      }
    following = fields.indices.map { ($0 + 1) % fields.count }
    place = fields.count - 1
  }

  var current: Field { fields[place] }

  /// Takes the name that is likely to be next, with its colon; false: another follows, or blanks do.
  mutating func step(along cursor: inout JSONCursor) -> Bool {
    let next = following[place]
    let isNext = openings.withUnsafeBufferPointer {
      cursor.take(text: JSONCursor.Word(rebasing: $0[ends[next]..<ends[next + 1]]))
    }
    if isNext { place = next }
    return isNext
  }

  /// False: no field has the name.
  mutating func step(to name: JSONCursor.Word) -> Bool {
    let found = openings.withUnsafeBufferPointer { openings in
      fields.indices.first { place in
        // Without quotes and colon.
        name.says(JSONCursor.Word(rebasing: openings[(ends[place] + 1)..<(ends[place + 1] - 2)]))
      }
    }
    guard let found else { return false }
    following[place] = found
    place = found
    return true
  }
}
