import Model
import Testing

@testable import CoordinatorCore

/// What `text:` reads, and what it finds in a record.
@Suite struct RecordTextTests {
  private static let now = Timestamp(milliseconds: 1_700_000_000_000)

  private func phrases(_ text: String) throws -> [TextPhrase] {
    let query = try ChartQuery(parsing: text, services: .builtIn, at: Self.now)
    guard case .term(.text(let phrases)) = query.filter else { return [] }
    return phrases
  }

  private func fits(_ query: String, _ fields: String...) throws -> Bool {
    let text = RecordText(fields: fields)
    return try phrases(query).contains { $0.fits(text) }
  }

  @Test("Words are runs of letters, marks and digits of any script, in lower case")
  func cutsWords() {
    #expect(
      RecordText(fields: ["Apache-Tomcat/9.0.1", "", "--", "Öl_Straße ٣ 東京"]).words
        == "apache tomcat 9 0 1 | öl straße ٣ 東京")
    #expect(RecordText(fields: ["\u{212a}elvin \"OR\" NEAR(a* b)", "|"]).words == "kelvin or near a b")
    #expect(RecordText(fields: ["", "|-|"]).words == "")
  }

  @Test("A phrase is found in one field alone, whole words unless a * lets the last go on")
  func findsPhrases() throws {
    #expect(try fits("text:openssh", "OpenSSH", "9.2p1"))
    #expect(try !fits("text:open", "OpenSSH"))
    #expect(try fits("text:ope*", "OpenSSH"))
    #expect(try fits(#"text:"apache tomcat""#, "Server: Apache-Tomcat/9"))
    #expect(try fits("text:tomcat/9", "Apache Tomcat 9"))
    #expect(try fits("text:apache-tomc*", "Apache Tomcat 9"))
    #expect(try !fits(#"text:"apache tomcat""#, "Apache", "Tomcat"))
    #expect(try !fits(#"text:"apache | tomcat" text:"#.replacing(" text:", with: ""), "Apache", "Tomcat"))
    #expect(try fits("text:nginx,tomcat", "Apache Tomcat"))
    // In quotes a star is no sign.
    #expect(try !fits(#"text:"tomc*""#, "Tomcat"))
    // Octets decide, not what Swift holds for the same text.
    #expect(try !fits("text:caf\u{e9}", "cafe\u{301}"))
    #expect(try fits("text:CAF\u{c9}", "caf\u{e9}"))
  }

  @Test("What holds no word, and signs in the wrong place, are refused where they stand")
  func refuses() {
    for (text, offset) in [
      ("text:", 5), ("text:--", 5), (#"text:"""#, 5), ("text:a,..", 7), ("text:*cat", 5), ("text:a*b", 5),
      ("text:a?b", 5),
      ("text:ab*", 5), ("text:tomcat-a*", 5), ("text:<a", 6),
    ] {
      let error = #expect(throws: ExpressionError.self, "\(text)") { try phrases(text) }
      #expect(error?.offset == offset, "\(text): \(error?.description ?? "")")
    }
  }

  @Test("A service and its certificate are records of their own; alerts judge both")
  func judgesRows() throws {
    let certificate = CertificateIdentity(
      subject: "CN=mail", issuer: "CN=Lab CA", alternativeNames: ["mx.example", "*.lab.example"], notBefore: Self.now,
      notAfter: Self.now, sha256: "")
    let facts = ServiceFacts(
      name: "smtp", product: "Postfix smtpd", version: "3.7", info: "STARTTLS", hostName: "mx1", confidence: .certain,
      banner: "220 mx1 ESMTP", certificate: certificate)
    func holds(_ query: String, _ service: ServiceFacts?) throws -> Bool {
      let row = JudgedRow(
        site: "s", zones: [], agent: nil, tags: [], address: nil, key: nil,
        summary: EndpointSummary(views: [], listener: nil, insideAgent: nil, isLoopback: false), listener: nil,
        service: service)
      return try ChartQuery(parsing: query, services: .builtIn, at: Self.now).filter.holds(for: row)
    }
    for query in [
      "text:postfix", "text:3.7", "text:starttls", "text:mx1", #"text:"220 mx1""#, "text:mail", #"text:"lab ca""#,
      "text:lab.example text:postfix", "not text:exim",
    ] {
      #expect(try holds(query, facts), "\(query)")
    }
    // The service's name is `service:`; words of two records are no phrase.
    for query in ["text:smtp", #"text:"esmtp cn""#, #"text:"mail cn""#] {
      #expect(try !holds(query, facts), "\(query)")
    }
    #expect(try !holds("text:postfix", nil))
    #expect(try holds("not text:postfix", nil))
  }
}
