internal import CoordinatorCore
internal import CoordinatorTrust
internal import Model

/// What somebody wants of a receiver; what is not named stays.
package struct ReceiverDraft: Sendable {
  package var url: String?
  package var from: String?
  package var to: [String]?
  package var user: String?
  package var command: String?
  package var activeSeconds: Int?
  package var signing: [String]?
  package var token: String?
  package var password: String?
  package var note: String?

  package init() {}

  private static let addressLimit = 100

  /// Throws a `Refusal` that points at the field.
  func apply(to receiver: inout ReceiverRecord) throws {
    try demandFields(of: receiver.kind)
    if let url {
      guard let read = DestinationURL(url, schemes: receiver.kind.schemes) else {
        let schemes = receiver.kind.schemes.sorted().joined(separator: " or ")
        throw Refusal(
          .invalidValue, "a URL of \(schemes) is expected, with a host's name or address and without a user", at: "/url"
        )
      }
      // What was told to one host in confidence goes to no other unless somebody says so.
      if let known = receiver.settings.destination, known != read.origin,
        (receiver.secrets.token != nil && token == nil) || (receiver.secrets.password != nil && password == nil)
      {
        throw Refusal(
          .invalidValue, "the token and the password that are set are for \(known): give them anew, too", at: "/url")
      }
      receiver.settings.destination = read.origin
      receiver.secrets.url = read.text
    }
    if let from { receiver.settings.from = try Self.mailAddress(from, at: "/from") }
    if let to {
      guard (1...Self.addressLimit).contains(to.count) else {
        throw Refusal(.invalidValue, "1 to \(Self.addressLimit) addresses are expected", at: "/to")
      }
      receiver.settings.to = try to.enumerated().map { try Self.mailAddress($1, at: "/to/\($0)") }
    }
    if let user { receiver.settings.user = try Self.line(user, at: "/user") }
    if let command { receiver.settings.command = try Self.line(command, at: "/command") }
    if let activeSeconds {
      guard (60...31 * 86_400).contains(activeSeconds) else {
        throw Refusal(.invalidValue, "60 seconds to 31 days is expected", at: "/activeSeconds")
      }
      receiver.settings.activeSeconds = activeSeconds
    }
    if let signing {
      guard (1...4).contains(signing.count) else {
        throw Refusal(.invalidValue, "1 to 4 secrets are expected", at: "/secrets")
      }
      for (index, secret) in signing.enumerated() where WebhookSecret(secret) == nil {
        throw Refusal(
          .invalidValue, "whsec_ and 24 to 64 octets in base64 are expected", at: "/secrets/\(index)")
      }
      receiver.secrets.signing = signing
    }
    if let token { receiver.secrets.token = try Self.line(token, at: "/token") }
    if let password { receiver.secrets.password = try Self.line(password, at: "/password") }
    if let note {
      try NameCheck.checkNote(note, at: "/note")
      receiver.note = note
    }
    try Self.demandWhole(receiver)
  }

  private func demandFields(of kind: ReceiverKind) throws {
    let fields: [(name: String, isThere: Bool)] = [
      ("url", url != nil), ("from", from != nil), ("to", to != nil), ("user", user != nil),
      ("command", command != nil), ("activeSeconds", activeSeconds != nil), ("secrets", signing != nil),
      ("token", token != nil), ("password", password != nil),
    ]
    for field in fields where field.isThere && !kind.fields.contains(field.name) {
      throw Refusal(.invalidValue, "a receiver of kind \(kind.rawValue) has no \(field.name)", at: "/\(field.name)")
    }
  }

  private static func demandWhole(_ receiver: ReceiverRecord) throws {
    func demand(_ isThere: Bool, _ name: String) throws {
      guard isThere else {
        throw Refusal(.invalidValue, "a receiver of kind \(receiver.kind.rawValue) needs this", at: "/\(name)")
      }
    }
    if receiver.kind.fields.contains("url") { try demand(receiver.secrets.url != nil, "url") }
    if receiver.kind == .email {
      try demand(receiver.settings.from != nil, "from")
      try demand(receiver.settings.to != nil, "to")
    }
    if receiver.kind == .command { try demand(receiver.settings.command != nil, "command") }
    if receiver.secrets.password != nil { try demand(receiver.settings.user != nil, "user") }
  }

  private static func line(_ text: String, at pointer: String) throws -> String {
    guard !text.isEmpty, text.utf8.count <= 1_024, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
      throw Refusal(.invalidValue, "1 to 1,024 octets without control characters are expected", at: pointer)
    }
    return text
  }

  /// `local@domain` without quotes, comments or blanks (of RFC 5321, 4.1.2, the part that mail systems agree on).
  private static func mailAddress(_ text: String, at pointer: String) throws -> String {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    let isPlain = text.utf8.allSatisfy { octet in
      octet > 0x20 && octet < 0x7f && !"<>()[],;:\\\"".utf8.contains(octet)
    }
    guard isPlain, text.utf8.count <= 254, parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
      throw Refusal(.invalidValue, "\"\(text)\" is not a mail address", at: pointer)
    }
    return text
  }
}

extension ReceiverKind {
  var schemes: Set<String> {
    switch self {
    case .webhook, .slack, .teams, .alertmanager: ["http", "https"]
    case .email: ["smtp", "smtps"]
    case .syslog, .journal, .command: []
    }
  }

  var fields: Set<String> {
    switch self {
    case .webhook: ["url", "secrets", "token", "user", "password"]
    case .slack, .teams: ["url"]
    case .alertmanager: ["url", "token", "user", "password", "activeSeconds"]
    case .email: ["url", "from", "to", "user", "password"]
    case .syslog, .journal: []
    case .command: ["command"]
    }
  }
}
