-- What the sandbox remembers across kill -9. People are sealed; a subject is kept as a keyed digest only.
create table if not exists people (key text primary key, sealed blob not null) strict;
create table if not exists openids (openid text primary key, person text not null) strict;
create table if not exists counters (name text primary key, n integer not null) strict;
create table if not exists providers (uscc text primary key, known integer not null) strict;
create table if not exists authorizations (
  id text primary key, no text not null unique, person text not null, content text not null, subject text not null,
  scopes text not null, scenarios text not null, purpose text not null, document_digest text not null,
  signed_at text not null, expires_at text not null, expires real not null, revoked_at text, at text not null) strict;
-- When the platform learnt of it; authorizations.revoked_at is what the message says.
create table if not exists revocations (authorization_id text primary key, learnt real not null) strict;
create index if not exists authorizations_person on authorizations (person);
create table if not exists verifications (
  n integer primary key, at text not null, verification_no text not null, person text, result text not null) strict;
create table if not exists queries (
  n integer primary key, kind text not null, at text not null, query_no text, code text, authorization_id text not null,
  authorization_no text, person text, scenario text not null, purpose text not null, operator text not null) strict;
create table if not exists batches (
  batch_no text primary key, receipt_no text not null, digest text not null, at text not null) strict;
create table if not exists records (
  n integer primary key, record_no text not null unique, batch_no text not null, status text not null, reason text,
  receipt_no text, day text not null, at text not null, person text, waived_fen integer not null,
  body text not null) strict;
create index if not exists records_of_day on records (day, record_no, waived_fen) where status = 'accepted';
create table if not exists red_entries (
  entry_no text primary key, subject text not null, person text not null, status text not null, body text not null) strict;
create table if not exists initiatives (
  n integer primary key, initiative_no text not null unique, body text not null) strict;
create table if not exists responses (initiative_no text primary key, body text not null, at text not null) strict;
create table if not exists feedbacks (
  initiative_no text not null, period text not null, body text not null, at text not null,
  primary key (initiative_no, period)) strict;
create table if not exists events (
  event_id text primary key, seq integer not null, type text not null, person text, occurred_at text not null,
  data text not null, made real not null, attempts integer not null, next_at real, status text not null,
  http_status integer, answer text) strict;
create index if not exists events_due on events (next_at) where next_at is not null;
create table if not exists breaches (
  n integer primary key, at text not null, call text not null, code text not null, what text not null) strict;
create table if not exists turned_away (
  n integer primary key, at text not null, call text not null, why text not null) strict;
