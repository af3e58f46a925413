-- The users of PkiCore: one for each task, with no more than it needs. Replace the subjects by those of your client certificates and run it once, as an
-- administrator, on any node. A user with another user's certificate is refused. Where a password is wanted as well, add IDENTIFIED BY.

-- The edge responder reads.
CREATE USER IF NOT EXISTS 'edge'@'%' REQUIRE SUBJECT '/O=PkiCore lab/CN=edge';
GRANT SELECT ON pkicore.schema_version TO 'edge'@'%';
GRANT SELECT (id, name_hash, key_hash, name) ON pkicore.issuer TO 'edge'@'%';
GRANT SELECT ON pkicore.history TO 'edge'@'%';
GRANT SELECT ON pkicore.certificate TO 'edge'@'%';
GRANT SELECT (issuer_id, number, operation_id, digest, serial, status, reason, revoked_at, invalidity_date, not_after, crl_shard, is_ca) ON pkicore.status_change TO 'edge'@'%';
GRANT SELECT ON pkicore.crl_publication TO 'edge'@'%';
GRANT SELECT ON pkicore.crl_file TO 'edge'@'%';
GRANT SELECT ON pkicore.crl_chunk TO 'edge'@'%';

-- The writer issues, revokes, holds and releases; it cannot change what the log says. (ON DUPLICATE KEY UPDATE wants the right to all columns.)
CREATE USER IF NOT EXISTS 'writer'@'%' REQUIRE SUBJECT '/O=PkiCore lab/CN=writer';
GRANT SELECT ON pkicore.schema_version TO 'writer'@'%';
GRANT SELECT, INSERT ON pkicore.issuer TO 'writer'@'%';
GRANT SELECT, INSERT, UPDATE (last_change, last_digest, accepted_at) ON pkicore.history TO 'writer'@'%';
GRANT SELECT, INSERT, UPDATE ON pkicore.certificate TO 'writer'@'%';
GRANT SELECT, INSERT ON pkicore.status_change TO 'writer'@'%';

-- The publisher is an edge that also takes CRL numbers, holds the lease, distributes CRLs, and prunes what is old.
CREATE USER IF NOT EXISTS 'publisher'@'%' REQUIRE SUBJECT '/O=PkiCore lab/CN=publisher';
GRANT SELECT ON pkicore.* TO 'publisher'@'%';
GRANT UPDATE (first_change, first_digest) ON pkicore.history TO 'publisher'@'%';
GRANT DELETE ON pkicore.status_change TO 'publisher'@'%';
GRANT INSERT, UPDATE ON pkicore.lease TO 'publisher'@'%';
GRANT INSERT, UPDATE ON pkicore.crl_number TO 'publisher'@'%';
GRANT INSERT, DELETE ON pkicore.crl_publication TO 'publisher'@'%';
GRANT INSERT, DELETE ON pkicore.crl_file TO 'publisher'@'%';
GRANT INSERT, DELETE ON pkicore.crl_chunk TO 'publisher'@'%';
