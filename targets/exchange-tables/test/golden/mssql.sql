-- Reviewed, not run: nobody has tried this dialect yet.

CREATE TABLE [YXT_PERSON] (
  [XH] BIGINT IDENTITY NOT NULL,
  [JLBS] NVARCHAR(72) NOT NULL,
  [CZLX] NVARCHAR(2) NOT NULL,
  [PCH] NVARCHAR(64) NOT NULL,
  [XXLY] NVARCHAR(100) NOT NULL,
  [JHBZ] NVARCHAR(2) NOT NULL,
  [GXSJ] NVARCHAR(28) NOT NULL,
  [ALIVE] BIT NULL,
  [BORN] DATE NULL,
  [INCOME] DECIMAL(14,2) NULL,
  [MORE] NVARCHAR(MAX) NULL,
  [NAME] NVARCHAR(20) NULL,
  [PHOTO] VARBINARY(MAX) NULL,
  [PID] NVARCHAR(36) NOT NULL,
  [SCORE] FLOAT(53) NULL,
  [SEEN] DATETIME2(3) NULL,
  [SERIAL] BIGINT NULL,
  PRIMARY KEY ([XH])
);
CREATE INDEX [YXT_PERSON_PCH] ON [YXT_PERSON] ([PCH]);

IF OBJECT_ID(N'qz_stream') IS NULL
CREATE TABLE [qz_stream] (
  [id] BIGINT IDENTITY NOT NULL,
  [site] NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  [pipeline] NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  [resource] NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  [epoch] BIGINT NOT NULL,
  [instance] NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  [nonce] NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  [sequence] BIGINT NOT NULL,
  [digest] NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  PRIMARY KEY ([id]),
  UNIQUE ([site], [pipeline], [resource])
);

IF OBJECT_ID(N'qz_batch') IS NULL
CREATE TABLE [qz_batch] (
  [stream] BIGINT NOT NULL,
  [epoch] BIGINT NOT NULL,
  [sequence] BIGINT NOT NULL,
  [digest] NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  [table_name] NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  [batch_number] NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  [changes] BIGINT NOT NULL,
  [refused] NVARCHAR(MAX) NOT NULL,
  [line_keys] VARBINARY(MAX) NULL,
  [handed_at] BIGINT NOT NULL,
  [answered] BIGINT NOT NULL,
  PRIMARY KEY ([stream], [epoch], [sequence])
);
CREATE INDEX [qz_batch_batch_number] ON [qz_batch] ([batch_number]);
CREATE INDEX [qz_batch_answered_handed_at] ON [qz_batch] ([answered], [handed_at]);

IF OBJECT_ID(N'qz_record') IS NULL
CREATE TABLE [qz_record] (
  [stream] BIGINT NOT NULL,
  [key_hash] BINARY(16) NOT NULL,
  [key_text] NVARCHAR(MAX) NOT NULL,
  [record_hash] BINARY(32) NULL,
  [epoch] BIGINT NOT NULL,
  [sequence] BIGINT NOT NULL,
  [sent_at] BIGINT NOT NULL,
  PRIMARY KEY ([stream], [key_hash])
);

IF OBJECT_ID(N'qz_answer') IS NULL
CREATE TABLE [qz_answer] (
  [id] BIGINT IDENTITY NOT NULL,
  [site] NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  [body] NVARCHAR(MAX) NOT NULL,
  [noted_at] BIGINT NOT NULL,
  PRIMARY KEY ([id])
);

IF OBJECT_ID(N'qz_feedback') IS NULL
CREATE TABLE [qz_feedback] (
  [id] NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  [known] BIGINT NOT NULL,
  [batch_number] NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL,
  [taken_at] BIGINT NOT NULL,
  PRIMARY KEY ([id])
);

-- Rights of the account qianzhi:
-- GRANT SELECT, INSERT ON YXT_PERSON TO qianzhi;
-- GRANT SELECT, INSERT, UPDATE ON qz_stream TO qianzhi;
-- GRANT SELECT, INSERT, UPDATE ON qz_batch TO qianzhi;
-- GRANT SELECT, INSERT, UPDATE ON qz_record TO qianzhi;
-- GRANT SELECT, INSERT, UPDATE ON qz_answer TO qianzhi;
-- GRANT SELECT, INSERT, UPDATE ON qz_feedback TO qianzhi;
