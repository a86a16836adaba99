internal import Model

/// Why an agent that waits is asked to look for work.
package struct WorkCall: Sendable {
  let site: SiteID
  /// Zones from which somebody has looked for it in vain; nil: other zones are no concern of this call.
  var zonesAsked: Set<ZoneID>?
}
