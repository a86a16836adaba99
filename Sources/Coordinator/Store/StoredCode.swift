internal import CoordinatorCore
internal import Model

/// An enumeration that the chart's rows hold as a number: of ten million endpoints a word takes ten octets each, a small number one,
/// and 0 and 1 none (sqlite.org/fileformat2.html, 2.1), so that those are the most frequent.
///
/// A code that has been written is never another's. Tables with few rows keep the words.
protocol StoredCode: RawRepresentable<String>, CaseIterable, Equatable, Sendable {
  var code: Int64 { get }

  /// Every value at the place of its code.
  static var byCode: [Self] { get }
}

extension StoredCode {
  /// Nil: there is no such code.
  init?(code: Int64) {
    let all = Self.byCode
    guard let place = Int(exactly: code), all.indices.contains(place) else { return nil }
    self = all[place]
  }

  fileprivate static var inOrder: [Self] { allCases.sorted { $0.code < $1.code } }

  /// An expression: the code of the word in a column.
  static func code(of column: String) -> String {
    "CASE \(column) " + byCode.map { "WHEN '\($0.rawValue)' THEN \($0.code) " }.joined() + "END"
  }

  /// An expression: the word of the code in a column.
  static func word(of column: String) -> String {
    "CASE \(column) " + byCode.map { "WHEN \($0.code) THEN '\($0.rawValue)' " }.joined() + "END"
  }
}

extension EndpointState: StoredCode {
  static let byCode = inOrder

  var code: Int64 {
    switch self {
    case .closed: 0
    case .open: 1
    case .filtered: 2
    case .openOrFiltered: 3
    case .unreachable: 4
    case .unchecked: 5
    }
  }
}

extension ProbeReason: StoredCode {
  static let byCode = inOrder

  var code: Int64 {
    switch self {
    case .connectionRefused: 0
    case .synAck: 1
    case .noResponse: 2
    case .hostUnreachable: 3
    case .networkUnreachable: 4
    case .adminProhibited: 5
    case .hostProhibited: 6
    case .networkProhibited: 7
    case .protocolUnreachable: 8
    case .portUnreachable: 9
    case .udpResponse: 10
    case .echoReply: 11
    case .localhostResponse: 12
    case .neighbourReply: 13
    case .noLocalRoute: 14
    case .localDenied: 15
    case .localResources: 16
    case .localError: 17
    case .policy: 18
    case .hostSilent: 19
    case .hostTimeout: 20
    case .everythingOpen: 21
    case .cutShort: 22
    }
  }
}

extension Verdict: StoredCode {
  static let byCode = inOrder

  var code: Int64 {
    switch self {
    case .noInsideView: 0
    case .exposed: 1
    case .shielded: 2
    case .forwarded: 3
    case .ownerUnknown: 4
    case .localOnly: 5
    case .unverified: 6
    }
  }
}

extension ChangeKind: StoredCode {
  static let byCode = inOrder

  var code: Int64 {
    switch self {
    case .found: 0
    case .closed: 1
    case .opened: 2
    case .reopened: 3
    case .service: 4
    case .certificate: 5
    case .process: 6
    case .hostFound: 7
    case .hostGone: 8
    case .hostBack: 9
    }
  }
}
