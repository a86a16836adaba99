/// Takes secrets out of a command line before it is shown or sent: every user of a host can read them there, but a report
/// travels farther.
package enum CommandLineRedaction {
  /// What stands in a secret's place.
  package static let mark = "[redacted]"

  /// Words that, as the end of an option's or variable's name, announce a secret.
  private static let words = [
    "password", "passwd", "pass", "passphrase", "pwd", "secret", "token", "apikey", "api-key", "api_key", "access-key",
    "access_key", "private-key", "private_key", "credential", "credentials", "auth", "authorization", "bearer",
  ]

  /// The arguments with secrets replaced: values of options whose names announce one (`--password=x`, `--password x`,
  /// `TOKEN=x`), and the password in a URL (`scheme://user:x@host`).
  package static func redacted(_ arguments: [String]) -> [String] {
    var result: [String] = []
    var isNextSecret = false
    for argument in arguments {
      if isNextSecret, !argument.hasPrefix("-") {
        isNextSecret = false
        result.append(mark)
        continue
      }
      isNextSecret = false
      if let equals = argument.firstIndex(of: "="), announces(argument[..<equals]) {
        result.append(argument[...equals] + mark)
      } else {
        isNextSecret = argument.hasPrefix("-") && announces(argument[...])
        result.append(withoutURLPassword(argument))
      }
    }
    return result
  }

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
  private static func withoutURLPassword(_ argument: String) -> String {
    guard let scheme = argument.firstRange(of: "://") else { return argument }
    let rest = argument[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else {
      return argument
    }
    return argument[...colon] + mark + argument[at...]
  }
}
