package import ArgumentParser

/// The operator's commands, each a client of the coordinator's API.
package enum OperatorCommands {
  package static let all: [any ParsableCommand.Type] = [
    ScansCommand.self, SchedulesCommand.self, BlackoutsCommand.self, PortsCommand.self, HostsCommand.self,
    ListenersCommand.self, ChangesCommand.self,
    ExplainCommand.self, DiffCommand.self, BaselinesCommand.self, FindingsCommand.self,
    ExpectationsCommand.self,
    AgentsCommand.self, SitesCommand.self, ZonesCommand.self, TokensCommand.self, ScopeCommand.self,
    ApplyCommand.self, ExportCommand.self, ImportCommand.self,
    HaltCommand.self, UnhaltCommand.self, HaltsCommand.self, ReportCommand.self, ContextCommand.self,
    ReceiversCommand.self, AlertsCommand.self, DeliveriesCommand.self,
  ]
}
