package import LinuxSystem
package import Model

/// Finds out which service listens at an open TCP endpoint, by what it says and answers; the port's number decides nothing.
///
/// One named thread owns every socket. It connects without privilege and says nothing but the protocols' own greetings and
/// questions: it never logs in.
package final class ServiceIdentifier: Sendable {
  /// What an identifier may use.
  package struct Configuration: Hashable, Sendable {
    /// Connections open at once, over all endpoints; each holds about 200 KiB at the very most.
    package var connections = 128

    /// Connections open at once to one host.
    package var connectionsPerHost = 32

    /// Connections open at once to a loopback address.
    package var connectionsToLoopback = 32

    /// Connections open at once to one endpoint.
    package var connectionsPerEndpoint = 4

    /// How long one endpoint is asked from when its protocol is known or it may be asked on several connections.
    package var deadline: Duration = .seconds(5)

    /// The least time between the beginnings of two connections; nil for no bound.
    package var connectionInterval: Duration?

    /// The same to one host.
    package var connectionIntervalPerHost: Duration?

    /// How long descriptors, ports or buffers of this host are waited for.
    package var shortagePatience: Duration = .seconds(30)

    package init() {}
  }

  private let mailbox: IdentifierMailbox
  private let thread: SystemThread

  /// Starts the identifier's thread.
  ///
  /// - Throws: `SystemError` where descriptors, threads or memory ran out; ENOMEM where OpenSSL could not begin.
  package init(_ configuration: Configuration = Configuration()) throws(SystemError) {
    let mailbox = try IdentifierMailbox()
    let loop = try IdentifierLoop(mailbox: mailbox, configuration: configuration)
    thread = try SystemThread(name: "identifier") { loop.run() }
    self.mailbox = mailbox
  }

  deinit { mailbox.close() }

  /// Asks an endpoint that is open. Cancelling the task ends it with `cancelled`.
  ///
  /// `isAllowed` is asked just before each connection, on the identifier's thread: it must not block.
  ///
  /// - Returns: after a few milliseconds for a service that greets, after `deadline` at the latest once it is its turn.
  package func identify(
    _ host: HostAddress, _ port: Port, isAllowed: @escaping @Sendable (HostAddress, ProtocolPort) -> Bool
  ) async -> Identification {
    let id = mailbox.nextID()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let order = InquiryOrder(id: id, host: host, port: port, isAllowed: isAllowed) {
          continuation.resume(returning: $0)
        }
        if !mailbox.bring(order) { continuation.resume(returning: .failed(.cancelled)) }
      }
    } onCancel: {
      mailbox.cancel(id)
    }
  }

  /// Ends what is being asked, what waits and, from now on, whatever comes; each ends with `cancelled`. Returns at once; any
  /// thread.
  package func cancelAll() { mailbox.cancelAll() }

  /// Ends everything as `cancelAll` does, and blocks until the thread has closed its sockets and ended.
  package func shutdown() {
    mailbox.close()
    thread.join()
  }
}
