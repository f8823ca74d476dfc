/**
 * The tables of the viewer's database.
 *
 * A span is stored as OTLP bytes, so that no field is lost, and in the columns that a list needs. The row of a session
 * is folded as its spans arrive, and `drafts` has that row with the state of the fold. Searchable text is in a
 * contentless index, with one entry for each request and session.
 *
 * @internal
 */

/** Increases when the tables change. A database of another version is not read. @internal */
export const schemaVersion = 2

/** @internal */
export const applicationId = 0x61676f70

/** @internal */
export const schema = `
create table resources (id integer primary key, hash text not null unique, json text not null);
create table traces (
  trace text primary key, start real not null, finish real not null, duration real not null, state text not null,
  cost real not null, tokens integer not null, errors integer not null, spans integer not null
) without rowid;
create index traces_by_start on traces (start);
create index traces_by_finish on traces (finish);
create table drafts (trace text primary key, json text not null) without rowid;
create table facets (kind text not null, value text not null, trace text not null, primary key (kind, value, trace))
  without rowid;
create index facets_by_trace on facets (trace);
create table spans (trace text not null, span text not null, resource integer not null, data blob not null,
  primary key (trace, span)) without rowid;
create table logs (id integer primary key, trace text not null, time real not null, json text not null);
create index logs_by_trace on logs (trace);
create table metrics (key text primary key, last real not null, json text not null) without rowid;
create table texts (id integer primary key, trace text not null);
create index texts_by_trace on texts (trace);
create virtual table text_index using fts5 (text, content = '', contentless_delete = 1, detail = none);
pragma application_id = ${applicationId};
pragma user_version = ${schemaVersion};
`
