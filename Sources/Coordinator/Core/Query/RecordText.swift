package import Model

/// What `text:` looks in: the words of one record, a service or a certificate.
///
/// One rule of what a word is, for queries and records, in memory and in the store: a run of letters, marks and digits of any
/// script, in lower case, each scalar by itself (Unicode's full mapping without context, no normalization). Whatever else there is
/// parts words. The store keeps the words so cut, and its index has nothing to do but to cut at blanks.
package struct RecordText: Hashable, Sendable {
  /// Words in their order with a blank between two, and `|` between two fields: no phrase goes on behind it, as no word has one.
  package let words: String

  /// Fields without a word leave nothing behind.
  package init(fields: [String]) {
    var words = ""
    for field in fields {
      let found = TextWords.all(in: field)
      guard !found.isEmpty else { continue }
      if !words.isEmpty { words += " | " }
      words += found
    }
    self.words = words
  }

  /// What it is and shows of itself: product, version, title and other details, the name it calls its host by, and its first octets.
  package init(service facts: ServiceFacts) {
    self.init(fields: [facts.product, facts.version, facts.info, facts.hostName, facts.banner].compactMap(\.self))
  }

  package init(certificate: CertificateIdentity) {
    self.init(fields: [certificate.subject, certificate.issuer] + certificate.alternativeNames)
  }
}

extension ServiceFacts {
  /// The text of the service, and that of its certificate: two records.
  var texts: [RecordText] {
    [RecordText(service: self)] + (certificate.map { [RecordText(certificate: $0)] } ?? [])
  }
}
