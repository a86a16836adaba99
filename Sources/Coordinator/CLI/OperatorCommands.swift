package import ArgumentParser

/// The operator's commands, each a client of the coordinator's API.
package enum OperatorCommands {
  package static let all: [any ParsableCommand.Type] = [
    Scans.self, Ports.self, Hosts.self, Listeners.self, Agents.self, Sites.self, Zones.self, Tokens.self, Scope.self,
    ContextCommand.self,
  ]
}
