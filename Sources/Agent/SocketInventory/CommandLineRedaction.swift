/// Takes secrets out of a command line before it is shown or sent: every user of a host can read them there, but a report
/// travels farther.
package enum CommandLineRedaction {
  /// What stands in a secret's place.
  package static let mark = "[redacted]"

  /// Words that, as the end of an option's or variable's name, announce a secret.
  private static let words = [
    "password", "passwd", "pass", "passphrase", "pwd", "secret", "token", "apikey", "api-key", "api_key", "access-key",
    "access_key", "secret-key", "secret_key", "private-key", "private_key", "credential", "credentials", "auth",
    "authorization", "bearer",
  ]

  /// Options whose value is a user and a password with a colon between them (curl(1)).
  private static let userOptions: Set<String> = ["-u", "--user", "--proxy-user"]

  /// The arguments with secrets replaced: values of options, variables, parameters and headers whose names announce one
  /// (`--password=x`, `--password x`, `TOKEN=x`, `?a=b&password=x`, `Authorization: x`), inside of longer arguments too, and
  /// the password in a URL (`scheme://user:x@host`).
  package static func redacted(_ arguments: [String]) -> [String] {
    var result: [String] = []
    var isNextSecret = false
    var isNextUser = false
    for argument in arguments {
      if isNextSecret, !argument.hasPrefix("-") {
        result.append(mark)
        isNextSecret = false
      } else if isNextUser, let colon = argument.firstIndex(of: ":") {
        result.append(argument[...colon] + mark)
      } else {
        result.append(withoutURLPasswords(withoutNamedSecrets(argument)))
        isNextSecret = argument.hasPrefix("-") && announces(argument[...])
      }
      isNextUser = userOptions.contains(argument)
    }
    return result
  }

  /// The pieces of an argument, which may be a whole command, a query or a header.
  private static func withoutNamedSecrets(_ argument: String) -> String {
    var result = ""
    var rest = argument[...]
    var isNextSecret = false
    while !rest.isEmpty {
      let piece = rest.prefix { !" \t\n&?;,".contains($0) }
      if isNextSecret, !piece.isEmpty, !piece.hasPrefix("-") {
        result += mark
        // What follows a header's name is its value to the end.
        if isHeader(argument) { return result }
        isNextSecret = false
      } else if let equals = piece.firstIndex(of: "="), announces(piece[..<equals]) {
        result += piece[...equals] + mark
      } else {
        result += piece
        if !piece.isEmpty {
          isNextSecret =
            piece.count < argument.count && (piece.hasPrefix("-") || piece.hasSuffix(":"))
            && announces(piece.hasSuffix(":") ? piece.dropLast() : piece)
        }
      }
      rest = rest[piece.endIndex...]
      if let separator = rest.popFirst() { result.append(separator) }
    }
    return result
  }

  /// `Authorization: Bearer x`: a name that ends in a colon before the first blank.
  private static func isHeader(_ argument: String) -> Bool { argument.prefix { $0 != " " }.hasSuffix(":") }

  private static func announces(_ name: Substring) -> Bool {
    let bare = name.drop { $0 == "-" }
    let lower = bare.lowercased()
    return words.contains { word in
      guard lower.hasSuffix(word) else { return false }
      // `--bypass` ends like `pass` and means something else: a word of its own begins the name, follows a separator, or
      // begins with a capital as in `keyStorePassword`.
      guard let before = bare.dropLast(word.count).last else { return true }
      return "-_.:".contains(before) || bare.dropFirst(bare.count - word.count).first?.isUppercase == true
    }
  }

  /// RFC 3986, 3.2.1: what stands between the first colon of the user information and the `@`.
  private static func withoutURLPasswords(_ argument: String) -> String {
    var result = ""
    var rest = argument[...]
    while let scheme = rest.firstRange(of: "://") {
      let behind = rest[scheme.upperBound...]
      let authority = behind.prefix { !"/?# \t\n".contains($0) }
      if let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") {
        result += rest[...colon] + mark
        rest = rest[at...]
      } else {
        result += rest[..<authority.endIndex]
        rest = rest[authority.endIndex...]
      }
    }
    return result + rest
  }
}
