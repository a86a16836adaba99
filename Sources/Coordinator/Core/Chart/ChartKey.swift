package import Model

/// An endpoint of the chart by where it is, and by its row.
package struct ChartKey: Hashable, Sendable {
  package var place: ChartPosition
  package var id: EndpointID

  package init(_ place: ChartPosition, _ id: EndpointID) {
    self.place = place
    self.id = id
  }
}
