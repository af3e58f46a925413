-- The schema of PkiCore, version 1. Every statement is one change of the structure, is safe to run again, and only adds: Galera carries it out on all
-- nodes at once (Total Order Isolation). A program that meets a schema newer than it knows does not read it: update the programs first.

-- The versions that were applied.
CREATE TABLE IF NOT EXISTS schema_version (
    version     INT UNSIGNED NOT NULL,
    applied_at  DATETIME(6)  NOT NULL,
    PRIMARY KEY (version)
) ENGINE = InnoDB;

-- The CAs. name_hash and key_hash are those of a CertID with SHA-256 (RFC 6960 4.1.1): together they are one CA.
CREATE TABLE IF NOT EXISTS issuer (
    id           INT UNSIGNED    NOT NULL AUTO_INCREMENT,
    name_hash    BINARY(32)      NOT NULL,
    key_hash     BINARY(32)      NOT NULL,
    name         VARCHAR(255)    NOT NULL,
    certificate  BLOB            NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY issuer_identity (name_hash, key_hash)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

-- The head of each CA's history. A writer updates this row first of all in its transaction: so the order of commits is the order of numbers, on all nodes.
--   last_digest   the digest of the change last_change, or first_digest when there is none
--   first_change  the oldest change that is still there; readers behind it load everything again
--   first_digest  the digest of the change before first_change; at the beginning 32 random octets
--   accepted_at   when an operator last said that this is the history to follow (galera accept-history)
CREATE TABLE IF NOT EXISTS history (
    issuer_id     INT UNSIGNED     NOT NULL,
    last_change   BIGINT UNSIGNED  NOT NULL,
    last_digest   BINARY(32)       NOT NULL,
    first_change  BIGINT UNSIGNED  NOT NULL,
    first_digest  BINARY(32)       NOT NULL,
    accepted_at   DATETIME(6)      NULL,
    PRIMARY KEY (issuer_id),
    CONSTRAINT history_issuer FOREIGN KEY (issuer_id) REFERENCES issuer (id)
) ENGINE = InnoDB;

-- What is known of each certificate.
--   serial       the magnitude, big-endian, without zero octets in front; zero is one zero octet
--   status       0 good, 1 revoked for good, 2 on hold
--   reason       RFC 5280 5.3.1; NULL when good
--   last_change  the number of the change that made it so
CREATE TABLE IF NOT EXISTS certificate (
    issuer_id        INT UNSIGNED      NOT NULL,
    serial           VARBINARY(20)     NOT NULL,
    status           TINYINT UNSIGNED  NOT NULL,
    reason           TINYINT UNSIGNED  NULL,
    revoked_at       DATETIME(6)       NULL,
    invalidity_date  DATETIME(6)       NULL,
    not_after        DATETIME(6)       NOT NULL,
    crl_shard        INT UNSIGNED      NULL,
    is_ca            BOOLEAN           NULL,
    last_change      BIGINT UNSIGNED   NOT NULL,
    PRIMARY KEY (issuer_id, serial),
    CONSTRAINT certificate_serial CHECK (LENGTH(serial) > 0),
    CONSTRAINT certificate_status CHECK (status <= 2 AND (status = 0) = (reason IS NULL) AND (status = 0) = (revoked_at IS NULL) AND (status = 2) = (COALESCE(reason, 0) = 6))
) ENGINE = InnoDB;

-- Every change, for good until it is pruned from the old end; inserted, never updated. It holds the whole new state of the certificate.
--   operation_id  made by the caller; the same one again is the same operation
--   digest        SHA-256 over the digest before and this change (docs/galera.md)
CREATE TABLE IF NOT EXISTS status_change (
    issuer_id        INT UNSIGNED      NOT NULL,
    number           BIGINT UNSIGNED   NOT NULL,
    operation_id     BINARY(16)        NOT NULL,
    digest           BINARY(32)        NOT NULL,
    serial           VARBINARY(20)     NOT NULL,
    old_status       TINYINT UNSIGNED  NULL,
    old_reason       TINYINT UNSIGNED  NULL,
    status           TINYINT UNSIGNED  NOT NULL,
    reason           TINYINT UNSIGNED  NULL,
    revoked_at       DATETIME(6)       NULL,
    invalidity_date  DATETIME(6)       NULL,
    not_after        DATETIME(6)       NOT NULL,
    crl_shard        INT UNSIGNED      NULL,
    is_ca            BOOLEAN           NULL,
    actor            VARCHAR(255)      NOT NULL,
    host             VARCHAR(255)      NOT NULL,
    made_at          DATETIME(6)       NOT NULL,
    PRIMARY KEY (issuer_id, number),
    UNIQUE KEY status_change_operation (operation_id),
    KEY status_change_serial (issuer_id, serial, number),
    CONSTRAINT status_change_serial_length CHECK (LENGTH(serial) > 0),
    CONSTRAINT status_change_status CHECK (status <= 2 AND (status = 0) = (reason IS NULL) AND (status = 0) = (revoked_at IS NULL) AND (status = 2) = (COALESCE(reason, 0) = 6))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

-- Who publishes the CRLs of a CA; holder is empty when nobody does. The holder raises beat, and so does each transaction under the lease: of it and a takeover one
-- alone can be committed. Who has seen the row unchanged for the time to live takes over and raises epoch.
CREATE TABLE IF NOT EXISTS lease (
    issuer_id  INT UNSIGNED     NOT NULL,
    holder     VARCHAR(255)     NOT NULL,
    epoch      BIGINT UNSIGNED  NOT NULL,
    beat       BIGINT UNSIGNED  NOT NULL,
    PRIMARY KEY (issuer_id),
    CONSTRAINT lease_issuer FOREIGN KEY (issuer_id) REFERENCES issuer (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

-- The highest CRL number that was handed out (RFC 5280 5.2.3: up to 20 octets).
CREATE TABLE IF NOT EXISTS crl_number (
    issuer_id  INT UNSIGNED   NOT NULL,
    number     DECIMAL(49,0)  NOT NULL,
    PRIMARY KEY (issuer_id),
    CONSTRAINT crl_number_issuer FOREIGN KEY (issuer_id) REFERENCES issuer (id)
) ENGINE = InnoDB;

-- What edges serve: the highest sequence of a CA. It appears last, in one transaction that looks at the lease.
CREATE TABLE IF NOT EXISTS crl_publication (
    issuer_id     INT UNSIGNED     NOT NULL,
    sequence      BIGINT UNSIGNED  NOT NULL,
    epoch         BIGINT UNSIGNED  NOT NULL,
    published_at  DATETIME(6)      NOT NULL,
    PRIMARY KEY (issuer_id, sequence),
    CONSTRAINT crl_publication_issuer FOREIGN KEY (issuer_id) REFERENCES issuer (id)
) ENGINE = InnoDB;

-- The files of a publication. The contents are in crl_chunk under their hash, or, where location is set, at that URL.
CREATE TABLE IF NOT EXISTS crl_file (
    issuer_id    INT UNSIGNED      NOT NULL,
    sequence     BIGINT UNSIGNED   NOT NULL,
    name         VARCHAR(255)      NOT NULL,
    number       DECIMAL(49,0)     NOT NULL,
    is_delta     BOOLEAN           NOT NULL,
    this_update  DATETIME(6)       NOT NULL,
    next_update  DATETIME(6)       NOT NULL,
    size         BIGINT UNSIGNED   NOT NULL,
    sha256       BINARY(32)        NOT NULL,
    location     VARCHAR(1024)     NULL,
    PRIMARY KEY (issuer_id, sequence, name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

-- Contents in parts of 1 MiB, the last one shorter, a transaction each; the same contents are there once. By CA: its publisher alone knows what is needed no more.
CREATE TABLE IF NOT EXISTS crl_chunk (
    issuer_id  INT UNSIGNED  NOT NULL,
    sha256     BINARY(32)    NOT NULL,
    part       INT UNSIGNED  NOT NULL,
    data       MEDIUMBLOB    NOT NULL,
    PRIMARY KEY (issuer_id, sha256, part)
) ENGINE = InnoDB;
