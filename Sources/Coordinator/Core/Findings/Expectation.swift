package import Model

/// A statement of who may listen where.
package struct Expectation: Hashable, Sendable {
  package enum Exposure: String, Hashable, Sendable, CaseIterable {
    /// Other hosts may reach it.
    case any
    /// Only the host itself may.
    case local
  }

  package var name: String
  /// Nil: every site.
  package var site: SiteID?
  package var hosts: [AddressRange]
  /// As typed, canonical: `tcp` ports unless said otherwise.
  package var ports: PortSelection
  /// Names of programs, with `*` and `?`; empty: any.
  package var processes: [TextMatch]
  /// Whom they run as; empty: anybody.
  package var users: [TextMatch]
  package var exposure: Exposure
  /// Somebody must listen there, or it must be open.
  package var isRequired: Bool
  package var note: String?

  package init(
    name: String, site: SiteID?, hosts: [AddressRange], ports: PortSelection, processes: [TextMatch],
    users: [TextMatch], exposure: Exposure, isRequired: Bool, note: String?
  ) {
    self.name = name
    self.site = site
    self.hosts = hosts
    self.ports = ports
    self.processes = processes
    self.users = users
    self.exposure = exposure
    self.isRequired = isRequired
    self.note = note
  }

  package func isAbout(_ address: IPAddress, in site: SiteID) -> Bool {
    (self.site.map { $0 == site } ?? true)
      && hosts.contains { $0.family == address.family && $0.contains(address) }
  }

  package func isAbout(_ key: ProtocolPort) -> Bool { ports.contains(key) }

  /// What is not as it says, in words; nil: nothing that is known.
  package func objection(_ row: ChartRow) -> String? {
    if exposure == .local, row.summary.state == .open, row.summary.verdict != .localOnly, !row.summary.isSelfView {
      return "open to other hosts, and \(name) expects it on the host alone"
    }
    guard let listener = row.listener, !listener.processes.isEmpty else { return nil }
    let strangers = listener.processes.filter { process in
      !processes.isEmpty && !processes.contains { $0.fits(process.name) }
    }
    if strangers.count == listener.processes.count, let stranger = strangers.first {
      return "\(stranger.name) listens, and \(name) expects \(processes.map(\.text).joined(separator: " or "))"
    }
    let names = Set([listener.user].compactMap(\.self) + listener.processes.compactMap(\.user))
    if !users.isEmpty, !names.isEmpty, !names.contains(where: { user in users.contains { $0.fits(user) } }) {
      return
        "\(names.sorted().joined(separator: ", ")) listens, and \(name) expects \(users.map(\.text).joined(separator: " or "))"
    }
    return nil
  }
}

package protocol ExpectationReading {
  func expectations() throws -> [Expectation]
}

package protocol ExpectationWriting: ExpectationReading {
  /// Adds it, or puts it in the place of the one of its name.
  func setExpectation(_ expectation: Expectation) throws
  /// False: there is none of that name.
  func removeExpectation(named name: String) throws -> Bool
}
