extension Schema {
  /// What hosts answer besides their ports. `reason`: by what the last answer of a run came, or whose absence its end proves, if it is no
  /// port's. `misses`: looks since the last answer in which an echo met silence, a JSON list of four numbers each: when the scan
  /// began, when the look ended, the agent, the job or 0.
  static let echoes = """
    ALTER TABLE host_view ADD COLUMN echo_seen INTEGER;
    ALTER TABLE host_view ADD COLUMN reason TEXT;
    ALTER TABLE host_view ADD COLUMN misses TEXT;
    ALTER TABLE host_view ADD COLUMN echo_begun INTEGER;
    ALTER TABLE host_view ADD COLUMN port_begun INTEGER;
    ALTER TABLE host_run ADD COLUMN reason TEXT;
    """
}
