/**
 * Whether a broker or a client that nobody here has written agrees with SPEC, row by row, from outside. Pure: who says
 * and hears is `hello-negotiation/host/node`, or a driver of your own.
 *
 * Nothing here needs a package that is for tests alone, so that a command may lean on it.
 */
export { brokerCases, DEFAULT_THOROUGHNESS, type Thoroughness } from './brokerCases.js'
export { clientCases } from './client/clientCases.js'
export type {
  BrokerPart, ClientCall, ClientCase, ClientSeen, ClientTrial, ProgramEnd,
} from './client/ClientTrial.js'
export { clientReport, type PlayedClientCase } from './client/reportClient.js'
export type { CaseHead, ConformanceCase } from './ConformanceCase.js'
export { type CaseResult, type ConformanceReport, countVerdicts, rowsOf, verdictOnRow } from './ConformanceReport.js'
export * as ConformanceRun from './ConformanceRun.js'
export type { Demand } from './ConformanceRun.js'
export * as Dialogue from './Dialogue.js'
export type { Ending, Heard } from './Dialogue.js'
export { type Expectation, expectation, type ExpectedReply } from './Expectation.js'
export { type Agreed, type Differed, type Finding, type NotShown, type Verdict, verdictOf } from './Finding.js'
export { generatedScript } from './Generated.js'
export type { Exchange } from './laws.js'
export * as Play from './Play.js'
export { type Reading, readHeard, type ReadReply } from './Reading.js'
export type { Move, Script } from './Script.js'
export { type Ask, type Subject, subject } from './Subject.js'
