/**
 * The lines of `serve`: one for each thing that happens, for people or for programs.
 */
import { type BrokerEvent, describeEvent } from '../../shell/BrokerEvent.js'
import { describeNotice, type Notice } from '../node/Notice.js'
import { told } from '../telemetry/jsonLine.js'
import type { LogFormat, Terminal } from './Terminal.js'

/** What `serve` has to say. */
export interface ServeLog {
  readonly event: (event: BrokerEvent) => void
  readonly notice: (notice: Notice) => void
  /** What it says of itself. */
  readonly say: (text: string) => void
}

/** What to do about a peer that was turned away, if it was meant to come in. */
const HOW_TO_ADMIT = '; "peerPolicy": "allow-any" in the policy would admit it'

/** A log in a format. */
export function serveLog({ log }: Terminal, format: LogFormat): ServeLog {
  const tell = (tag: string, text: string, rest: object): void =>
    log(format === 'json' ? told(new Date(), tag, text, rest) : text, format)
  return {
    event: ({ _tag, ...rest }) => tell(_tag, `${describeEvent({ _tag, ...rest } as BrokerEvent)}${_tag === 'PeerRejected' ? HOW_TO_ADMIT : ''}`, rest),
    notice: ({ _tag, ...rest }) => tell(_tag, describeNotice({ _tag, ...rest } as Notice), rest),
    say: (text) => tell('Said', text, {}),
  }
}
