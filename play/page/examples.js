/**
 * Ready-made situations, each as a state that a link can hold.
 */
import { BEGINNING, happened, HELLO } from './state.js'

const said = (state, times = 1) =>
  Array.from({ length: times }).reduce((one) => happened(one, { kind: 'hello', pid: one.pid, hello: one.hello }), state)
const with_ = (hello) => ({ ...BEGINNING, hello: { ...HELLO, ...hello } })
const later = (state, ms) => ({ ...state, nowMs: state.nowMs + ms })

export const EXAMPLES = [
  { title: 'A yes, with a token', state: said(BEGINNING) },
  { title: 'A version that is too old', state: said(with_({ wantedVersion: '1.9.0' })) },
  { title: 'Once too often in a second', state: said(BEGINNING, 4) },
  { title: 'A client that claims another’s pid', state: said(with_({ claimedPid: 7 })) },
  { title: 'An envelope of another version', state: said(with_({ breakage: 'envelope' })) },
  { title: 'TLS, by mistake', state: said(with_({ breakage: 'tls' })) },
  { title: 'A token presented too late', state: happened(later(said(BEGINNING), 30_000), { kind: 'consume' }) },
  { title: 'A backend that is too late', state: happened(later(said(BEGINNING), 5_000), { kind: 'acknowledge' }) },
]
