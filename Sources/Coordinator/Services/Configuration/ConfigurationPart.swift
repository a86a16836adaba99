package import CoordinatorCore
package import Model

/// One kind of things that a file describes, ready to be put in place. Each kind has a file of its own; what a kind refers to
/// stands before it in `ConfigurationService.apply`.
package protocol ConfigurationPart: Sendable {
  /// The key of its list in a file: `schedules`.
  var kind: String { get }

  /// Puts everything of the kind in place and tells what that changed; what is there and is not described stays. Called once,
  /// inside the transaction.
  ///
  /// Throws a `Refusal` that points below `/INDEX` at the field at fault.
  func apply(to session: any WriteSession, at now: Timestamp) throws -> [ConfigurationChange]
}

/// What becomes of one thing that a file describes.
package struct ConfigurationChange: Hashable, Sendable {
  package enum Action: String, Sendable {
    case added, changed, unchanged
  }

  package let kind: String
  package let name: String
  package let action: Action
  /// `cron: 0 2 * * * -> 0 3 * * *`, one for each field that differs.
  package let differences: [String]

  /// What differs between two lists of fields; without `before` it is added.
  package init(kind: String, name: String, before: [(String, String)]?, after: [(String, String)]) {
    self.kind = kind
    self.name = name
    guard let before else {
      action = .added
      differences = []
      return
    }
    let old = Dictionary(before) { first, _ in first }
    let new = Dictionary(after) { first, _ in first }
    var seen: Set<String> = []
    differences = (after + before).compactMap { field, _ in
      guard seen.insert(field).inserted, old[field] != new[field] else { return nil }
      return "\(field): \(old[field] ?? "-") -> \(new[field] ?? "-")"
    }
    action = differences.isEmpty ? .unchanged : .changed
  }
}
