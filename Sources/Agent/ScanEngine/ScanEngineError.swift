package import LinuxSystem

/// Why an engine could not start or would not take a work.
package struct ScanEngineError: Error, Hashable, Sendable {
  /// The kinds of failure; open, because more may come.
  package struct Code: Hashable, Sendable {
    private let name: String

    private init(_ name: String) { self.name = name }

    /// The work holds UDP or SCTP ports, or IP protocols, which this engine cannot probe.
    package static let unsupportedProtocol = Code("unsupported-protocol")

    /// A number of the pace is out of its range.
    package static let invalidPace = Code("invalid-pace")

    /// The engine has been shut down.
    package static let shutDown = Code("shut-down")

    /// The system refused what the engine cannot work without.
    package static let system = Code("system")
  }

  package let code: Code
  package let message: String
  package let cause: SystemError?

  package init(_ code: Code, _ message: String, cause: SystemError? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}

extension ScanEngineError: CustomStringConvertible {
  package var description: String { cause.map { "\(message): \($0)" } ?? message }
}
