/**
 * The page's own modules, which are plain JavaScript, with the types that tests need.
 */
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { type BrokerState, type HandoffToken, type Outcome, type Policy } from 'hello-negotiation'

export interface Hello { readonly serviceName: string; readonly breakage: string; readonly requestId: number }
export interface PlayEvent { readonly kind: string; readonly atMs: number; readonly pid: number; readonly hello: Hello }
export interface PlayPolicy { readonly maxPerWindow: number; readonly minVersion: string; readonly allowed: string; readonly asksForSession: boolean }
export interface PlayState {
  readonly events: ReadonlyArray<PlayEvent>
  readonly nowMs: number
  readonly hello: Hello
  readonly policy: PlayPolicy
  readonly pid: number
}
export interface Row {
  readonly request?: Uint8Array
  readonly reply?: Uint8Array
  readonly outcome?: Outcome
  readonly result?: { readonly _tag: string; readonly left?: object }
  readonly used?: HandoffToken
  readonly state: BrokerState
}
export interface Stage { readonly name: string; readonly is: string; readonly refuses: ReadonlyArray<string> }
interface Folded {
  readonly rows: ReadonlyArray<Row>
  readonly policy: Policy
  readonly state: BrokerState
  readonly tokens: ReadonlyArray<{ readonly token: HandoffToken; readonly n: number }>
  readonly note: string
}

async function module<A>(path: string): Promise<A> {
  return await import(fileURLToPath(new URL(`../../play/${path}`, import.meta.url))) as A
}

export const { BEGINNING, BREAKAGES, EVENTS_MAX, fragmentOf, happened, HELLO, SESSION_TOKENS, stateOf } = await module<{
  readonly BEGINNING: PlayState
  readonly BREAKAGES: Readonly<Record<string, string>>
  readonly EVENTS_MAX: number
  readonly fragmentOf: (state: PlayState) => string
  readonly happened: (state: PlayState, event: object) => PlayState
  readonly HELLO: Hello
  readonly SESSION_TOKENS: Readonly<Record<string, string>>
  readonly stateOf: (fragment: string) => { readonly state: PlayState; readonly note: string }
}>('page/state.js')

export const { fold, requestOf } = await module<{
  readonly fold: (state: PlayState) => Folded
  readonly requestOf: (hello: Hello) => Uint8Array
}>('page/fold.js')

export const { progress, STAGES } = await module<{
  readonly progress: (outcome: Outcome | undefined, broker?: { readonly hasSessions: boolean }) => ReadonlyArray<Stage>
  readonly STAGES: ReadonlyArray<Stage>
}>('page/stages.js')

export const { EXAMPLES } = await module<{
  readonly EXAMPLES: ReadonlyArray<{ readonly title: string; readonly state: PlayState }>
}>('page/examples.js')

export const { meaningsOf } = await module<{
  readonly meaningsOf: (proto: string) => Readonly<Record<string, Readonly<Record<string, string>>>>
}>('meanings.mjs')

const hello = fc.record({
  serviceName: fc.constantFrom('zccache', 'zccache', 'nobody', 'Bad Name', 'ünï'), wantedVersion: fc.constantFrom('1.11.20', '1.9.0', 'x', ''),
  minProtocol: fc.nat(2), maxProtocol: fc.nat(2), wantsToken: fc.boolean(), clientVersion: fc.string({ maxLength: 140 }),
  keepaliveSecs: fc.nat(9), sessionToken: fc.constantFrom(...Object.keys(SESSION_TOKENS)), claimedPid: fc.constantFrom(0, 1, 4_242),
  requestId: fc.nat(), traceparent: fc.string({ maxLength: 20 }), tracestate: fc.string({ maxLength: 20 }),
  breakage: fc.constantFrom(...Object.keys(BREAKAGES)),
})

/** Most Hellos are sound but for one thing, so that lives get as far as tokens. */
const mostlySound = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 2, arbitrary: fc.record({
  wantedVersion: fc.constantFrom('1.11.20', '1.9.0'), sessionToken: fc.constantFrom('sound', 'daemon'), keepaliveSecs: fc.nat(9),
}, { requiredKeys: [] }) }, { weight: 1, arbitrary: hello })

const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('hello'), pid: fc.constantFrom(0, 1, 4_242), hello: mostlySound.map((fields) => ({ ...HELLO, ...fields })),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('acknowledge', 'consume', 'expire') }) },
)

const policy = fc.record({
  maxPerWindow: fc.constantFrom(0, 1, 3, 256), minVersion: fc.constantFrom('', '1.10.0', 'x'), allowed: fc.constantFrom('', '1.11.20', '1.9.0, x'),
  asksForSession: fc.boolean(), tokenTtlMs: fc.constantFrom(0, 400, 30_000), ackDeadlineMs: fc.constantFrom(0, 400, 5_000),
}, { requiredKeys: [] })

/** Any state that somebody could have clicked together, a clock that is set back among them. */
export const states: fc.Arbitrary<PlayState> = fc.tuple(
  policy, fc.array(fc.tuple(fc.constantFrom(0, 1, 400, 5_000, 30_000, -1_000), event), { maxLength: 14 }),
).map(([numbers, all]) => all.reduce<PlayState>(
  (state, [laterMs, one]) => happened({ ...state, nowMs: Math.max(0, state.nowMs + laterMs) }, one),
  { ...BEGINNING, policy: { ...BEGINNING.policy, ...numbers } },
))
