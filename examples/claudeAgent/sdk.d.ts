/** What the example needs of the SDK, whose own types are there only where it is installed. */
declare module "@anthropic-ai/claude-agent-sdk" {
  export const query: (params: {
    readonly prompt: string
    readonly options?: {
      readonly model?: string
      readonly allowedTools?: ReadonlyArray<string>
      readonly settingSources?: ReadonlyArray<string>
      readonly cwd?: string
      readonly env?: Readonly<Record<string, string | undefined>>
    }
  }) => AsyncIterable<{ readonly type: string; readonly result?: string }>
}
