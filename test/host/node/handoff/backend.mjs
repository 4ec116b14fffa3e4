/**
 * A backend in a process of its own, behaving as its first argument says; it tells its parent `{ said }`.
 */
import { handoffToken, tokenBytes } from 'hello-negotiation'
import { describeReceiverNotice, receiveHandoffs } from 'hello-negotiation/host/node'
import { OfferReader } from 'hello-negotiation/step'
import { ackFrame, encodeFrame, encodeFramed, Framing, handoffAck } from 'hello-negotiation/wire'

const [, , mode] = process.argv
const say = (said) => process.connected && process.send({ said }, undefined, undefined, () => undefined)

/** A service that puts a word before whatever it is sent; one that speaks first where it greets, one that merely echoes. */
function serve(socket) {
  if (mode === 'greeting') socket.write('welcome ')
  socket.on('data', (chunk) => socket.write(mode === 'echoing' ? chunk : `adopted ${chunk}`))
  socket.on('error', () => undefined)
  socket.on('close', () => say('stream closed'))
}

function receive(options = {}) {
  const { _tag } = receiveHandoffs({
    onConnection: serve,
    onNotice: (notice) => {
      say(notice._tag === 'HandoffDropped' ? `dropped ${notice.why}` : notice._tag)
      if (describeReceiverNotice(notice).includes('\n')) say('a notice of two lines')
    },
    ...options,
  })
  say(_tag)
}

/** The ACK of an offer, in the words of the wire; `spoilt` and `envelope` say how it differs from a sound one. */
function ackOf({ offer }, spoilt = {}, envelope = {}) {
  const event = Framing.next(Framing.push(Framing.framing(), Buffer.from(offer, 'base64'))).value
  const { token, correlationId } = OfferReader.readOffer(event.body).right
  const frame = ackFrame(handoffAck({ token, correlationId, accepted: true, ...spoilt }))
  return encodeFramed(encodeFrame({ ...frame, ...envelope })).right
}

const answer = ({ helloHandoff, handoff }, bytes) =>
  process.send({ helloHandoff, handoff, kind: 'Answer', bytes: Buffer.from(bytes).toString('base64') })

/** Backends that do not use the library's host, each with what it does about an offer. */
const HAND_WRITTEN = {
  'silent': () => undefined,
  // Says nothing, but closes its copy when it is told to, and answers when it is told to.
  'cautious': (offer) => {
    process.on('message', ({ answer: isAccepting, refuse }) => {
      if (isAccepting) answer(offer, ackOf(offer))
      if (refuse) {
        copies.get(offer.handoff).destroy()
        answer(offer, ackOf(offer, { accepted: false }))
      }
    })
  },
  'dying': () => process.kill(process.pid, 'SIGKILL'),
  'leaving': () => process.disconnect(),
  'dying after its ACK': (offer) => {
    answer(offer, ackOf(offer))
    process.exit()
  },
  'showing another token': (offer) => answer(offer, ackOf(offer, { token: tokenBytes(handoffToken(new Uint8Array(16).fill(9))) })),
  'showing another correlation id': (offer) => answer(offer, ackOf(offer, { correlationId: 4_242n })),
  'showing another correlation id under the right one': (offer) =>
    answer(offer, ackOf(offer, { correlationId: 4_242n }, { requestId: 1n })),
  'garbling its ACK': (offer) => answer(offer, Buffer.from('HTTP/1.1 200 OK')),
  'cutting its ACK short': (offer) => {
    answer(offer, ackOf(offer).subarray(0, 20))
    process.send({ helloHandoff: 1, handoff: offer.handoff, kind: 'AnswerEnd' })
  },
  'sending what is no message': (offer) => process.send({ helloHandoff: 1, handoff: offer.handoff, kind: 'Answer', bytes: [1, 2, 3] }),
  'refusing without a word': (offer) => answer(offer, ackOf(offer, { accepted: false })),
}

/** Copies that came with an offer; a hand-written backend keeps them until they are withdrawn, or serves them. */
const copies = new Map()

function byHand(act) {
  process.on('message', (message, socket) => {
    if (message.kind === 'Offer') {
      copies.set(message.handoff, socket)
      act(message)
      say('offered')
    } else if (message.helloHandoff !== undefined) {
      if (message.kind === 'Withdrawn' && mode !== 'silent') copies.get(message.handoff)?.destroy()
      say(message.kind)
    }
  })
  process.on('disconnect', () => copies.forEach((socket) => socket.destroy()))
  say('Right')
}

/** Stops the whole process for a while, as a backend that computes does. */
const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

switch (mode) {
  case 'echoing':
  case 'good':
  case 'greeting':
    receive()
    break
  case 'refusing':
    receive({ serviceNames: ['another'] })
    break
  case 'late':
    process.on('message', (message) => message.kind === 'Offer' && block(400))
    receive()
    break
  case 'accepting twice':
    byHand((offer) => {
      answer(offer, ackOf(offer))
      answer(offer, ackOf(offer))
    })
    break
  default:
    byHand(HAND_WRITTEN[mode])
}
