/// A small integer that names one record of one kind; prints with its kind, `scan:48`.
package struct Identifier<Kind: IdentifiedKind>: RawRepresentable, Hashable, Comparable, Sendable, Codable {
  package let rawValue: Int64

  package init(rawValue: Int64) { self.rawValue = rawValue }
  package init(_ number: Int64) { rawValue = number }

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// Reads `48` or `scan:48`; nil for another kind's prefix or anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let last = parts.last, let number = Int64(last), number > 0, parts.count == 1 || parts[0] == Kind.word
    else { return nil }
    rawValue = number
  }
}

extension Identifier: CustomStringConvertible {
  package var description: String { "\(Kind.word):\(rawValue)" }
}

/// A kind of record that small integers name.
package protocol IdentifiedKind: Sendable {
  /// The word before the colon.
  static var word: String { get }
}

package enum SiteKind: IdentifiedKind { package static let word = "site" }
package enum ZoneKind: IdentifiedKind { package static let word = "zone" }
package enum AgentKind: IdentifiedKind { package static let word = "agent" }
package enum TokenKind: IdentifiedKind { package static let word = "token" }
package enum ScopeRuleKind: IdentifiedKind { package static let word = "rule" }
package enum ScanKind: IdentifiedKind { package static let word = "scan" }
package enum LaneKind: IdentifiedKind { package static let word = "lane" }
package enum JobKind: IdentifiedKind { package static let word = "job" }
package enum EndpointKind: IdentifiedKind { package static let word = "endpoint" }
package enum ListenerKind: IdentifiedKind { package static let word = "listener" }
package enum ReceiverNoun: IdentifiedKind { package static let word = "receiver" }
package enum AlertNoun: IdentifiedKind { package static let word = "alert" }
package enum DeliveryNoun: IdentifiedKind { package static let word = "delivery" }
package enum BaselineKind: IdentifiedKind { package static let word = "baseline" }
package enum FindingKind: IdentifiedKind { package static let word = "finding" }
package enum ExpectationKind: IdentifiedKind { package static let word = "expectation" }
package enum HaltKind: IdentifiedKind { package static let word = "halt" }
package enum ScheduleKind: IdentifiedKind { package static let word = "schedule" }
package enum BlackoutKind: IdentifiedKind { package static let word = "blackout" }

package typealias SiteID = Identifier<SiteKind>
package typealias ZoneID = Identifier<ZoneKind>
package typealias AgentID = Identifier<AgentKind>
package typealias TokenID = Identifier<TokenKind>
package typealias ScopeRuleID = Identifier<ScopeRuleKind>
package typealias ScanID = Identifier<ScanKind>
package typealias LaneID = Identifier<LaneKind>
package typealias JobID = Identifier<JobKind>
package typealias EndpointID = Identifier<EndpointKind>
package typealias ListenerID = Identifier<ListenerKind>
package typealias ReceiverID = Identifier<ReceiverNoun>
package typealias AlertID = Identifier<AlertNoun>
package typealias DeliveryID = Identifier<DeliveryNoun>
package typealias BaselineID = Identifier<BaselineKind>
package typealias FindingID = Identifier<FindingKind>
package typealias ExpectationID = Identifier<ExpectationKind>
package typealias HaltID = Identifier<HaltKind>
package typealias ScheduleID = Identifier<ScheduleKind>
package typealias BlackoutID = Identifier<BlackoutKind>
