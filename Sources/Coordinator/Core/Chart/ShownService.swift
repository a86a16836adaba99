package import Model

/// What a merged row says of its service, kept with the endpoint so that a query needs no join.
package struct ShownService: Hashable, Sendable {
  package var name: String?
  package var product: String?
  package var version: String?

  package init(name: String?, product: String?, version: String?) {
    self.name = name
    self.product = product
    self.version = version
  }

  /// Nil where nothing was found out.
  package init?(_ facts: ServiceFacts) {
    guard facts.name != nil || facts.product != nil || facts.version != nil else { return nil }
    self.init(name: facts.name, product: facts.product, version: facts.version)
  }
}
