/** The rooms of `src` in order. A room may use the rooms before it. */

/** A room, and the rooms whose modules it may import. */
export interface Room {
  readonly name: string
  readonly mayUse: ReadonlyArray<string> | "all"
}

/** The first room uses no other. `config` includes the files at the top of `src`. */
export const rooms: ReadonlyArray<Room> = [
  { name: "core", mayUse: [] },
  { name: "model", mayUse: ["core"] },
  { name: "privacy", mayUse: ["core", "model"] },
  { name: "metrics", mayUse: ["core", "model", "privacy"] },
  { name: "trace", mayUse: ["core", "model", "privacy", "metrics"] },
  { name: "convention", mayUse: ["core", "model", "trace"] },
  { name: "otlp", mayUse: ["core"] },
  { name: "delivery", mayUse: ["core"] },
  {
    name: "export",
    mayUse: ["core", "model", "privacy", "metrics", "trace", "convention", "otlp", "delivery"]
  },
  { name: "integrations", mayUse: ["core", "model", "trace"] },
  { name: "viewer", mayUse: ["core", "model", "trace", "convention", "otlp"] },
  { name: "evaluation", mayUse: ["core", "metrics", "trace", "convention", "export"] },
  { name: "replay", mayUse: ["core", "model", "privacy", "trace", "convention", "otlp"] },
  { name: "config", mayUse: "all" },
  { name: "testing", mayUse: ["core", "model", "trace", "convention", "export", "integrations", "replay", "config"] },
  { name: "cli", mayUse: "all" }
]

/** The room of a file: its folder in `src`, or `config` for a file at the top. */
export const roomOf = (file: string): string => {
  const [, folder, ...rest] = file.split("/")
  return rest.length === 0 ? "config" : folder!
}

/** The modules of `trace/internal` that an integration still imports, and why the public ones are not enough. */
export const besidePublic: ReadonlyArray<{ readonly from: string; readonly why: string }> = [
  {
    from: "src/integrations/ai/internal/tracer.ts",
    why: "it gives Effect's own span of a model call to the call's event, in place of the one that it would make"
  },
  { from: "src/integrations/ai/internal/spanView.ts", why: "that span has to be known as the event's own attempt" },
  { from: "src/integrations/http/HttpPropagation.ts", why: "it is part of propagation, and no integration of an SDK" },
  { from: "src/integrations/workflow/", why: "a session that goes on in another process is opened span by span" }
]
