internal import Model

/// One question about a socket.
package enum FilterPredicate: Hashable, Sendable {
  /// Which end is meant.
  package enum End: Hashable, Sendable {
    case local
    case remote
  }

  case protocols(Set<SocketProtocol>)
  case internet(End, InternetCondition)

  /// The name of a Unix socket or of its peer.
  case path(End, GlobPattern)

  /// An interface by name or, where the text is a number, by index; index 0 is no interface.
  case device(name: String, index: UInt32?)

  /// Whether the mark's bits under `mask` are `value`.
  case mark(value: UInt32, mask: UInt32)
  case cgroup(id: UInt64)
  case autobound
  case process(GlobPattern)
  case pids(Set<Int32>)
  case user(UInt32)
  case unit(GlobPattern)

  /// The beginning of a container's id, or its name.
  case container(text: String, name: GlobPattern)
  case namespace(inode: UInt64)
}

extension FilterPredicate {
  func judge(_ subject: some FilterSubject) -> Truth {
    switch self {
    case .protocols(let protocols): Truth(protocols.contains(subject.socketProtocol))
    case .internet(.local, let condition): Truth(subject.localEndpoint.map(condition.accepts) ?? false)
    case .internet(.remote, let condition): Truth(subject.remoteEndpoint.map(condition.accepts) ?? false)
    case .path(.local, let pattern): Truth(subject.localPath.map(pattern.matches) ?? false)
    case .path(.remote, let pattern): Truth(subject.remotePath.map(pattern.matches) ?? false)
    case .device(let name, let index): Truth(subject.interfaceIndex == index || subject.interfaceName == name)
    case .mark(let value, let mask): Truth(subject.mark.map { $0 & mask == value })
    case .cgroup(let id): Truth(subject.cgroupID.map { $0 == id })
    case .autobound: Truth(subject.isAutobound)
    case .process(let pattern): anyHolder(of: subject) { pattern.matches($0.name) }
    case .pids(let pids): anyHolder(of: subject) { pids.contains($0.pid) }
    case .user(let uid): Truth(subject.uid.map { $0 == uid })
    case .unit(let pattern): anyHolder(of: subject) { $0.unit.map(pattern.matches) ?? false }
    case .container(let text, let name):
      anyHolder(of: subject) { process in
        switch process.home {
        case .host: false
        case .container(let id, let known): id.hasPrefix(text) || known.map(name.matches) ?? false
        case .unknown: nil
        }
      }
    case .namespace(let inode): Truth(subject.namespaceInode.map { $0 == inode })
    }
  }

  /// Yes where the test holds for one of them; unknown where it holds for none but could not be made of each.
  private func anyHolder(of subject: some FilterSubject, _ test: (FilterProcess) -> Bool?) -> Truth {
    guard let holders = subject.holders else { return .unknown }
    var result = Truth.no
    for holder in holders {
      switch test(holder) {
      case true: return .yes
      case false: break
      case nil: result = .unknown
      }
    }
    return result
  }
}
