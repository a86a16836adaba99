internal import Glibc
internal import LocalSystem

/// Why a command ends early: one line for people and the exit code for scripts.
struct CommandFailure: Error, Equatable {
  let message: String

  /// 0 done, 1 failed, 64 usage (EX_USAGE of sysexits.h).
  let exitCode: Int32

  /// What was typed, or stands in a file that was named, cannot be read.
  static func usage(_ message: String) -> CommandFailure { CommandFailure(message: message, exitCode: EX_USAGE) }

  static func failed(_ message: String) -> CommandFailure { CommandFailure(message: message, exitCode: EXIT_FAILURE) }

  /// A reader that went away (`| head`) is an end without a word, any other failure of output is one to tell.
  init(_ failure: BufferedOutput.Failure) {
    self.init(message: failure.isBrokenPipe ? "" : failure.description, exitCode: EXIT_FAILURE)
  }

  init(message: String, exitCode: Int32) {
    self.message = message
    self.exitCode = exitCode
  }

  func report() {
    if !message.isEmpty { Self.say(message) }
  }

  /// One line on standard error, under the program's name.
  static func say(_ message: String) {
    let output = BufferedOutput(descriptor: STDERR_FILENO)
    output.write("periplus-agent: \(message)\n")
    // Where not even a message can be written there is nobody to tell.
    try? output.finish()
  }
}
