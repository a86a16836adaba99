internal import CoordinatorCore
internal import GRDB
internal import Model

/// Full text: what services show of themselves, and what certificates say.
extension Schema {
  /// A row of `record_text` is the words of a service or of a certificate (`RecordText`), once for all that say the same: ten
  /// thousand hosts with one banner are one text. It goes with the last that has it. The index keeps no copy of its own
  /// (sqlite.org/fts5.html, 4.4.3), and no lengths, as nothing is ranked; words are parted by blanks, `|` between fields is a token
  /// that nobody can ask for.
  static let texts = """
    CREATE TABLE record_text(
      id INTEGER PRIMARY KEY,
      text TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE VIRTUAL TABLE record_word USING fts5(
      text, content = 'record_text', content_rowid = 'id', columnsize = 0, tokenize = "ascii tokenchars '|'"
    );
    CREATE TRIGGER record_text_said AFTER INSERT ON record_text BEGIN
      INSERT INTO record_word(rowid, text) VALUES (new.id, new.text);
    END;
    CREATE TRIGGER record_text_gone AFTER DELETE ON record_text BEGIN
      INSERT INTO record_word(record_word, rowid, text) VALUES ('delete', old.id, old.text);
    END;
    ALTER TABLE certificate ADD COLUMN text_id INTEGER REFERENCES record_text(id);
    CREATE INDEX certificate_text ON certificate(text_id) WHERE text_id IS NOT NULL;
    ALTER TABLE endpoint_service ADD COLUMN text_id INTEGER REFERENCES record_text(id);
    CREATE INDEX endpoint_service_text ON endpoint_service(text_id, endpoint_id) WHERE text_id IS NOT NULL;
    CREATE INDEX certificate_seen ON certificate(last_seen);
    CREATE TRIGGER certificate_gone AFTER DELETE ON certificate WHEN old.text_id IS NOT NULL BEGIN
      \(forgetOldText) END;
    CREATE TRIGGER endpoint_service_says_else AFTER UPDATE OF text_id ON endpoint_service
      WHEN old.text_id IS NOT NULL AND old.text_id IS NOT new.text_id BEGIN \(forgetOldText) END;
    CREATE TRIGGER endpoint_service_gone AFTER DELETE ON endpoint_service WHEN old.text_id IS NOT NULL BEGIN
      \(forgetOldText) END;
    """

  private static let forgetOldText = """
    DELETE FROM record_text WHERE id = old.text_id
      AND NOT EXISTS (SELECT 1 FROM endpoint_service WHERE text_id = old.text_id)
      AND NOT EXISTS (SELECT 1 FROM certificate WHERE text_id = old.text_id);
    """

  private static let batch = 1_000

  /// Texts of what a file of before has.
  static func fillTexts(_ session: SQLiteSession) throws {
    var last: Int64 = 0
    while true {
      let found = try session.rows("SELECT * FROM certificate WHERE id > ? ORDER BY id LIMIT ?", [last, batch])
      for row in found {
        last = row["id"]
        guard let certificate = try session.certificate(row) else { continue }
        try session.execute(
          "UPDATE certificate SET text_id = ? WHERE id = ?",
          [try session.noteText(RecordText(certificate: certificate)), last])
      }
      if found.count < batch { break }
    }
    last = 0
    while true {
      let found = try session.rows(
        "SELECT rowid AS number, * FROM endpoint_service WHERE rowid > ? ORDER BY rowid LIMIT ?", [last, batch])
      for row in found {
        last = row["number"]
        let facts = ServiceFacts(
          product: row["product"], version: row["version"], info: row["info"], hostName: row["host_name"],
          confidence: .unknown, banner: row["banner"])
        try session.execute(
          "UPDATE endpoint_service SET text_id = ? WHERE rowid = ?",
          [try session.noteText(RecordText(service: facts)), last])
      }
      if found.count < batch { break }
    }
  }
}
