import Model
import Testing

@testable import AgentMain

@Suite struct EndpointNamesTests {
  @Test func namesThatAreKeptAreBounded() {
    let names = EndpointNames()
    for number in 0..<UInt32(EndpointNames.limit + 10) {
      names.remember("host-\(number)", of: IPAddress(ipv4: 0x0a00_0000 + number))
    }
    #expect(names.knownCount == 10)
    // The last one is known still, without a question to the resolver.
    let last = UInt32(EndpointNames.limit + 9)
    #expect(names.host(IPAddress(ipv4: 0x0a00_0000 + last)) == "host-\(last)")
  }
}
