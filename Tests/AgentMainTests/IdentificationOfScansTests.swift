import Identification
import ScanEngine
import Testing

@testable import AgentMain

@Suite("Identification within a scan")
struct IdentificationOfScansTests {
  @Test("It opens no more connections than the scan may have probes under way")
  func pace() {
    let usual = ServiceIdentification.configuration(ScanPace(maxInFlight: 8192))
    #expect(usual == ServiceIdentifier.Configuration())
    let careful = ServiceIdentification.configuration(ScanPace(maxInFlight: 10, maxInFlightPerHost: 3))
    #expect(careful.connections == 10)
    #expect(careful.connectionsToLoopback == 10)
    #expect(careful.connectionsPerHost == 3)
    #expect(careful.connectionsPerEndpoint == 3)
    let single = ServiceIdentification.configuration(ScanPace(maxInFlight: 1))
    #expect(single.connections == 1 && single.connectionsPerHost == 1 && single.connectionsPerEndpoint == 1)
  }

  @Test("Services that could not be asked are told with their reasons; those that this host failed are asked again")
  func unasked() {
    var unasked = UnaskedServices()
    #expect(unasked.text == nil)
    let isCancelledLeft = unasked.add(.cancelled)
    #expect(isCancelledLeft)
    #expect(unasked.text == nil)
    let isUnreachableLeft = unasked.add(.unreachable(errno: 111))
    #expect(!isUnreachableLeft)
    #expect(unasked.text == "1 service could not be asked: 1 no longer accepted connections")
    let isShortageLeft = unasked.add(.localShortage(errno: 24))
    #expect(isShortageLeft)
    #expect(
      unasked.text
        == "2 services could not be asked: 1 no longer accepted connections, "
        + "1 found this host out of descriptors, ports or buffers")
  }
}
