package import ArgumentParser
internal import Curl
internal import Glibc
internal import LocalSystem
internal import Model
internal import Wire

/// Runs a command line and ends the process with the exit status that CLI.md gives its outcome.
package enum CommandRunner {
  package static func run(_ root: (some AsyncParsableCommand).Type) async -> Never {
    do {
      var command = try root.parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      exit(0)
    } catch let failure as CommandFailure {
      end(failure)
    } catch let refused as RefusedRequest {
      end(CommandFailure(refused.problem))
    } catch let error as HTTPError {
      end(CommandFailure(error))
    } catch {
      // Parsing errors, --help and --version: ArgumentParser prints them and knows their status (64 for usage).
      root.exit(withError: error)
    }
  }

  private static func end(_ failure: CommandFailure) -> Never {
    StandardStream.error.print("periplus: \(failure)")
    exit(failure.status.rawValue)
  }
}

extension CommandFailure {
  init(_ problem: Problem) {
    let status: Status =
      switch problem.code {
      case .unauthenticated, .forbidden: .notAuthorised
      case .outOfScope: .refused
      case .overloaded, .tooManyRequests: .unreachable
      case .invalidValue, .unknownField, .badRequest, .confirmationNeeded: .usage
      default: .failed
      }
    self.init(problem.detail, status: status)
  }

  init(_ error: HTTPError) {
    let isUnreachable = error.code == .couldNotConnect || error.code == .timedOut || error.code == .tls
    self.init(
      isUnreachable ? "the coordinator cannot be reached: \(error)" : "\(error)",
      status: isUnreachable ? .unreachable : .failed)
  }
}
