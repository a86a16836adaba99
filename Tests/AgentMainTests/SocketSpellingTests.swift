import Testing

@testable import AgentMain

@Suite struct SocketSpellingTests {
  @Test(arguments: [
    ("sockets -i :80", "sockets --internet=:80"),
    ("sockets -i:80", "sockets --internet=:80"),
    ("sockets -i", "sockets --internet=any"),
    ("sockets -i -n -P", "sockets --internet=any -n -P"),
    ("sockets -i :80 -n -P", "sockets --internet=:80 -n -P"),
    ("sockets -nPi :80", "sockets -nP --internet=:80"),
    ("sockets -nPi", "sockets -nP --internet=any"),
    ("sockets -i4TCP@127.0.0.1:80", "sockets --internet=4TCP@127.0.0.1:80"),
    ("sockets -i 4 -i 6tcp", "sockets --internet=4 --internet=6tcp"),
    ("sockets -i state established", "sockets --internet=any state established"),
    ("sockets -i (sport=:22)", "sockets --internet=any (sport=:22)"),
    ("sockets -i sport=:22", "sockets --internet=any sport=:22"),
    ("sockets -i http", "sockets --internet=http"),
    ("sockets -iTCP -sTCP:LISTEN", "sockets --internet=TCP --lsof-state=TCP:LISTEN"),
    ("sockets -iTCP -s TCP:LISTEN", "sockets --internet=TCP --lsof-state=TCP:LISTEN"),
    ("sockets -nsudp:idle", "sockets -n --lsof-state=udp:idle"),
    ("sockets -s", "sockets -s"),
    ("sockets -s state established", "sockets -s state established"),
    ("sockets -si :80", "sockets -s --internet=:80"),
    ("sockets -tulnp", "sockets -tulnp"),
    ("sockets -ojson", "sockets -ojson"),
    ("sockets -lojson -i", "sockets -lojson --internet=any"),
    ("sockets -- -i", "sockets -- -i"),
    ("scan -iL file", "scan -iL file"),
    ("", ""),
  ])
  func addressesReachTheirOption(line: String, expected: String) {
    func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
    #expect(SocketSpelling.rewritten(words(line)) == words(expected))
  }
}
