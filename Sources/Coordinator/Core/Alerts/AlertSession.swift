package import Model

/// Reading alerts, receivers and deliveries, inside one transaction.
package protocol AlertReading: NoticeReading {
  func receivers() throws -> [ReceiverRecord]
  func receiver(_ id: ReceiverID) throws -> ReceiverRecord?
  func alerts() throws -> [AlertRecord]
  /// The place in the feed up to which it has been matched.
  func noticeCursor() throws -> Int64
  func alertGroup(of alert: AlertID, named name: String) throws -> AlertGroup?
  /// Groups that are to become messages, the oldest first.
  func dueAlertGroups(before time: Timestamp, limit: Int) throws -> [AlertGroup]
  /// The newest first.
  func deliveries(
    in state: DeliveryRecord.State?, before id: DeliveryID?, limit: Int
  ) throws -> [DeliveryRecord]
  func delivery(_ id: DeliveryID) throws -> DeliveryRecord?
  /// The oldest first.
  func dueDeliveries(to receiver: ReceiverID, before time: Timestamp, limit: Int) throws -> [DeliveryRecord]
  /// Receivers for whom something is due.
  func receiversWithDueDeliveries(before time: Timestamp) throws -> [ReceiverID]
  /// What of a message is not over yet; nil: that is not kept up.
  func followed(ofMessage key: String) throws -> Set<FollowedSubject>?
  /// Before when messages were purged; nil: none was.
  func messagesPurgedBefore() throws -> Timestamp?
  /// Certificates in use at open endpoints that end between two times, the earliest end first; without those that a source has
  /// told of.
  func certificatesEnding(
    after: Timestamp, before: Timestamp, untold source: String, limit: Int
  ) throws -> [CertificateUse]
  func isTold(_ source: String, _ subject: String) throws -> Bool
  /// What a source has told and not taken back, in the order of its text.
  func told(_ source: String, after subject: String?, limit: Int) throws -> [String]
  /// Alerts of Alertmanagers that are to be sent again.
  func dueActiveAlerts(before time: Timestamp, limit: Int) throws -> [ActiveAlert]
  /// The endpoint's row, as listings show it; inventories older than `inventoryNotBefore` prove nothing any more.
  func chartRow(of host: ChartHost, _ key: ProtocolPort, inventoryNotBefore: Timestamp) throws -> ChartRow?
}

/// Changing alerts, receivers and deliveries, inside one transaction.
package protocol AlertWriting: AlertReading, NoticeWriting {
  func insertReceiver(_ receiver: ReceiverRecord) throws -> ReceiverID
  func setReceiver(_ receiver: ReceiverRecord) throws
  /// What is on its way to it is given up.
  func removeReceiver(_ id: ReceiverID, at time: Timestamp) throws
  func insertAlert(_ alert: AlertRecord) throws -> AlertID
  func setAlert(_ alert: AlertRecord) throws
  func removeAlert(_ id: AlertID) throws
  /// The feed up to this place has been matched and is not needed any more.
  func setNoticeCursor(_ id: Int64) throws
  func setAlertGroup(_ group: AlertGroup) throws
  /// Keeps up whether these are over: of a group that is stored.
  func follow(_ notices: [ChangeNotice], inGroup name: String, of alert: AlertID) throws
  /// What was followed of a group is followed of its message.
  func follow(_ message: String, insteadOf group: AlertGroup) throws
  func removeAlertGroup(_ id: Int64) throws
  /// Puts a message into the outbox, once: false, and nothing is changed, if there is one of its id.
  @discardableResult
  func insertMessage(_ message: AlertMessage, alert: AlertID?, to receivers: [ReceiverRecord], at time: Timestamp)
    throws
    -> [DeliveryID]
  /// What came of an attempt; false: it was settled or removed meanwhile.
  func setDelivery(
    _ id: DeliveryID, _ state: DeliveryRecord.State, attempts: Int, nextAt: Timestamp, triedAt: Timestamp,
    error: String?) throws
  /// Sends a message again that was delivered or given up.
  func replayDelivery(_ id: DeliveryID, at time: Timestamp) throws
  /// An Alertmanager has been told of it.
  func setActiveAlert(_ alert: ActiveAlert) throws
  /// It is told again at this time, and not before.
  func postponeActiveAlert(_ alert: ActiveAlert, to time: Timestamp) throws
  func removeActiveAlert(_ alert: ActiveAlert) throws
  /// Deletes messages that were made and settled before, the oldest first, until about so many rows are gone; `undelivered` are
  /// deliveries that had not arrived.
  func purgeMessages(before time: Timestamp, limit: Int) throws -> (messages: Int, undelivered: Int)
  /// Forgets what was told of certificates before, which have ended since, and of agents that were removed.
  func purgeTold(before time: Timestamp, limit: Int) throws -> Int
  /// Whatever the notices put an end to is over, and to be told so now.
  func endActiveAlerts(by notices: [ChangeNotice], at time: Timestamp) throws
  /// Notes that something was told; false: it was before.
  func noteTold(_ source: String, _ subject: String, at time: Timestamp) throws -> Bool
  func forgetTold(_ source: String, _ subject: String) throws -> Bool
}
