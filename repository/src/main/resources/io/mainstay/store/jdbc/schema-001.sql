-- Version 1 of the store. ${bytes} and ${chunk} are the engine's types for bytes; statements end with a semicolon at the end of a line.

-- One row per content, with what the framework and the repository need to know without reading its bytes.
CREATE TABLE content (
  digest CHAR(64) NOT NULL PRIMARY KEY,
  size_bytes BIGINT NOT NULL,
  symbolic_name VARCHAR(1000) NOT NULL,
  version VARCHAR(250) NOT NULL,
  headers ${bytes} NOT NULL,
  index_document ${bytes} NOT NULL
);

-- The bytes, cut into rows; DESIGN.md says why.
CREATE TABLE content_chunk (
  digest CHAR(64) NOT NULL,
  position INTEGER NOT NULL,
  bytes ${chunk} NOT NULL,
  PRIMARY KEY (digest, position)
);

-- What content provides, by namespace and name: findProviders reads only this to find its candidates. The index holds
-- all columns: Derby, which guesses that one row in ten has a namespace, would rather read the table than look rows up.
CREATE TABLE capability (
  namespace VARCHAR(250) NOT NULL,
  name VARCHAR(1000) NOT NULL,
  digest CHAR(64) NOT NULL
);
CREATE INDEX capability_by_name ON capability (namespace, name, digest);
CREATE INDEX capability_by_digest ON capability (digest);

-- A generation: the canonical text never changes; state, cause, claim and report tell what became of it. Its indexes, and
-- those of other rows that change, hold all that is asked of many rows at once: Sql.each says why.
CREATE TABLE generation (
  number BIGINT NOT NULL PRIMARY KEY,
  digest CHAR(64) NOT NULL,
  state_digest CHAR(64) NOT NULL,
  channel VARCHAR(250) NOT NULL,
  text ${bytes} NOT NULL,
  state VARCHAR(16) NOT NULL,
  cause VARCHAR(8000),
  claimed_by VARCHAR(250),
  lease_until BIGINT,
  report ${bytes},
  retained SMALLINT NOT NULL,
  forced SMALLINT NOT NULL
);
CREATE INDEX generation_by_channel ON generation (channel, number);
CREATE INDEX generation_by_state ON generation (channel, state, number);
CREATE INDEX generation_by_content ON generation (channel, state_digest, number);

-- Where each channel's head is. Locking its row puts deployers of the channel in line.
CREATE TABLE channel (
  name VARCHAR(250) NOT NULL PRIMARY KEY,
  head BIGINT NOT NULL
);

-- The next number of a generation. Locking this row keeps gc and deployers apart.
CREATE TABLE sequence (
  next_number BIGINT NOT NULL
);
INSERT INTO sequence (next_number) VALUES (1);

CREATE TABLE node (
  name VARCHAR(250) NOT NULL PRIMARY KEY,
  incarnation VARCHAR(64) NOT NULL,
  channel VARCHAR(250) NOT NULL,
  generation BIGINT NOT NULL,
  state VARCHAR(16) NOT NULL,
  reason VARCHAR(8000),
  report ${bytes} NOT NULL,
  seen_at BIGINT NOT NULL
);

-- What somebody asks one run of a node to do, and its answer.
CREATE TABLE node_request (
  id CHAR(36) NOT NULL PRIMARY KEY,
  incarnation VARCHAR(64) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  author VARCHAR(1000) NOT NULL,
  message ${bytes} NOT NULL,
  asked_at BIGINT NOT NULL,
  outcome VARCHAR(16),
  answer ${bytes},
  generation BIGINT
);
CREATE INDEX node_request_by_incarnation ON node_request (incarnation, outcome, asked_at, id);

-- Source that somebody works on and that is not in any generation: a file of a bundle's project, and the content that it
-- was made from.
CREATE TABLE draft (
  channel VARCHAR(250) NOT NULL,
  location VARCHAR(1000) NOT NULL,
  author VARCHAR(250) NOT NULL,
  path VARCHAR(1000) NOT NULL,
  base CHAR(64) NOT NULL,
  bytes ${bytes} NOT NULL,
  saved_at BIGINT NOT NULL,
  PRIMARY KEY (channel, location, author, path)
);
