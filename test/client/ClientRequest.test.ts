import { CLIENT_REQUEST_DEFAULTS, clientHello, clientV2Identity } from 'hello-negotiation'
import { decodeHello, hello } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { rightOf, SERVICE } from '../support/negotiate.js'
import { frameOf } from './support.js'

describe('the defaults of a request', () => {
  it('are the reference client\'s, but for the library\'s name and the pid (SPEC G1)', () => {
    const { bytes } = rightOf(clientHello({ serviceName: SERVICE, wantedVersion: '1.11.20' }))
    const frame = frameOf(bytes)
    expect({ ...frame, payload: [] }).toEqual({
      envelopeVersion: 1, kind: 0, payloadProtocol: 0, payloadEncoding: 0, requestId: 1n, deadlineUnixMs: 0n,
      traceparent: '', tracestate: '', payload: [],
    })
    expect(rightOf(decodeHello(frame.payload))).toEqual(hello({
      clientMinProtocol: 1, clientMaxProtocol: 1, serviceName: SERVICE, wantedVersion: '1.11.20', clientCapabilities: 1n,
      requestId: 'hello', clientLibName: 'hello-negotiation',
    }))
  })

  it('cannot be changed', () => {
    expect(Object.isFrozen(CLIENT_REQUEST_DEFAULTS)).toBe(true)
  })

  it('become those of the second client with its identity: no capability, and more of who it is (SPEC G2)', () => {
    const fields = { ...clientV2Identity('clud', 42, '1.2.3'), serviceName: SERVICE, wantedVersion: '1.11.20' }
    expect(rightOf(decodeHello(frameOf(rightOf(clientHello(fields)).bytes).payload))).toEqual(hello({
      clientMinProtocol: 1, clientMaxProtocol: 1, serviceName: SERVICE, wantedVersion: '1.11.20', clientCapabilities: 0n,
      requestId: 'client_v2-clud-42', clientVersion: '1.2.3', peerPid: 42,
      clientLibName: 'running-process broker::client_v2',
    }))
  })
})
