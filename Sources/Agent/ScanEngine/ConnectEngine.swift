internal import LinuxSystem
internal import Model

/// Finds out which TCP ports accept connections and which UDP ports answer: no privilege, no raw packets.
///
/// One named thread owns every socket; works begun at the same time share it fairly.
package final class ConnectEngine: Sendable {
  /// What an engine may use.
  package struct Configuration: Hashable, Sendable {
    /// Descriptors that are left to the rest of the process.
    package static let reservedDescriptors = 64

    /// The most sockets open at once.
    package var descriptors: Int

    /// The most observations of a run that are known or on their way and were not taken by its consumer.
    package var unreportedLimit: Int

    /// How long a run waits for descriptors, buffers or ephemeral ports, without getting a single probe out, before it
    /// calls endpoints unchecked.
    package var patience: Duration

    package init(
      descriptors: Int = max(8, ResourceLimits.openFiles - reservedDescriptors), unreportedLimit: Int = 32_768,
      patience: Duration = .seconds(30)
    ) {
      self.descriptors = descriptors
      self.unreportedLimit = unreportedLimit
      self.patience = patience
    }
  }

  private let mailbox: EngineMailbox
  private let thread: SystemThread

  /// Starts the engine's thread.
  ///
  /// - Throws: `ScanEngineError` with `system`: no descriptor or thread to be had.
  package init(_ configuration: Configuration = Configuration()) throws(ScanEngineError) {
    do throws(SystemError) {
      let mailbox = try EngineMailbox()
      let loop = try EngineLoop(mailbox: mailbox, configuration: configuration)
      thread = try SystemThread(name: "connect-engine") { loop.run() }
      self.mailbox = mailbox
    } catch {
      throw ScanEngineError(.system, "the scan engine could not start", cause: error)
    }
  }

  deinit { mailbox.close() }

  /// Begins a work; returns at once.
  ///
  /// - Throws: `ScanEngineError`: `unsupportedProtocol`, `invalidPace`, `shutDown`.
  package func begin(_ work: ScanWork) throws(ScanEngineError) -> ScanRun {
    for block in work.blocks {
      guard block.ports.sctp.isEmpty else {
        throw ScanEngineError(.unsupportedProtocol, "SCTP ports (S:) cannot be scanned; name TCP and UDP ports only")
      }
      guard block.ports.ipProtocols.isEmpty else {
        throw ScanEngineError(.unsupportedProtocol, "IP protocols (P:) cannot be scanned; name TCP and UDP ports only")
      }
    }
    try work.pace.validate()
    let control = RunControl { [mailbox] in mailbox.wake() }
    guard mailbox.bring(EngineArrival(work: work, control: control)) else {
      throw ScanEngineError(.shutDown, "the scan engine has been shut down")
    }
    return ScanRun(control)
  }

  /// Cancels every run and blocks until the thread has closed its sockets and ended: at most one turn of its loop.
  ///
  /// - Precondition: not called on the engine's thread, that is, from within a work's `isAllowed`.
  package func shutdown() {
    mailbox.close()
    thread.join()
  }
}
