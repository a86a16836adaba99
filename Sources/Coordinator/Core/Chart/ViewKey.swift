package import Model

/// What makes two views of an endpoint the same: the zone, and whether its agents looked at themselves.
package struct ViewKey: Hashable, Sendable {
  package var zone: ZoneID
  package var isSelfView: Bool

  package init(zone: ZoneID, isSelfView: Bool) {
    self.zone = zone
    self.isSelfView = isSelfView
  }

  package init(_ view: ZoneView) { self.init(zone: view.zone, isSelfView: view.isSelfView) }
}
