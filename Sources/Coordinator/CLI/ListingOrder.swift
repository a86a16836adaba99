internal import Listing
internal import Model

/// In what order a listing's rows are printed: by one field after the other, `--sort FIELD[,-FIELD…]`.
struct ListingOrder {
  private let fields: [(position: Int, isDescending: Bool, isAddress: Bool)]

  /// What queries call a field, where the listing has another name for it; the first that it has is meant.
  private static let names: [String: [String]] = [
    "host": ["address"], "net": ["address"], "proto": ["protocol"], "proc": ["process", "processes"],
    "seen": ["lastSeen"], "first": ["firstSeen"], "changed": ["lastChanged", "changedAt"],
    "change": ["lastChanged", "changedAt"], "name": ["names"],
  ]

  /// Throws a `CommandFailure` for a field that none of the columns is, with the nearest that is one.
  init(_ text: String, of columns: [ListingColumn]) throws {
    fields = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      let isDescending = part.first == "-"
      let name = String(isDescending ? part.dropFirst() : part)
      let candidates = [name] + (Self.names[name.lowercased()] ?? [])
      let position = candidates.lazy.compactMap { candidate in
        columns.firstIndex { $0.key.lowercased() == candidate.lowercased() }
      }.first
      guard let position else {
        let known = columns.map(\.key)
        let nearest = Self.nearest(name, known).map { "; did you mean \($0)?" } ?? "."
        throw CommandFailure(
          "--sort: there is no field \"\(PrintableText.escaped(name))\"\(nearest) The fields are \(known.joined(separator: ", "))",
          status: .usage)
      }
      return (position, isDescending, columns[position].key.lowercased().hasSuffix("address"))
    }
  }

  /// Words are compared without regard to case, and keys are camel case.
  private static func nearest(_ name: String, _ known: [String]) -> String? {
    let nearest = NearestWord.to(name, among: known.map { $0.lowercased() })
    return nearest.flatMap { nearest in known.first { $0.lowercased() == nearest } }
  }

  /// What a row is sorted by.
  func keys(of row: [ListingValue]) -> [ListingSortKey] {
    fields.map { field in
      ListingSortKey(field.position < row.count ? row[field.position] : .absent, isAddress: field.isAddress)
    }
  }

  /// Whether a row goes before another; false for rows of equal keys, which stay in the list's own order.
  func goesBefore(_ left: [ListingSortKey], _ right: [ListingSortKey]) -> Bool {
    for (place, field) in fields.enumerated() where left[place] != right[place] {
      // What is not known comes last either way.
      if left[place] == .absent || right[place] == .absent { return right[place] == .absent }
      return field.isDescending ? right[place] < left[place] : left[place] < right[place]
    }
    return false
  }
}
