import SeededRandom
import Testing

@testable import Model

@Suite struct PortSelectionTests {
  private static let names = ServiceNames(
    etcServices: """
      # a short /etc/services
      ssh      22/tcp
      domain   53/tcp
      domain   53/udp
      http     80/tcp    www WorldWideWeb
      https   443/tcp
      https   443/udp
      broken
      wrong    99999/tcp
      dccpish  7/dccp
      """)

  private func parse(_ text: String, _ protocols: Set<TransportProtocol> = [.tcp]) throws -> String {
    try PortSelection.parse(text, names: Self.names, activeProtocols: protocols).description
  }

  @Test(arguments: [
    ("22", "T:22"),
    ("22,80,443", "T:22,80,443"),
    ("1-100", "T:1-100"),
    ("-100", "T:1-100"),
    ("60000-", "T:60000-65535"),
    ("-", "T:1-65535"),
    ("0", "T:0"),
    ("0-", "T:0-65535"),
    ("0-5", "T:0-5"),
    ("T:22,U:53,T:80", "T:22,80,U:53"),
    ("U:53,111", "U:53,111"),
    ("S:2905,P:6", "S:2905,P:6"),
    ("P:-", "P:0-255"),
    ("P:250-", "P:250-255"),
    ("80,", "T:80"),
    (" 80 , 443 ", "T:80,443"),
    ("80 - 90", "T:80-90"),
    ("T: 80", "T:80"),
    ("80,80,79-81", "T:79-81"),
    ("ssh", "T:22"),
    ("hTTp", "T:80"),
    ("www", "T:80"),
    ("domain,U:domain", "T:53,U:53"),
    ("worldwide*", "T:80"),
    ("ss?", "T:22"),
    ("[1-100]", "T:1,7,9,11,13,15,17,19-23,25,37,43,49,53,70,79-80,88"),
    ("[U:50-55],50", "T:50,U:53"),
    ("[U:50-55,T:80],[T:79-80]", "T:79-80,U:53"),
    ("[2-6]", ""),
    ("top-3", "T:22,80,443"),
    ("print", "T:515,631,9100-9102"),
    ("U:files", "U:69,111,137-138,2049"),
  ])
  func expressionsSelectThePortsTheyName(text: String, expected: String) throws {
    #expect(try parse(text) == expected)
    if !expected.isEmpty { #expect(try parse(expected) == expected) }
  }

  @Test func unqualifiedPortsGoToEveryActiveProtocol() throws {
    #expect(try parse("53,U:67", [.tcp, .udp]) == "T:53,U:53,67")
    #expect(try parse("https", [.tcp, .udp]) == "T:443,U:443")
  }

  @Test(arguments: [
    ("", 0, "missing"),
    ("  ", 0, "missing"),
    (",80", 0, "missing before"),
    ("80,,443", 3, "missing before"),
    ("65536", 0, "over 65535"),
    ("80-70000", 3, "over 65535"),
    ("99999999999999999999", 0, "over 65535"),
    ("90-80", 3, "backwards"),
    ("-0", 1, "backwards"),
    ("1-2-3", 3, "does not belong"),
    ("80 443", 3, "does not belong"),
    ("80;443", 2, "does not belong"),
    ("P:256", 2, "over 255"),
    ("P:ssh", 2, "by number"),
    ("X:80", 0, "T:, U:, S: and P:"),
    ("HTTP", 0, "lower case"),
    ("nosuchthing", 0, "no tcp service is called"),
    ("22,U:ssh", 5, "no udp service"),
    ("[80", 0, "not closed"),
    ("80]", 2, "no bracket"),
    ("[[80]]", 1, "nest"),
    ("[80]443", 4, "does not belong"),
    ("T:", 2, "missing"),
    ("top-0", 0, "over 0"),
    ("+80", 0, "does not begin"),
    ("8\u{0663}", 1, "does not belong"),
  ])
  func malformedExpressionsAreRefusedAtTheCharacter(text: String, offset: Int, message: String) throws {
    let error = try #require(throws: ExpressionError.self) { try parse(text) }
    #expect(error.offset == offset, "\(error)")
    #expect(error.message.contains(message), "\(error)")
    #expect(error.description.hasPrefix("ports \""))
  }

  @Test func repeatedPortsAreNoted() throws {
    var noted: [String] = []
    _ = try PortSelection.parse("80,443,79-81,U:53", names: Self.names) { noted.append($0) }
    #expect(noted == ["80"])
  }

  @Test func indicesRunThroughTCPThenUDPThenSCTP() throws {
    let selection = try PortSelection.parse("S:9,U:53,67,T:80,22-23", names: Self.names)
    #expect(selection.count == 6)
    let endpoints = (0..<selection.count).map { selection.endpoint(at: $0).description }
    #expect(endpoints == ["tcp/22", "tcp/23", "tcp/80", "udp/53", "udp/67", "sctp/9"])
    for index in 0..<selection.count { #expect(selection.index(of: selection.endpoint(at: index)) == index) }
    #expect(selection.index(of: ProtocolPort(.udp, 80)) == nil)
    #expect(selection.slice(1..<4).description == "T:23,80,U:53")
    #expect(selection.slice(0..<0).isEmpty)
    #expect(selection.slice(5..<99).description == "S:9")
  }

  @Test func randomSelectionsPrintBackAndKeepTheirIndices() throws {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<400 {
      var selection = PortSelection()
      for transport in TransportProtocol.allCases {
        selection[transport] = PortSet(
          (0..<Int.random(in: 0...8, using: &generator)).map { _ in
            let low = UInt16.random(in: 0...65485, using: &generator)
            return low...low + UInt16.random(in: 0...50, using: &generator)
          })
      }
      guard !selection.isEmpty else { continue }
      #expect(try PortSelection.parse(selection.description, names: .builtIn) == selection)
      for _ in 0..<20 {
        let index = Int.random(in: 0..<selection.count, using: &generator)
        #expect(selection.index(of: selection.endpoint(at: index)) == index)
      }
      let cut = Int.random(in: 0...selection.count, using: &generator)
      let (head, tail) = (selection.slice(0..<cut), selection.slice(cut..<selection.count))
      #expect(head.count == cut)
      #expect(head.union(tail) == selection)
      #expect(selection.subtracting(head) == tail)
    }
  }

  @Test func portSetsAgreeWithANaiveModel() {
    var generator = SeededGenerator(seed: 8)
    func random() -> (PortSet, Set<UInt16>) {
      let ranges = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
        let low = UInt16.random(in: 0...40, using: &generator)
        return low...low + UInt16.random(in: 0...9, using: &generator)
      }
      return (PortSet(ranges), Set(ranges.joined()))
    }
    func members(_ set: PortSet) -> Set<UInt16> { Set(set.ranges.joined()) }
    for _ in 0..<2000 {
      let (left, leftMembers) = random()
      let (right, rightMembers) = random()
      #expect(left.count == leftMembers.count)
      #expect(members(left.union(right)) == leftMembers.union(rightMembers))
      #expect(members(left.subtracting(right)) == leftMembers.subtracting(rightMembers))
      #expect(members(left.intersection(right)) == leftMembers.intersection(rightMembers))
      for port in UInt16(0)...60 { #expect(left.contains(Port(port)) == leftMembers.contains(port)) }
      for (index, port) in leftMembers.sorted().enumerated() {
        #expect(left.port(at: index) == Port(port))
        #expect(left.index(of: Port(port)) == index)
      }
    }
    #expect(PortSet([0...65535]).count == 65536)
    #expect(PortSet.all.count == 65535)
  }

  @Test func randomTextNeverTraps() {
    var generator = SeededGenerator(seed: 9)
    let alphabet = Array("0123456789,-[]TUSP: *?abchtps\u{e9}")
    var parsed = 0
    for _ in 0..<10_000 {
      let length = Int.random(in: 0...16, using: &generator)
      let text = String((0..<length).compactMap { _ in alphabet.randomElement(using: &generator) })
      guard let selection = try? PortSelection.parse(text, names: Self.names), !selection.isEmpty else { continue }
      parsed += 1
      #expect(selection == (try? PortSelection.parse(selection.description, names: .builtIn)), "\(text)")
    }
    #expect(parsed > 100)
  }

  @Test func everyPortWrittenSinglyIsReadInOneGo() throws {
    let text = (1...65535).reversed().map(String.init).joined(separator: ",")
    #expect(try parse(text) == "T:1-65535")
  }
}
