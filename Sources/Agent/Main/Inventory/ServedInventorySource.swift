internal import Glibc
internal import InventoryService
internal import LinuxSystem
internal import SocketInventory
internal import Synchronization
internal import Wire
internal import Worker

/// The worker's inside view from the inventory service, which may look into other users' processes; read by this process
/// itself where there is no service or it fails.
final class ServedInventorySource: InventorySource {
  /// What was said last, so that nothing is said at every sample.
  private enum Told {
    case nothing
    case absent
    case failed
  }

  private let path: String
  private let log: any WorkerLog
  private let own: any InventorySource
  private let patience: Duration
  private let told = Mutex(Told.nothing)

  init(
    path: String, log: any WorkerLog, own: any InventorySource = SocketInventorySource(),
    patience: Duration = InventoryClient.patience
  ) {
    self.path = path
    self.log = log
    self.own = own
    self.patience = patience
  }

  func sample() async throws -> InventorySample {
    guard access(path, F_OK) == 0 else {
      let sample = try await own.sample()
      let hidden = sample.listeners.count { $0.ownerUnknownReason == ProcessOwnership.Reason.needsPrivilege.rawValue }
      if hidden > 0 {
        note(
          .absent,
          "\(hidden) listeners without owner: \(ProcessOwnership.Reason.needsPrivilege.rawValue); there is no inventory "
            + "service at \(path) that would")
      }
      return sample
    }
    do {
      let (path, patience) = (path, patience)
      let sample = try await SystemThread.result(name: "periplus-inventory") {
        try InventoryClient.sample(at: path, within: patience)
      }
      let before = told.withLock { told in
        defer { told = .nothing }
        return told
      }
      if before == .failed { log.note("the inventory service answers again") }
      return sample
    } catch {
      note(.failed, "the inventory service at \(path) fails, reading without it: \(error)")
      return try await own.sample()
    }
  }

  private func note(_ news: Told, _ line: String) {
    let isNew = told.withLock { told in
      defer { told = news }
      return told != news
    }
    if isNew { log.note(line) }
  }
}
