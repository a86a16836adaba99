/// An expression over predicates. The parser bounds how deep it nests, so that walking it may recurse.
package indirect enum FilterExpression: Hashable, Sendable {
  case all([FilterExpression])
  case any([FilterExpression])
  case not(FilterExpression)
  case predicate(FilterPredicate)
}

extension FilterExpression {
  /// What it says of a socket. What is not known counts only where it matters: `sport = :22 or proc nginx` is true of port
  /// 22 whoever holds it.
  package func judge(_ subject: some FilterSubject) -> Truth {
    switch self {
    case .predicate(let predicate): return predicate.judge(subject)
    case .not(let operand): return !operand.judge(subject)
    case .all(let operands):
      var result = Truth.yes
      for operand in operands {
        switch operand.judge(subject) {
        case .no: return .no
        case .unknown: result = .unknown
        case .yes: break
        }
      }
      return result
    case .any(let operands):
      var result = Truth.no
      for operand in operands {
        switch operand.judge(subject) {
        case .yes: return .yes
        case .unknown: result = .unknown
        case .no: break
        }
      }
      return result
    }
  }

  /// Whether the socket is shown: only where the answer is yes.
  package func matches(_ subject: some FilterSubject) -> Bool { judge(subject) == .yes }

  /// What must be read before it can be judged.
  package var needs: FilterNeeds {
    switch self {
    case .all(let operands), .any(let operands): operands.reduce(into: []) { $0.formUnion($1.needs) }
    case .not(let operand): operand.needs
    case .predicate(let predicate): predicate.needs
    }
  }
}
