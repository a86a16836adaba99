/// `POST /api/v1/apply` and the answer of `GET /api/v1/export`: what a file describes, kind by kind. A further kind is a
/// further list here.
package struct ConfigurationDocument: WireRequest, Hashable {
  package var scope: [NewScopeRule]?
  package var blackouts: [NewBlackout]?
  package var schedules: [ScheduleSubmission]?
  package var receivers: [ReceiverSpecification]?
  package var alerts: [AlertSpecification]?
  package var expectations: [NewExpectation]?
  /// Show the differences, and change nothing.
  package var isDryRun: Bool?

  package init() {}

  private enum CodingKeys: String, ListedFields {
    case scope, blackouts, schedules, receivers, alerts, expectations, isDryRun
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
  package static var nestedFields: [String: any WireRequest.Type] {
    [
      "scope": NewScopeRule.self, "blackouts": NewBlackout.self, "schedules": ScheduleSubmission.self,
      "receivers": ReceiverSpecification.self, "alerts": AlertSpecification.self,
      "expectations": NewExpectation.self,
    ]
  }
}

/// What became, or would become, of one thing that a file describes.
package struct ConfigurationChangeRow: Codable, Sendable, Hashable {
  package var kind: String
  package var name: String
  /// `added`, `changed` or `unchanged`.
  package var action: String
  package var differences: [String]

  package init(kind: String, name: String, action: String, differences: [String]) {
    self.kind = kind
    self.name = name
    self.action = action
    self.differences = differences
  }
}
