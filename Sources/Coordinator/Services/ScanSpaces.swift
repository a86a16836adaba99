internal import CoordinatorCore
internal import Model
internal import Synchronization

/// The index spaces of scans at work. A space is frozen at submission, so that a copy never goes stale.
final class ScanSpaces: Sendable {
  struct Space: Sendable {
    let targets: TargetSpace
    let ports: PortSelection
    /// Of the scan: a submission that was undone may give its id to another.
    fileprivate let createdAt: Timestamp

    /// The rectangles of some of the space's addresses. Addresses that are not in it have none.
    func rectangles(of addresses: AddressSet, ports: Range<Int>) -> [WorkRectangle] {
      addresses.ranges.compactMap { range in
        guard let first = targets.index(of: range.first), let last = targets.index(of: range.last) else { return nil }
        return WorkRectangle(hosts: first..<(last + 1), ports: ports)
      }
    }
  }

  /// More scans than usually run at once; beyond it the copies are dropped and made anew.
  private static let capacity = 64

  private let services: ServiceNames
  private let spaces = Mutex<[ScanID: Space]>([:])

  init(services: ServiceNames) { self.services = services }

  /// Throws a `StoreError` if what is stored cannot be read back.
  func space(of scan: ScanRecord) throws -> Space {
    if let known = spaces.withLock({ $0[scan.id] }), known.createdAt == scan.createdAt,
      known.targets.count == scan.request.hostCount, known.ports.count == scan.request.portCount
    {
      return known
    }
    let space: Space
    do {
      let targets = try TargetList.parse(scan.request.space.split(separator: " ").map(String.init)).addresses(
        resolved: [:])
      space = Space(
        targets: try TargetSpace(targets),
        ports: try PortSelection.parse(scan.request.ports, names: services, activeProtocols: [.tcp]),
        createdAt: scan.createdAt)
    } catch {
      throw StoreError(.failed, "the stored targets of \(scan.id) cannot be read: \(error)")
    }
    spaces.withLock { spaces in
      if spaces.count >= Self.capacity { spaces.removeAll() }
      spaces[scan.id] = space
    }
    return space
  }
}
