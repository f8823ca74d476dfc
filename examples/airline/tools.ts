/**
 * The agent's tools: their descriptions for the model, and their code.
 */
import { Effect, Option, pipe, Schema } from "effect"
import { traceTool } from "effect-agentops"
import { Airline } from "./airline.ts"
import type { ToolCall, ToolDefinition, ToolMessage } from "./chat.ts"

export class UnknownTool extends Schema.TaggedError<UnknownTool>()("UnknownTool", { name: Schema.String }) {
  override get message(): string {
    return `There is no tool ${this.name}`
  }
}

export class InvalidArguments
  extends Schema.TaggedError<InvalidArguments>()("InvalidArguments", { tool: Schema.String, problem: Schema.String })
{
  override get message(): string {
    return `The arguments of ${this.tool} do not fit: ${this.problem}`
  }
}

/** The result that the model gets from a failed tool. */
interface ToolError {
  readonly _tag: string
  readonly message: string
}

interface Tool {
  readonly definition: ToolDefinition
  readonly run: (argumentsJson: string) => Effect.Effect<unknown, ToolError, Airline>
}

const make = <P>(
  name: string,
  description: string,
  parameters: Schema.Codec<P, unknown>,
  handle: (parameters: P, airline: Airline["Service"]) => Effect.Effect<unknown, ToolError>
): readonly [name: string, tool: Tool] => {
  const decode = Schema.decodeEffect(Schema.fromJsonString(parameters))
  return [name, {
    definition: {
      type: "function",
      function: { name, description, parameters: Schema.toJsonSchemaDocument(parameters).schema }
    },
    run: (argumentsJson) =>
      decode(argumentsJson).pipe(
        Effect.mapError((error) => new InvalidArguments({ tool: name, problem: error.message })),
        Effect.flatMap((parameters) => Effect.flatMap(Airline, (airline) => handle(parameters, airline)))
      )
  }]
}

const text = (description: string) => Schema.String.annotate({ description })

const tools: ReadonlyMap<string, Tool> = new Map([
  make(
    "get_user_details",
    "Look up a customer: name, ways to pay, and the ids of the reservations.",
    Schema.Struct({ user_id: text("Such as sara_doe_496.") }),
    ({ user_id }, airline) => airline.user(user_id)
  ),
  make(
    "get_reservation_details",
    "Look up a reservation: its flight, cabin, passengers and fare.",
    Schema.Struct({ reservation_id: text("Six letters and digits, such as ZFA04Y.") }),
    ({ reservation_id }, airline) => airline.reservation(reservation_id)
  ),
  make(
    "search_flights",
    "Find the flights from one airport to another on a day, with prices and seats left in each cabin.",
    Schema.Struct({
      origin: text("The airport to leave from, such as JFK."),
      destination: text("The airport to arrive at, such as LAX."),
      date: text("The day of departure, such as 2026-05-20.")
    }),
    (search, airline) => airline.flights(search)
  ),
  make(
    "update_reservation_flight",
    "Move a reservation to another flight of the same route. Charges the difference in fare, or refunds it.",
    Schema.Struct({
      reservation_id: text("Six letters and digits, such as ZFA04Y."),
      flight_number: text("The flight to move to, such as NS100."),
      payment_method_id: text("One of the customer's ways to pay.")
    }),
    ({ flight_number, payment_method_id, reservation_id }, airline) =>
      airline.changeFlight({
        reservationId: reservation_id,
        flightNumber: flight_number,
        paymentMethodId: payment_method_id
      })
  ),
  make(
    "cancel_reservation",
    "Cancel a reservation, if the rules allow it, and refund it.",
    Schema.Struct({
      reservation_id: text("Six letters and digits, such as ZFA04Y."),
      reason: Schema.Literals(["change_of_plan", "health", "weather"])
    }),
    ({ reason, reservation_id }, airline) => airline.cancel({ reservationId: reservation_id, reason })
  )
])

export const definitions: ReadonlyArray<ToolDefinition> = [...tools.values()].map((tool) => tool.definition)

const parse = Schema.decodeOption(Schema.fromJsonString(Schema.Json))

/** Runs a tool call. A failure is recorded in the trace and returned to the model, which may then do better. */
export const call = (
  { function: { arguments: json, name }, id }: ToolCall
): Effect.Effect<ToolMessage, never, Airline> =>
  pipe(
    tools.get(name)?.run(json) ?? Effect.fail(new UnknownTool({ name })),
    traceTool(name, { callId: id, type: "function", parameters: Option.getOrElse(parse(json), () => json) }),
    Effect.catch(({ _tag, message }) => Effect.succeed({ error: _tag, message })),
    Effect.map((result) => ({ role: "tool", tool_call_id: id, content: JSON.stringify(result) }))
  )
