package import CoordinatorCore
package import Model

/// An expectation as people write it.
package struct ExpectationText: Sendable {
  package var name: String
  package var site: String?
  /// Addresses, networks, ranges.
  package var hosts: [String]
  /// A port expression as `-p` takes it.
  package var ports: String
  package var processes: [String]
  package var users: [String]
  /// `any` or `local`.
  package var exposure: String?
  package var required: Bool
  package var note: String?

  package init(
    name: String, site: String?, hosts: [String], ports: String, processes: [String], users: [String],
    exposure: String?, required: Bool, note: String?
  ) {
    self.name = name
    self.site = site
    self.hosts = hosts
    self.ports = ports
    self.processes = processes
    self.users = users
    self.exposure = exposure
    self.required = required
    self.note = note
  }

  package init(_ expectation: Expectation, _ places: PlaceNames) {
    self.init(
      name: expectation.name, site: expectation.site.map(places.name), hosts: expectation.hosts.map(\.description),
      ports: expectation.ports.description, processes: expectation.processes.map(\.text),
      users: expectation.users.map(\.text), exposure: expectation.exposure.rawValue,
      required: expectation.isRequired, note: expectation.note)
  }

  private static let hostLimit = 200
  private static let nameLimit = 50

  /// Throws a `Refusal` that names the field, below `pointer`.
  package func read(_ places: PlaceNames, services: ServiceNames, at pointer: String) throws -> Expectation {
    try NameCheck.check(name, at: "\(pointer)/name")
    if let note { try NameCheck.checkNote(note, at: "\(pointer)/note") }
    guard (1...Self.hostLimit).contains(hosts.count) else {
      throw Refusal(.invalidValue, "1 to \(Self.hostLimit) hosts are expected", at: "\(pointer)/hosts")
    }
    for (names, field) in [(processes, "processes"), (users, "users")] {
      guard names.count <= Self.nameLimit, names.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 255 }) else {
        throw Refusal(
          .invalidValue, "at most \(Self.nameLimit) names of 1 to 255 octets are expected", at: "\(pointer)/\(field)")
      }
    }
    let ranges = try hosts.enumerated().map { index, text in
      guard let range = AddressRange(typed: text) else {
        throw Refusal(
          .invalidValue, "\"\(text)\" is not an address, a network or a range", at: "\(pointer)/hosts/\(index)")
      }
      return range
    }
    let selection: PortSelection
    do {
      selection = try PortSelection.parse(ports, names: services, activeProtocols: [.tcp])
    } catch {
      throw Refusal(.invalidValue, error.description, at: "\(pointer)/ports")
    }
    guard let exposure = Expectation.Exposure(rawValue: exposure ?? "any") else {
      throw Refusal(.invalidValue, "any or local is expected", at: "\(pointer)/exposure")
    }
    return Expectation(
      name: name, site: try site.map { try places.site(named: $0, at: "\(pointer)/site").id }, hosts: ranges,
      ports: selection, processes: processes.map { TextMatch(typed: $0) }, users: users.map { TextMatch(typed: $0) },
      exposure: exposure, isRequired: required, note: note)
  }
}
