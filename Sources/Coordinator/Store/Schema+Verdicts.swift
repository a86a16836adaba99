internal import CoordinatorCore
internal import Model

extension Schema {
  /// Verdicts by time: a look says nothing of a listener that came or went after it, and silence of UDP proves nothing. Of what was
  /// judged without times each is kept that a look proves; the next look or inventory judges anew, as it always does.
  static let timelyVerdicts = """
    UPDATE endpoint SET verdict = CASE
        WHEN verdict = \(Verdict.localOnly.code) THEN verdict
        WHEN listener_id IS NOT NULL THEN \(Verdict.unverified.code) END
      WHERE state = \(EndpointState.openOrFiltered.code) AND verdict IS NOT NULL;
    UPDATE endpoint SET verdict = \(Verdict.unverified.code)
      WHERE verdict = \(Verdict.shielded.code)
        AND (SELECT first_seen FROM listener WHERE id = endpoint.listener_id) > coalesce(endpoint.view_at,
          (SELECT max(observed_at) FROM endpoint_view
            WHERE endpoint_id = endpoint.id AND zone_id = endpoint.zone_id AND is_self_view = 0));
    UPDATE endpoint SET verdict = \(Verdict.unverified.code)
      WHERE verdict = \(Verdict.forwarded.code)
        AND EXISTS (SELECT 1 FROM listener_past AS past
          WHERE past.agent_id = endpoint.inside_agent_id AND past.transport = endpoint.transport
            AND past.port = endpoint.port AND past.until_at > endpoint.last_seen AND past.namespace = 0
            AND past.address IN (endpoint.address, X'00000000', X'00000000000000000000000000000000'));
    UPDATE endpoint SET verdict = \(Verdict.noInsideView.code)
      WHERE verdict = \(Verdict.forwarded.code)
        AND (SELECT inventory_since FROM agent WHERE id = endpoint.inside_agent_id) > endpoint.last_seen;
    UPDATE finding SET gone_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000
      WHERE rule = '\(FindingRule.forwarded.rawValue)' AND gone_at IS NULL AND endpoint_id IN (
        SELECT id FROM endpoint WHERE findings & \(FindingSet([.forwarded]).rawValue) != 0
          AND coalesce(verdict, -1) != \(Verdict.forwarded.code));
    UPDATE endpoint SET findings = findings & ~\(FindingSet([.forwarded]).rawValue)
      WHERE findings & \(FindingSet([.forwarded]).rawValue) != 0
        AND coalesce(verdict, -1) != \(Verdict.forwarded.code);
    """
}
