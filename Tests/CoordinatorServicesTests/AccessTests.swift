import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

@Suite struct AccessTests {
  private func joinToken(
    _ fleet: Fleet, uses: Int? = nil, expiresIn: Duration? = nil
  ) async throws -> (token: TokenRecord, secret: String) {
    let issued = try await fleet.access.issue(
      .join(site: nil, zone: nil, createZone: false, duties: [.scan], tags: [], uses: uses), expiresIn: expiresIn,
      note: nil)
    return (issued.token, issued.secret)
  }

  @Test("A join token enrols as many agents as it may, and the agents' secrets are their own")
  func limitsUses() async throws {
    try await Fleet.run { fleet async throws in
      let secret = try await joinToken(fleet, uses: 2).secret
      let first = try await fleet.places.enrol(Fleet.introduction("a"), joinToken: secret)
      let second = try await fleet.places.enrol(Fleet.introduction("b"), joinToken: secret)
      await fleet.expectRefusal(.forbidden) {
        _ = try await fleet.places.enrol(Fleet.introduction("c"), joinToken: secret)
      }
      #expect(try await fleet.places.agent(secret: first.secret)?.id == first.agent.id)
      #expect(try await fleet.places.agent(secret: second.secret)?.id == second.agent.id)
      #expect(try await fleet.places.agent(secret: secret) == nil)
    }
  }

  @Test("A join token works until its time, and not when revoked")
  func expires() async throws {
    try await Fleet.run { fleet async throws in
      let expiring = try await joinToken(fleet, expiresIn: .seconds(60)).secret
      let revoked = try await joinToken(fleet)
      fleet.clock.advance(by: .seconds(59))
      _ = try await fleet.places.enrol(Fleet.introduction("a"), joinToken: expiring)
      fleet.clock.advance(by: .seconds(1))
      await fleet.expectRefusal(.forbidden) {
        _ = try await fleet.places.enrol(Fleet.introduction("b"), joinToken: expiring)
      }
      try await fleet.access.revokeToken(revoked.token.id)
      await fleet.expectRefusal(.forbidden) {
        _ = try await fleet.places.enrol(Fleet.introduction("b"), joinToken: revoked.secret)
      }
      await fleet.expectRefusal(.notFound) { try await fleet.access.revokeToken(revoked.token.id) }
    }
  }

  @Test("A refused enrolment uses nothing up")
  func refusedEnrolmentCostsNothing() async throws {
    try await Fleet.run { fleet async throws in
      let secret = try await joinToken(fleet, uses: 2).secret
      _ = try await fleet.places.enrol(Fleet.introduction("a"), joinToken: secret)
      await fleet.expectRefusal(.conflict, at: "/name") {
        _ = try await fleet.places.enrol(Fleet.introduction("a"), joinToken: secret)
      }
      _ = try await fleet.places.enrol(Fleet.introduction("b"), joinToken: secret)
    }
  }

  @Test("An API token has its role and site until it ends; a join token is none")
  func knowsPrincipals() async throws {
    try await Fleet.run { fleet async throws in
      let issued = try await fleet.access.issue(
        .api(role: .operating, site: "default"), expiresIn: .seconds(60), note: nil)
      let principal = try #require(try await fleet.access.principal(token: issued.secret))
      #expect(principal.role == .operating && principal.site == SiteID(1))
      #expect(try await fleet.access.principal(token: "ppa_guessed") == nil)
      #expect(try await fleet.access.principal(token: joinToken(fleet).secret) == nil)
      fleet.clock.advance(by: .seconds(60))
      #expect(try await fleet.access.principal(token: issued.secret) == nil)
    }
  }

  @Test("A zone that there is not is refused unless it should be made")
  func refusesUnknownZones() async throws {
    try await Fleet.run { fleet async throws in
      func issue(createZone: Bool) async throws {
        _ = try await fleet.access.issue(
          .join(site: nil, zone: "dmz", createZone: createZone, duties: [.scan], tags: [], uses: nil), expiresIn: nil,
          note: nil)
      }
      await fleet.expectRefusal(.invalidValue, at: "/zone") { try await issue(createZone: false) }
      try await issue(createZone: true)
      try await issue(createZone: false)
    }
  }
}
