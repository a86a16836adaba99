import Model
import Testing

@testable import CoordinatorCore

@Suite struct TokenRecordTests {
  private func token(
    uses: Int = 0, of allowed: Int? = nil, expiresAt: Int64? = nil, revokedAt: Int64? = nil
  ) -> TokenRecord {
    TokenRecord(
      id: TokenID(1), grant: .join(zone: ZoneID(1), duties: [.scan], tags: [], usesAllowed: allowed), usesMade: uses,
      note: nil, createdAt: Timestamp(milliseconds: 0), expiresAt: expiresAt.map { Timestamp(milliseconds: $0) },
      revokedAt: revokedAt.map { Timestamp(milliseconds: $0) })
  }

  @Test("A token is valid until it is revoked, used up, or its time has come")
  func knowsItsCondition() {
    let now = Timestamp(milliseconds: 100)
    #expect(token().condition(at: now) == .valid)
    #expect(token(expiresAt: 101).condition(at: now) == .valid)
    #expect(token(expiresAt: 100).condition(at: now) == .expired)
    #expect(token(uses: 1, of: 2).condition(at: now) == .valid)
    #expect(token(uses: 2, of: 2).condition(at: now) == .usedUp)
    #expect(token(uses: 9).condition(at: now) == .valid)
    #expect(token(uses: 2, of: 2, expiresAt: 1, revokedAt: 99).condition(at: now) == .revoked)
  }

  @Test("Roles include the ones before")
  func ordersRoles() {
    #expect(AccessRole.viewer < .operating && AccessRole.operating < .admin)
  }
}
