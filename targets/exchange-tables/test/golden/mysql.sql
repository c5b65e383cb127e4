CREATE TABLE `YXT_PERSON` (
  `XH` BIGINT NOT NULL AUTO_INCREMENT,
  `JLBS` VARCHAR(36) NOT NULL,
  `CZLX` VARCHAR(1) NOT NULL,
  `PCH` VARCHAR(32) NOT NULL,
  `XXLY` VARCHAR(50) NOT NULL,
  `JHBZ` VARCHAR(1) NOT NULL,
  `GXSJ` VARCHAR(14) NOT NULL,
  `ALIVE` TINYINT NULL COMMENT '在世',
  `BORN` DATE NULL COMMENT '出生',
  `INCOME` DECIMAL(14,2) NULL COMMENT '收入',
  `MORE` LONGTEXT NULL COMMENT '附加',
  `NAME` VARCHAR(10) NULL COMMENT '姓名',
  `PHOTO` LONGBLOB NULL COMMENT '照片',
  `PID` VARCHAR(18) NOT NULL COMMENT '编号',
  `SCORE` DOUBLE NULL COMMENT '评分',
  `SEEN` DATETIME(3) NULL COMMENT '更新',
  `SERIAL` BIGINT NULL COMMENT '序号',
  PRIMARY KEY (`XH`),
  INDEX `YXT_PERSON_PCH` (`PCH`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='自然人';

CREATE TABLE IF NOT EXISTS `qz_stream` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `site` VARCHAR(128) NOT NULL,
  `pipeline` VARCHAR(128) NOT NULL,
  `resource` VARCHAR(128) NOT NULL,
  `epoch` BIGINT NOT NULL,
  `instance` VARCHAR(128) NOT NULL,
  `nonce` VARCHAR(128) NOT NULL,
  `sequence` BIGINT NOT NULL,
  `digest` VARCHAR(128) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE (`site`, `pipeline`, `resource`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='qianzhi';

CREATE TABLE IF NOT EXISTS `qz_batch` (
  `stream` BIGINT NOT NULL,
  `epoch` BIGINT NOT NULL,
  `sequence` BIGINT NOT NULL,
  `digest` VARCHAR(128) NOT NULL,
  `table_name` VARCHAR(128) NOT NULL,
  `batch_number` VARCHAR(128) NOT NULL,
  `changes` BIGINT NOT NULL,
  `refused` LONGTEXT NOT NULL,
  `line_keys` LONGBLOB NULL,
  `handed_at` BIGINT NOT NULL,
  `answered` BIGINT NOT NULL,
  PRIMARY KEY (`stream`, `epoch`, `sequence`),
  INDEX `qz_batch_batch_number` (`batch_number`),
  INDEX `qz_batch_answered_handed_at` (`answered`, `handed_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='qianzhi';

CREATE TABLE IF NOT EXISTS `qz_record` (
  `stream` BIGINT NOT NULL,
  `key_hash` BINARY(16) NOT NULL,
  `key_text` LONGTEXT NOT NULL,
  `record_hash` BINARY(32) NULL,
  `epoch` BIGINT NOT NULL,
  `sequence` BIGINT NOT NULL,
  `sent_at` BIGINT NOT NULL,
  PRIMARY KEY (`stream`, `key_hash`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='qianzhi';

CREATE TABLE IF NOT EXISTS `qz_answer` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `site` VARCHAR(128) NOT NULL,
  `body` LONGTEXT NOT NULL,
  `noted_at` BIGINT NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='qianzhi';

CREATE TABLE IF NOT EXISTS `qz_feedback` (
  `id` VARCHAR(128) NOT NULL,
  `known` BIGINT NOT NULL,
  `batch_number` VARCHAR(128) NOT NULL,
  `taken_at` BIGINT NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='qianzhi';

-- Rights of the account qianzhi:
-- GRANT SELECT, INSERT ON YXT_PERSON TO qianzhi;
-- GRANT SELECT, INSERT, UPDATE ON qz_stream TO qianzhi;
-- GRANT SELECT, INSERT, UPDATE ON qz_batch TO qianzhi;
-- GRANT SELECT, INSERT, UPDATE ON qz_record TO qianzhi;
-- GRANT SELECT, INSERT, UPDATE ON qz_answer TO qianzhi;
-- GRANT SELECT, INSERT, UPDATE ON qz_feedback TO qianzhi;
