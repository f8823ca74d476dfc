/** Arbitrary metrics of every type, for property tests. */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { Distribution, Exemplar, Metric, Point } from "../../../src/core/MetricData.ts"

const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

const oneOf = <A>(...values: ReadonlyArray<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(int(0, values.length - 1), (i) => values[i]!)

const choice = <A>(...arbitraries: ReadonlyArray<Arbitrary.Arbitrary<A>>): Arbitrary.Arbitrary<A> =>
  Arbitrary.flatMap(int(0, arbitraries.length - 1), (i) => arbitraries[i]!)

const text = Arbitrary.schema(Schema.String)
// JSON has only one zero.
const finite = Arbitrary.map(Arbitrary.schema(Schema.Finite), (value) => value + 0)
const count = int(0, 2 ** 31 - 1)
const time = Arbitrary.map(int(0, 999_999_999), (nanos) => 1_762_000_000_000_000_000n + BigInt(nanos))
const list = <A>(item: Arbitrary.Arbitrary<A>, minLength = 0) => Arbitrary.array(item, { minLength, maxLength: 4 })

const exemplar: Arbitrary.Arbitrary<Exemplar> = Arbitrary.all({
  value: choice(finite, int(-9, 9)),
  time,
  traceId: oneOf("", "0af7651916cd43dd8448eb211c80319c"),
  spanId: oneOf("b7ad6b7169203331")
})

const maybe = choice<number | undefined>(Arbitrary.Constant(undefined), finite)
const totals = { count, sum: finite, min: maybe, max: maybe }

const explicit: Arbitrary.Arbitrary<Distribution> = Arbitrary.flatMap(
  list(finite),
  (boundaries) =>
    Arbitrary.all({
      ...totals,
      boundaries: Arbitrary.Constant(boundaries),
      counts: Arbitrary.array(count, { minLength: boundaries.length + 1, maxLength: boundaries.length + 1 })
    })
)

const none = Arbitrary.Constant<ReadonlyArray<number>>([])

const exponential: Arbitrary.Arbitrary<Distribution> = Arbitrary.all({
  ...totals,
  boundaries: none,
  counts: none,
  exponential: Arbitrary.all({
    scale: int(-10, 20),
    zeroCount: count,
    offset: int(-(2 ** 30), 2 ** 30),
    counts: list(count)
  })
})

const summary: Arbitrary.Arbitrary<Distribution> = Arbitrary.all({
  ...totals,
  boundaries: none,
  counts: none,
  quantiles: list(Arbitrary.all([finite, finite] as const))
})

const points = (value: Arbitrary.Arbitrary<object>): Arbitrary.Arbitrary<ReadonlyArray<Point>> =>
  list(
    Arbitrary.map(
      Arbitrary.all({
        attributes: Arbitrary.all({ text, number: int(-5, 5), yes: Arbitrary.schema(Schema.Boolean) }),
        exemplars: choice<ReadonlyArray<Exemplar> | undefined>(Arbitrary.Constant(undefined), list(exemplar, 1)),
        value
      }),
      ({ attributes, exemplars, value }) => ({ attributes, exemplars, ...value }) as unknown as Point
    ),
    1
  )

const distributions = (distribution: Arbitrary.Arbitrary<Distribution>) =>
  points(Arbitrary.map(distribution, (distribution) => ({ distribution })))

interface Shape {
  readonly type: Metric["type"]
  readonly points: ReadonlyArray<Point>
}

const shape = choice<Shape>(
  Arbitrary.all({
    type: oneOf<Metric["type"]>("counter", "sum", "gauge"),
    points: points(Arbitrary.map(choice(finite, int(-9, 9)), (value) => ({ value })))
  }),
  Arbitrary.all({ type: oneOf<Metric["type"]>("histogram"), points: distributions(explicit) }),
  Arbitrary.all({ type: oneOf<Metric["type"]>("histogram"), points: distributions(exponential) }),
  Arbitrary.all({ type: oneOf<Metric["type"]>("summary"), points: distributions(summary) })
)

/** Metrics of several scopes. */
export const metrics: Arbitrary.Arbitrary<ReadonlyArray<Metric>> = list(
  Arbitrary.map(
    Arbitrary.all({
      name: text,
      unit: text,
      description: text,
      valueType: oneOf<Metric["valueType"]>("int", "double"),
      temporality: oneOf<Metric["temporality"]>("cumulative", "delta"),
      startTime: time,
      time,
      scope: oneOf<Metric["scope"]>({ name: "a", version: "1" }, { name: "b" }),
      shape
    }),
    ({ shape, ...rest }) => ({ ...rest, ...shape })
  )
)
